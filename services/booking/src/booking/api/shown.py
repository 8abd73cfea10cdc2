"""Bookings as they are shown."""

from datetime import date, datetime
from typing import Final

from booking.domain.booking import Booking, Part, Status
from common.http import Body, Pesos
from contracts.ids import BookingId, PlaceId, ProviderId, ServiceId, StaffId

_MONEY: Final = frozenset({"price", "price_without_national_taxes", "due_now", "paid", "refunded"})


class PartReply(Body):
    """A service of a visit."""

    service_id: ServiceId
    staff_id: StaffId
    starts_at: datetime
    ends_at: datetime
    price: Pesos


class BookingReply(Body):
    """A booking as its client and its provider see it; `also` are the services of a visit that follow the first."""

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
    also: list[PartReply]
    price: Pesos
    price_without_national_taxes: Pesos
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
    names = BookingReply.model_fields.keys() - {*_MONEY, "currency", "also"}
    return {name: getattr(booking, name) for name in names} | {
        "also": [_part(part) for part in booking.also],
        "price": booking.price.as_units(),
        "price_without_national_taxes": booking.net.as_units(),
        "due_now": booking.due_now.as_units(),
        "paid": booking.paid.as_units(),
        "refunded": booking.refunded.as_units(),
        "currency": booking.price.currency,
    }


def _part(part: Part) -> PartReply:
    return PartReply(
        service_id=part.service_id,
        staff_id=part.staff_id,
        starts_at=part.starts_at,
        ends_at=part.ends_at,
        price=part.price.as_units(),
    )
