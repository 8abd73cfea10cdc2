"""Bookings as they are shown."""

from datetime import date, datetime
from typing import Final

from booking.api.explained import ReasonBody, reasons_of
from booking.domain.booking import Booking, Status
from booking.domain.policy import Party
from booking.domain.seat import Part
from booking.usecases import Ended
from common.http import Body, Pesos
from contracts.ids import BookingId, PlaceId, ProviderId, SeriesId, ServiceId, SessionId, StaffId

_MONEY: Final = frozenset({"price", "price_without_national_taxes", "due_now", "paid", "refunded", "fee_owed"})


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
    """Until when it is to be paid or, while it is pending, answered by the provider."""
    created_at: datetime
    cancelled_by: Party | None
    rescheduled: int
    """How often its client moved it."""
    fee_owed: Pesos
    """What of a fee for not coming was not covered by what had been paid."""
    series_id: SeriesId | None
    session_id: SessionId | None
    payer_id: BookingId | None
    """The booking whose payment is for this one too, where a series was paid in advance."""


class MadeReply(BookingReply):
    """The booking just made, with the link that opens it without an account."""

    link: str


class EndedReply(BookingReply):
    """A booking that was called off or missed: `fee` is what that costs, `explain` how it came about."""

    fee: Pesos
    explain: list[ReasonBody]


class CostReply(Body):
    """What cancelling now would cost: of what was paid `kept` stays and `refund` goes back."""

    fee: Pesos
    kept: Pesos
    refund: Pesos
    currency: str
    policy_version: str
    explain: list[ReasonBody]


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
        "fee_owed": booking.fee_owed.as_units() if booking.fee_owed is not None else 0,
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


def ended_of(ended: Ended) -> EndedReply:
    """With what it cost and why."""
    return EndedReply(
        fee=ended.fee.amount.as_units(), explain=reasons_of(ended.fee.explain), **fields_of(ended.booking)
    )


def cost_of(ended: Ended) -> CostReply:
    """Before it is done."""
    due = ended.fee
    return CostReply(
        fee=due.amount.as_units(),
        kept=due.kept.as_units(),
        refund=due.refund.as_units(),
        currency=due.amount.currency,
        policy_version=ended.booking.policy.version,
        explain=reasons_of(due.explain),
    )
