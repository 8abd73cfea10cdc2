"""Bookings and waits as facts: the whole public state, under the name of what happened."""

from collections.abc import Sequence
from typing import Final, TypeVar

from booking.domain.booking import Booking
from booking.domain.seat import Part
from booking.domain.series import Series
from booking.domain.waiting import Wait
from contracts.booking import BookingFact, BookingStatus, CancelledBy, VisitPart
from contracts.series import SeriesFact
from contracts.waitlist import WaitlistFact, WaitStatus

F = TypeVar("F", bound=BookingFact)
S = TypeVar("S", bound=SeriesFact)
W = TypeVar("W", bound=WaitlistFact)
_ALIKE: Final = (
    "version",
    "provider_id",
    "place_id",
    "service_id",
    "staff_id",
    "client_id",
    "starts_at",
    "ends_at",
    "local_date",
    "zone",
    "city",
    "province",
    "hold_expires_at",
    "created_at",
    "rescheduled",
    "series_id",
    "session_id",
)
"""Of the same name and value in both."""


def tell(kind: type[F], booking: Booking, **more: object) -> F:
    """The fact that `kind` happened to the booking; `more` is what only that fact says."""
    return kind(
        **{name: getattr(booking, name) for name in _ALIKE},
        booking_id=booking.id,
        resource_ids=tuple(booking.resource_ids),
        status=BookingStatus(booking.status.value),
        price=booking.price.as_amount(),
        due_now=booking.due_now.as_amount(),
        paid=booking.paid.as_amount(),
        refunded=booking.refunded.as_amount(),
        policy_version=booking.policy.version,
        cancelled_by=CancelledBy(booking.cancelled_by.value) if booking.cancelled_by else None,
        also=tuple(_visit_part(part) for part in booking.also),
        fee_owed=booking.fee_owed.as_amount() if booking.fee_owed is not None else None,
        **more,
    )


def tell_series(kind: type[S], series: Series, bookings: Sequence[Booking], **more: object) -> S:
    """The fact that `kind` happened to these bookings of the series."""
    return kind(
        version=series.version,
        series_id=series.id,
        provider_id=series.provider_id,
        client_id=series.client_id,
        leader_id=series.leader_id,
        rule=series.rule,
        charge=series.charge.value,
        zone=series.zone,
        booking_ids=tuple(one.id for one in bookings),
        starts=tuple(one.starts_at for one in bookings),
        **more,
    )


def _visit_part(part: Part) -> VisitPart:
    return VisitPart(
        service_id=part.service_id,
        staff_id=part.staff_id,
        starts_at=part.starts_at,
        ends_at=part.ends_at,
        price=part.price.as_amount(),
    )


def tell_wait(kind: type[W], wait: Wait, **more: object) -> W:
    """The fact that `kind` happened to the wait; `more` is what only that fact says."""
    return kind(
        version=wait.version,
        waitlist_id=wait.id,
        provider_id=wait.provider_id,
        client_id=wait.client_id,
        service_ids=tuple(wait.service_ids),
        staff_id=wait.staff_id,
        place_id=wait.place_id,
        wanted_from=wait.wanted.start,
        wanted_to=wait.wanted.end,
        status=WaitStatus(wait.status.value),
        **more,
    )
