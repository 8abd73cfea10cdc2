"""Booking's tables and queries."""

from booking.store.bookings import (
    Inserted,
    find_booking,
    insert_booking,
    insert_capture,
    insert_refund,
    lock_booking,
    lock_due,
    page_current,
    page_of_client,
    page_of_provider_day,
    reclaim,
    save_booking,
)
from booking.store.offers import (
    Opening,
    find_claims,
    find_offer,
    find_opening,
    find_provider_owner,
    upsert_providers,
    upsert_schedules,
    upsert_services,
)
from booking.store.tables import METADATA

__all__ = [
    "METADATA",
    "Inserted",
    "Opening",
    "find_booking",
    "find_claims",
    "find_offer",
    "find_opening",
    "find_provider_owner",
    "insert_booking",
    "insert_capture",
    "insert_refund",
    "lock_booking",
    "lock_due",
    "page_current",
    "page_of_client",
    "page_of_provider_day",
    "reclaim",
    "save_booking",
    "upsert_providers",
    "upsert_schedules",
    "upsert_services",
]
