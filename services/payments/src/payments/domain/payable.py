"""The payable: what payments knows of a booking, and whether it can be paid now."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from common.errors import Refusal
from common.money import Money
from contracts.ids import AccountId, BookingId, ProviderId, ServiceId, instant_of
from payments.domain.intent import Intent

MARGIN: Final = timedelta(minutes=2)
"""MercadoPago lets the payer in until this long before the hold ends, so that the answer comes in time."""


class BookingStatus(StrEnum):
    """Booking's words."""

    PENDING = "pending"
    HELD = "held"
    CONFIRMED = "confirmed"
    ARRIVED = "arrived"
    COMPLETED = "completed"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


ENDED: Final = frozenset({BookingStatus.COMPLETED, BookingStatus.NO_SHOW, BookingStatus.CANCELLED})
"""What was paid and does not go back is the provider's, less what the platform keeps."""


_TOLD_WITHIN: Final = timedelta(hours=1)
"""By then the hold of a booking that nobody could tell of is long over: there is nothing left to pay."""


class BookingNotVisible(Refusal):
    """The booking is not known here yet."""

    retry_after = 1


class BookingExpired(Refusal):
    """The time to pay for this booking is over."""


class NotApprovedYet(Refusal):
    """The provider has not accepted the booking yet."""

    retry_after = 1


class BookingCancelled(Refusal):
    """The booking was cancelled."""


class AlreadyPaid(Refusal):
    """What was due for this booking is paid."""


class NothingDue(Refusal):
    """Nothing has to be paid for this booking."""


class PaymentChanging(Refusal):
    """The amount or the way to pay changed and the earlier payment is being closed."""

    retry_after = 2


class PaymentUnavailable(Refusal):
    """MercadoPago does not answer."""

    retry_after = 5


@dataclass(frozen=True, slots=True)
class Payable:
    """A booking's state as far as money is concerned. `traceparent` is of the request that made the booking."""

    booking_id: BookingId
    version: int
    client_id: AccountId
    provider_id: ProviderId
    status: BookingStatus
    service_id: ServiceId | None
    price: Money
    due: Money
    hold_expires_at: datetime | None
    city: str
    province: str
    traceparent: str | None = None
    starts_at: datetime | None = None
    """When the appointment begins; None for one told of before this was kept."""
    created_at: datetime | None = None
    """When the booking was made; None when it was told before this was kept."""

    @property
    def payable_until(self) -> datetime | None:
        """The last instant at which the payer is let in; None for a booking that holds nothing."""
        return self.hold_expires_at - MARGIN if self.hold_expires_at is not None else None


def may_be_on_its_way(booking_id: BookingId, now: datetime) -> bool:
    """Whether an unknown booking may only not have been told of yet: its id was made just now."""
    try:
        return abs(now - instant_of(booking_id)) <= _TOLD_WITHIN
    except ValueError:
        return False


def must_stand(payable: Payable) -> None:
    """A named refusal unless the booking was accepted and not called off."""
    if payable.status is BookingStatus.CANCELLED:
        raise BookingCancelled
    if payable.status is BookingStatus.EXPIRED:
        raise BookingExpired
    if payable.status is BookingStatus.PENDING:
        raise NotApprovedYet


def pay_window(payable: Payable, latest: Intent | None, now: datetime) -> datetime:
    """Until when the payer may pay. A named refusal when this booking cannot be paid now.

    `latest` is the booking's newest intent: it may know of money that booking has not heard of yet.
    """
    must_stand(payable)
    if latest is not None and not latest.is_open and not latest.is_closed:
        raise AlreadyPaid
    if not payable.due:
        raise NothingDue
    if payable.status is not BookingStatus.HELD:
        raise AlreadyPaid
    until = payable.payable_until
    if until is None or now >= until:
        raise BookingExpired
    if latest is not None and latest.is_open and latest.closing:
        raise PaymentChanging
    return until
