"""Bookings as they are shown."""

from datetime import date, datetime

from booking.domain.booking import Booking, Status
from common.http import Body, Pesos
from contracts.ids import BookingId, PlaceId, ProviderId, ServiceId, StaffId


class BookingReply(Body):
    """A booking as its client and its provider see it."""

    id: BookingId
    status: Status
    provider_id: ProviderId
    place_id: PlaceId
    service_id: ServiceId
    staff_id: StaffId
    starts_at: datetime
    ends_at: datetime
    local_date: date
    zone: str
    price: Pesos
    due_now: Pesos
    paid: Pesos
    refunded: Pesos
    currency: str
    hold_expires_at: datetime | None
    created_at: datetime


class MadeReply(BookingReply):
    """The booking just made, with the link that opens it without an account."""

    link: str


class BookingPage(Body):
    """Newest first; `nextCursor` is null on the last page."""

    items: list[BookingReply]
    next_cursor: str | None


def reply_of(booking: Booking) -> BookingReply:
    """As its client and its provider see it."""
    return BookingReply(**fields_of(booking))


def fields_of(booking: Booking) -> dict[str, object]:
    """By name, for the reply and what is more than it."""
    names = BookingReply.model_fields.keys() - {"price", "due_now", "paid", "refunded", "currency"}
    return {name: getattr(booking, name) for name in names} | {
        "price": booking.price.as_units(),
        "due_now": booking.due_now.as_units(),
        "paid": booking.paid.as_units(),
        "refunded": booking.refunded.as_units(),
        "currency": booking.price.currency,
    }
