"""One function per verb; each owns its transaction, or works in the one it is given."""

from booking.usecases.approve import approve_booking
from booking.usecases.attend import check_in, complete_booking, mark_no_show
from booking.usecases.availability import Days, explain_slot, list_slots, nearest_slots
from booking.usecases.busy import snapshot_busy, tell_busy
from booking.usecases.cancel import Ended, cancel_booking, decline_booking, price_cancellation
from booking.usecases.cancel_day import CancelDay, cancel_day
from booking.usecases.context import BookingContext
from booking.usecases.expiry import settle_due_holds
from booking.usecases.hold import HoldSlot, hold_slot
from booking.usecases.money import close_payment, remember_payment, take_note_of_refund, take_payment
from booking.usecases.offers import remember_providers, remember_schedules, remember_services, remember_time_off
from booking.usecases.parties import By
from booking.usecases.reading import get_booking, list_client_bookings, list_provider_day, snapshot_bookings
from booking.usecases.reschedule import Move, reschedule_booking
from booking.usecases.withdrawal import withdraw_booking
from booking.usecases.zones import follow_zones

__all__ = [
    "BookingContext",
    "By",
    "CancelDay",
    "Days",
    "Ended",
    "HoldSlot",
    "Move",
    "approve_booking",
    "cancel_booking",
    "cancel_day",
    "check_in",
    "close_payment",
    "complete_booking",
    "decline_booking",
    "explain_slot",
    "follow_zones",
    "get_booking",
    "hold_slot",
    "list_client_bookings",
    "list_provider_day",
    "list_slots",
    "mark_no_show",
    "nearest_slots",
    "price_cancellation",
    "remember_payment",
    "remember_providers",
    "remember_schedules",
    "remember_services",
    "remember_time_off",
    "reschedule_booking",
    "settle_due_holds",
    "snapshot_bookings",
    "snapshot_busy",
    "take_note_of_refund",
    "take_payment",
    "tell_busy",
    "withdraw_booking",
]
