"""One function per verb; each owns its transaction, or works in the one it is given."""

from booking.usecases.approve import approve_booking
from booking.usecases.attend import check_in, complete_booking, mark_no_show
from booking.usecases.availability import Days, explain_slot, list_slots, nearest_slots
from booking.usecases.busy import snapshot_busy, tell_busy
from booking.usecases.cancel import Ended, cancel_booking, decline_booking, price_cancellation
from booking.usecases.cancel_day import CancelDay, cancel_day
from booking.usecases.context import BookingContext
from booking.usecases.decide import decide_sessions
from booking.usecases.expiry import settle_due_holds
from booking.usecases.hold import HoldSlot, hold_slot
from booking.usecases.money import close_payment, remember_payment, take_note_of_refund, take_payment
from booking.usecases.offering import offer_freed
from booking.usecases.offers import remember_providers, remember_schedules, remember_services, remember_time_off
from booking.usecases.parties import By
from booking.usecases.reading import get_booking, list_client_bookings, list_provider_day, snapshot_bookings
from booking.usecases.reschedule import Move, reschedule_booking
from booking.usecases.seats import TakeSeat, take_seat
from booking.usecases.series import HoldSeries, MadeSeries, hold_series
from booking.usecases.series_changes import (
    MoveSeries,
    OfSeries,
    Scope,
    cancel_series,
    get_series,
    reschedule_series,
)
from booking.usecases.sessions import (
    OpenSession,
    cancel_session,
    get_session,
    list_sessions,
    open_session,
    snapshot_sessions,
)
from booking.usecases.waitlist import (
    Join,
    accept_booking,
    join_waitlist,
    lapse_waits,
    leave_waitlist,
    list_provider_waits,
    list_waits,
)
from booking.usecases.withdrawal import withdraw_booking
from booking.usecases.zones import follow_zones

__all__ = [
    "BookingContext",
    "By",
    "CancelDay",
    "Days",
    "Ended",
    "HoldSeries",
    "HoldSlot",
    "Join",
    "MadeSeries",
    "Move",
    "MoveSeries",
    "OfSeries",
    "OpenSession",
    "Scope",
    "TakeSeat",
    "accept_booking",
    "approve_booking",
    "cancel_booking",
    "cancel_day",
    "cancel_series",
    "cancel_session",
    "check_in",
    "close_payment",
    "complete_booking",
    "decide_sessions",
    "decline_booking",
    "explain_slot",
    "follow_zones",
    "get_booking",
    "get_series",
    "get_session",
    "hold_series",
    "hold_slot",
    "join_waitlist",
    "lapse_waits",
    "leave_waitlist",
    "list_client_bookings",
    "list_provider_day",
    "list_provider_waits",
    "list_sessions",
    "list_slots",
    "list_waits",
    "mark_no_show",
    "nearest_slots",
    "offer_freed",
    "open_session",
    "price_cancellation",
    "remember_payment",
    "remember_providers",
    "remember_schedules",
    "remember_services",
    "remember_time_off",
    "reschedule_booking",
    "reschedule_series",
    "settle_due_holds",
    "snapshot_bookings",
    "snapshot_busy",
    "snapshot_sessions",
    "take_note_of_refund",
    "take_payment",
    "take_seat",
    "tell_busy",
    "withdraw_booking",
]
