"""Booking's tables and queries."""

from booking.store.bookings import (
    Inserted,
    find_booking,
    find_due,
    insert_booking,
    lock_booking,
    lock_due,
    lock_due_one,
    page_current,
    page_of_client,
    page_of_provider_day,
    put_off,
    reclaim,
    save_booking,
)
from booking.store.money import find_given_back, insert_capture, insert_given_back, insert_refund, is_captured
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
    "find_due",
    "find_given_back",
    "find_offer",
    "find_opening",
    "find_provider_owner",
    "insert_booking",
    "insert_capture",
    "insert_given_back",
    "insert_refund",
    "is_captured",
    "lock_booking",
    "lock_due",
    "lock_due_one",
    "page_current",
    "page_of_client",
    "page_of_provider_day",
    "put_off",
    "reclaim",
    "save_booking",
    "upsert_providers",
    "upsert_schedules",
    "upsert_services",
]
