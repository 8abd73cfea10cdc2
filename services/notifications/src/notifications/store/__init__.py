"""Notifications' tables and queries."""

from notifications.store.notifications import (
    Due,
    Logged,
    find_due,
    insert_planned,
    lock_due,
    lock_due_one,
    page_of_account,
    put_off,
    save_notification,
    void_of_account,
    void_reminders,
)
from notifications.store.payments import lock_payment, upsert_payments
from notifications.store.readmodels import (
    erase_contact,
    find_card,
    find_muted,
    lock_booking,
    upsert_bookings,
    upsert_contact,
    upsert_preference,
    upsert_providers,
    upsert_services,
)
from notifications.store.tables import METADATA

__all__ = [
    "METADATA",
    "Due",
    "Logged",
    "erase_contact",
    "find_card",
    "find_due",
    "find_muted",
    "insert_planned",
    "lock_booking",
    "lock_due",
    "lock_due_one",
    "lock_payment",
    "page_of_account",
    "put_off",
    "save_notification",
    "upsert_bookings",
    "upsert_contact",
    "upsert_payments",
    "upsert_preference",
    "upsert_providers",
    "upsert_services",
    "void_of_account",
    "void_reminders",
]
