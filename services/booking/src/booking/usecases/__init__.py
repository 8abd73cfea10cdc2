"""One function per verb; each owns its transaction, or works in the one it is given."""

from booking.usecases.availability import Days, explain_slot, list_slots, nearest_slots
from booking.usecases.context import BookingContext
from booking.usecases.expiry import settle_due_holds
from booking.usecases.hold import HoldSlot, hold_slot
from booking.usecases.life import (
    Canceller,
    cancel_booking,
    complete_booking,
    get_booking,
    list_client_bookings,
    list_provider_day,
    mark_no_show,
    may_manage,
    snapshot_bookings,
)
from booking.usecases.money import close_payment, remember_payment, take_note_of_refund, take_payment
from booking.usecases.offers import remember_providers, remember_schedules, remember_services, remember_time_off
from booking.usecases.withdrawal import withdraw_booking

__all__ = [
    "BookingContext",
    "Canceller",
    "Days",
    "HoldSlot",
    "cancel_booking",
    "close_payment",
    "complete_booking",
    "explain_slot",
    "get_booking",
    "hold_slot",
    "list_client_bookings",
    "list_provider_day",
    "list_slots",
    "mark_no_show",
    "may_manage",
    "nearest_slots",
    "remember_payment",
    "remember_providers",
    "remember_schedules",
    "remember_services",
    "remember_time_off",
    "settle_due_holds",
    "snapshot_bookings",
    "take_note_of_refund",
    "take_payment",
    "withdraw_booking",
]
