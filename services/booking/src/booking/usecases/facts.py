"""Bookings as facts: the whole public state, under the name of what happened."""

from typing import TypeVar

from booking.domain.booking import Booking, Part
from contracts.booking import BookingFact, BookingStatus, CancelledBy, VisitPart

F = TypeVar("F", bound=BookingFact)


def tell(kind: type[F], booking: Booking, **more: object) -> F:
    """The fact that `kind` happened to the booking; `more` is what only that fact says."""
    return kind(
        version=booking.version,
        booking_id=booking.id,
        provider_id=booking.provider_id,
        place_id=booking.place_id,
        service_id=booking.service_id,
        staff_id=booking.staff_id,
        resource_ids=tuple(booking.resource_ids),
        client_id=booking.client_id,
        status=BookingStatus(booking.status.value),
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        local_date=booking.local_date,
        zone=booking.zone,
        city=booking.city,
        province=booking.province,
        price=booking.price.as_amount(),
        due_now=booking.due_now.as_amount(),
        paid=booking.paid.as_amount(),
        refunded=booking.refunded.as_amount(),
        hold_expires_at=booking.hold_expires_at,
        policy_version=booking.policy.version,
        created_at=booking.created_at,
        cancelled_by=CancelledBy(booking.cancelled_by.value) if booking.cancelled_by else None,
        also=tuple(_visit_part(part) for part in booking.also),
        rescheduled=booking.rescheduled,
        fee_owed=booking.fee_owed.as_amount() if booking.fee_owed is not None else None,
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
