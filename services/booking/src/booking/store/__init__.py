"""Booking's tables and queries."""

from booking.store.bookings import (
    Inserted,
    claim_instead,
    find_booking,
    insert_booking,
    let_go,
    lock_booking,
    reclaim,
    save_booking,
)
from booking.store.due import find_due, lock_due, lock_due_one, put_off
from booking.store.money import (
    find_balances,
    find_given_back,
    find_left,
    insert_capture,
    insert_given_back,
    insert_refund,
)
from booking.store.offers import (
    Opening,
    find_offer,
    find_opening,
    find_taken,
    find_taken_of,
    upsert_providers,
    upsert_schedules,
    upsert_services,
    upsert_time_off,
)
from booking.store.pages import lock_live_of_day, page_current, page_of_client, page_of_provider_day
from booking.store.people import Standing, find_standing
from booking.store.series import (
    find_of_series,
    find_series,
    hurry_series,
    insert_series,
    lock_of_series,
    next_version,
)
from booking.store.tables import METADATA
from booking.store.zones import LocalStart, find_starts_ahead, lock_starting, shift_claims

__all__ = [
    "METADATA",
    "Inserted",
    "LocalStart",
    "Opening",
    "Standing",
    "claim_instead",
    "find_balances",
    "find_booking",
    "find_due",
    "find_given_back",
    "find_left",
    "find_of_series",
    "find_offer",
    "find_opening",
    "find_series",
    "find_standing",
    "find_starts_ahead",
    "find_taken",
    "find_taken_of",
    "hurry_series",
    "insert_booking",
    "insert_capture",
    "insert_given_back",
    "insert_refund",
    "insert_series",
    "let_go",
    "lock_booking",
    "lock_due",
    "lock_due_one",
    "lock_live_of_day",
    "lock_of_series",
    "lock_starting",
    "next_version",
    "page_current",
    "page_of_client",
    "page_of_provider_day",
    "put_off",
    "reclaim",
    "save_booking",
    "shift_claims",
    "upsert_providers",
    "upsert_schedules",
    "upsert_services",
    "upsert_time_off",
]
