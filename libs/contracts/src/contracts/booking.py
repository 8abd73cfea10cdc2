"""What booking tells the others: the life of a turno, and what money it asks for or gives back."""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID

from contracts.base import Amount, Fact, Part
from contracts.ids import (
    AccountId,
    BookingId,
    PaymentId,
    PlaceId,
    ProviderId,
    RefundId,
    ResourceId,
    SeriesId,
    ServiceId,
    SessionId,
    StaffId,
)


class BookingStatus(StrEnum):
    """Where a booking stands. Pending, held, confirmed and arrived ones occupy their slot.

    A pending one waits for the provider's approval; it cannot be paid yet.
    """

    PENDING = "pending"
    HELD = "held"
    CONFIRMED = "confirmed"
    ARRIVED = "arrived"
    COMPLETED = "completed"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class CancelledBy(StrEnum):
    """Who called it off."""

    CLIENT = "client"
    PROVIDER = "provider"
    SYSTEM = "system"


class VisitPart(Part):
    """One service of a visit."""

    service_id: ServiceId
    staff_id: StaffId
    starts_at: datetime
    ends_at: datetime
    price: Amount


class BookingFact(Fact):
    """The booking's public state. Instants are UTC; `local_date` is the place's calendar day.

    Of a visit `service_id` and `staff_id` are the first service's; times and money are of the whole.
    """

    owner: ClassVar[str] = "booking"

    booking_id: BookingId
    provider_id: ProviderId
    place_id: PlaceId
    service_id: ServiceId
    staff_id: StaffId
    resource_ids: tuple[ResourceId, ...] = ()
    client_id: AccountId
    status: BookingStatus
    starts_at: datetime
    ends_at: datetime
    local_date: date
    zone: str
    city: str
    province: str
    price: Amount
    due_now: Amount
    """What must be paid for the hold to be confirmed; 0 when nothing is."""
    paid: Amount
    """Captured so far, as booking knows it."""
    refunded: Amount
    """Asked back so far by this booking, and given back by others: operators, the provider, MercadoPago's panel."""
    hold_expires_at: datetime | None = None
    """Until when it is to be paid or, while it is pending, answered."""
    policy_version: str
    created_at: datetime
    cancelled_by: CancelledBy | None = None
    also: tuple[VisitPart, ...] = ()
    """The services of a visit that follow the first."""
    rescheduled: int = 0
    """How often its client moved it; the provider's own moves do not count."""
    fee_owed: Amount | None = None
    """What of the fee for not coming was not covered by what had been paid."""
    series_id: SeriesId | None = None
    """The series that it is an occurrence of."""
    session_id: SessionId | None = None
    """The group session that it has a seat of."""
    told_with_series: bool = False
    """Whether this happened to several bookings of its series at once: people are told once, by `series.*`."""

    @property
    def subject(self) -> UUID:
        return self.booking_id


class BookingCreated(BookingFact):
    """A slot was claimed: pending its approval, held until paid, or confirmed at once when nothing is due."""

    topic: ClassVar[str] = "booking.created"

    owner_account_id: AccountId | None = None
    """Whose provider it is, of a pending one: who has to answer, until `hold_expires_at`."""


class BookingApproved(BookingFact):
    """The provider accepted it: held until paid; where nothing is due, `booking.confirmed` follows at once."""

    topic: ClassVar[str] = "booking.approved"


class BookingConfirmed(BookingFact):
    """What was due is paid, or nothing was due."""

    topic: ClassVar[str] = "booking.confirmed"


class BookingPaid(BookingFact):
    """More of the price was paid, after the booking was confirmed; `payment_id` is the payment taken."""

    topic: ClassVar[str] = "booking.paid"

    payment_id: PaymentId


class BookingCancelled(BookingFact):
    """Called off by client, provider or the system; the slot is free.

    `reason` is `withdrawal` where the law did it, `declined` where the provider did not accept it, `below-minimum`
    where too few took a seat of its session, and one of `closed`, `away`, `emergency` where the provider called off a
    whole day, or a session, and said why.
    """

    topic: ClassVar[str] = "booking.cancelled"

    reason: str | None = None


ZONE_CHANGED: Final = "zone-changed"


class BookingRescheduled(BookingFact):
    """Moved to another time; the payment follows. `reason` is ZONE_CHANGED where the wall-clock time is the same."""

    topic: ClassVar[str] = "booking.rescheduled"

    reason: str | None = None
    owner_account_id: AccountId | None = None
    """Whose provider it is, of a pending one that somebody else moved: who has to answer to the new start."""
    paid_apart: bool = False
    """Whether it is of a series and still to be paid by itself, until its hold ends."""


class BookingArrived(BookingFact):
    """The client is at the place."""

    topic: ClassVar[str] = "booking.arrived"


class BookingCompleted(BookingFact):
    """The client came and was served."""

    topic: ClassVar[str] = "booking.completed"


class BookingNoShow(BookingFact):
    """The client did not come."""

    topic: ClassVar[str] = "booking.no_show"


class BookingExpired(BookingFact):
    """The hold ran out unpaid, or the provider did not answer in time; the slot is free."""

    topic: ClassVar[str] = "booking.expired"

    unanswered: bool = False
    """Whether it still waited for its provider."""


class BookingHoldDue(BookingFact):
    """The hold ran out with a payment begun: payments must close it, and answers closed or confirmed."""

    topic: ClassVar[str] = "booking.hold_due"

    payment_id: PaymentId


class BookingHoldMoved(BookingFact):
    """The hold ends at another time: later for a ticket whose money may take days, sooner once that is given up."""

    topic: ClassVar[str] = "booking.hold_moved"


class BookingRefundDue(BookingFact):
    """Money must go back. `refund_id` is booking's and names this one refund for good; amount in full centavos."""

    topic: ClassVar[str] = "booking.refund_due"

    payment_id: PaymentId
    refund_id: RefundId
    amount: Amount
    reason: str


FACTS: Final[tuple[type[Fact], ...]] = (
    BookingCreated,
    BookingApproved,
    BookingConfirmed,
    BookingPaid,
    BookingCancelled,
    BookingRescheduled,
    BookingArrived,
    BookingCompleted,
    BookingNoShow,
    BookingExpired,
    BookingHoldDue,
    BookingHoldMoved,
    BookingRefundDue,
)
