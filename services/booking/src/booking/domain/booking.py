"""The life of one booking: every change is a new value with the next version, or a refusal."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from booking.domain.policy import Party, Policy
from booking.domain.refusals import (
    AlreadyArrived,
    AlreadyOver,
    NotConfirmed,
    NotPending,
    NotYet,
    SlotInPast,
    TooEarlyToCheckIn,
)
from booking.domain.seat import Part, Seat
from common.errors import Refusal
from common.money import Money
from contracts.ids import (
    AccountId,
    BookingId,
    PaymentId,
    PlaceId,
    ProviderId,
    ResourceId,
    SeriesId,
    ServiceId,
    SessionId,
    StaffId,
)

CLOSE_ANSWER: Final = timedelta(minutes=10)
"""How long payments may take to answer `booking.hold_due` before the hold expires all the same (decision 7)."""
EARLY: Final = timedelta(hours=2)
"""So long before the start somebody may arrive."""


class Status(StrEnum):
    """PENDING (waits for the provider's approval), HELD, CONFIRMED and ARRIVED occupy their slot."""

    PENDING = "pending"
    HELD = "held"
    CONFIRMED = "confirmed"
    ARRIVED = "arrived"
    COMPLETED = "completed"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"
    EXPIRED = "expired"

    @property
    def is_live(self) -> bool:
        return self in LIVE

    @property
    def is_movable(self) -> bool:
        """Whether it may get another time: it occupies its slot and nobody came yet."""
        return self.is_live and self is not Status.ARRIVED

    @property
    def took_place(self) -> bool:
        """Whether its time was kept for it to the end."""
        return self in (Status.COMPLETED, Status.NO_SHOW)


LIVE: Final = (Status.PENDING, Status.HELD, Status.CONFIRMED, Status.ARRIVED)


@dataclass(frozen=True, slots=True)
class Booking:
    """One turno. `due_at` is when it must be looked at again: unpaid, or unanswered. None once nothing is due.

    `service_id` and `staff_id` are of the first service of a visit, `also` are those that follow it; the times and the
    money are the whole visit's. `net` is the price without national taxes.
    """

    id: BookingId
    version: int
    provider_id: ProviderId
    place_id: PlaceId
    service_id: ServiceId
    staff_id: StaffId
    resource_ids: Sequence[ResourceId]
    client_id: AccountId
    status: Status
    starts_at: datetime
    ends_at: datetime
    local_date: date
    zone: str
    city: str
    province: str
    price: Money
    net: Money
    due_now: Money
    paid: Money
    refunded: Money
    policy: Policy
    created_at: datetime
    hold_expires_at: datetime | None = None
    due_at: datetime | None = None
    payment_id: PaymentId | None = None
    """The payment begun for it, then the one that confirmed it: refunds by policy are of this one."""
    close_asked: bool = False
    """Whether payments was asked to close that payment."""
    cancelled_by: Party | None = None
    closed_payment_id: PaymentId | None = None
    """The last payment that was closed: what is told of its beginning may come after its end."""
    starts_local: datetime | None = None
    """As in its seat; None of one from before it was kept, whose instant stays."""
    also: Sequence[Part] = ()
    approved_at: datetime | None = None
    """When the provider accepted it; None where nobody had to, and until then."""
    rescheduled: int = 0
    """How often its client moved it."""
    fee_owed: Money | None = None
    """What of a fee was not covered by what had been paid; None where no fee was reckoned."""
    series_id: SeriesId | None = None
    """The series that it is an occurrence of."""
    payer_id: BookingId | None = None
    """Whose payment is for this one too, its own included: of a series that was paid in advance."""
    share: Money | None = None
    """What of the payer's price this one is."""
    session_id: SessionId | None = None
    """The group session that it has a seat of."""

    @property
    def is_open(self) -> bool:
        """Whether it waits to be accepted or paid."""
        return self.status in (Status.PENDING, Status.HELD)

    @property
    def staff_ids(self) -> set[StaffId]:
        """Everybody who attends it."""
        return {self.staff_id, *(part.staff_id for part in self.also)}

    def refusal(self) -> Refusal:
        """Why a booking in this state is not treated as a confirmed one is."""
        ended = AlreadyArrived if self.status is Status.ARRIVED else AlreadyOver
        kind = NotConfirmed if self.is_open else ended
        return kind(bookingId=str(self.id), bookingStatus=self.status.value)

    def must_be_pending(self) -> None:
        """NotPending unless it waits for the provider's answer."""
        if self.status is not Status.PENDING:
            raise NotPending(bookingStatus=self.status.value)

    def approve(self, now: datetime, pay_until: datetime) -> "Booking":
        """The provider accepts: held until it is paid, at most until it starts. NotPending from anything else."""
        self.must_be_pending()
        if now >= self.starts_at:
            raise SlotInPast
        until = min(pay_until, self.starts_at)
        return self._next(status=Status.HELD, approved_at=now, hold_expires_at=until, due_at=until)

    def move(self, to: Seat, by: Party, now: datetime) -> "Booking":
        """To another time, and what was agreed stays: price, policy and payment. Its client is bound by the policy."""
        if not self.status.is_movable:
            raise self.refusal()
        if by is Party.CLIENT:
            self.policy.allow_move(self.rescheduled, self.starts_at, now)
        moves = self.rescheduled + (by is Party.CLIENT)
        return self._next(**to.as_dict(), **self._over_by(to.starts_at), rescheduled=moves)

    def at_instant(self, starts_at: datetime) -> "Booking":
        """At the same wall-clock time, which is another instant now."""
        by = starts_at - self.starts_at
        also = [replace(part, starts_at=part.starts_at + by, ends_at=part.ends_at + by) for part in self.also]
        return self._next(starts_at=starts_at, ends_at=self.ends_at + by, also=also, **self._over_by(starts_at))

    def arrive(self, now: datetime) -> "Booking":
        """The client is there, at most two hours before the start."""
        if self.status is not Status.CONFIRMED:
            raise self.refusal()
        if now < self.starts_at - EARLY:
            raise TooEarlyToCheckIn
        return self._next(status=Status.ARRIVED)

    def begin_payment(self, payment_id: PaymentId) -> "Booking":
        """Remember the payment; no fact of ours, so the version stays. One that was closed is not begun any more.

        Nor is one made before what is known: each payment is told in an order of its own, and ids rise (UUIDv7).
        Nobody was asked to close the new one yet.
        """
        newest = self._newest_payment
        if self.status is not Status.HELD or (newest is not None and payment_id <= newest):
            return self
        return replace(self, payment_id=payment_id, close_asked=False)

    @property
    def _newest_payment(self) -> PaymentId | None:
        return max((each for each in (self.payment_id, self.closed_payment_id) if each is not None), default=None)

    def confirm(self, payment_id: PaymentId | None = None) -> "Booking":
        """Nothing is due, or this payment covers what was; the slot is ours (again)."""
        return self._next(
            status=Status.CONFIRMED, payment_id=payment_id, hold_expires_at=None, due_at=None, close_asked=False
        )

    def ask_to_close(self, now: datetime) -> "Booking":
        """The hold is due with a payment begun: wait for payments' answer, but not for ever."""
        return self._next(close_asked=True, due_at=now + CLOSE_ANSWER)

    def expire(self) -> "Booking":
        """The hold is over and the slot is free."""
        return self._next(status=Status.EXPIRED, hold_expires_at=None, due_at=None)

    def hold_until(self, at: datetime) -> "Booking":
        """Held longer for a payment whose money may take that long, at most until the appointment starts.

        Never sooner, and not once payments was asked to close it: the answer decides then.
        """
        until = min(at, self.starts_at)
        fixed = self.status is not Status.HELD or self.close_asked
        if fixed or self.hold_expires_at is None or self.hold_expires_at >= until:
            return self
        return self._hold_to(until)

    def forget_payment(self, payment_id: PaymentId, at: datetime) -> "Booking":
        """The payment was closed while the hold still runs: the client may begin another until `at` at the latest.

        A hold that was moved for the payment has no reason any more. One made before what is known changes nothing.
        """
        if self._newest_payment is not None and payment_id < self._newest_payment:
            return self
        moved = self if self.hold_expires_at is None or self.hold_expires_at <= at else self._hold_to(at)
        return replace(moved, payment_id=None, close_asked=False, closed_payment_id=payment_id)

    def cancel(self, by: Party) -> "Booking":
        """AlreadyOver when it has ended, AlreadyArrived for a client who has."""
        if not self.status.is_live or (by is Party.CLIENT and self.status is Status.ARRIVED):
            raise self.refusal()
        return self._next(status=Status.CANCELLED, cancelled_by=by.side, hold_expires_at=None, due_at=None)

    def ask_refund(self, amount: Money) -> "Booking":
        """Money goes back."""
        return self._next(refunded=self.refunded + amount)

    def gave_back(self, amount: Money) -> "Booking":
        """Somebody else gave money back: never more than is kept, for it may be what was asked for here already."""
        return replace(self, refunded=self.refunded + min(amount, self.kept))

    @property
    def kept(self) -> Money:
        """What was paid and not asked back."""
        return self.paid - self.refunded

    def take_payment(self, captured: Money) -> "Booking":
        """Money came; what it changes is decided beside it."""
        return replace(self, paid=self.paid + captured)

    def owes(self, amount: Money) -> bool:
        """Whether that much is still missing of the price."""
        return amount <= self.price - self.kept

    def take_balance(self, captured: Money) -> "Booking":
        """More of the price came."""
        return self._next(paid=self.paid + captured)

    @property
    def takes_balance(self) -> bool:
        """Whether the rest of its price may be paid; of a series paid in advance there is none."""
        return self.payer_id is None and self.status in (Status.CONFIRMED, Status.ARRIVED, Status.COMPLETED)

    def complete(self, now: datetime) -> "Booking":
        """Served: whoever has arrived, at once; else from the start on."""
        if self.status not in (Status.CONFIRMED, Status.ARRIVED):
            raise self.refusal()
        if self.status is Status.CONFIRMED and now < self.starts_at:
            raise NotYet
        return self._next(status=Status.COMPLETED)

    def miss(self, now: datetime, owed: Money) -> "Booking":
        """Nobody came, and `owed` of the fee is not covered; NotYet before the start."""
        if self.status is not Status.CONFIRMED:
            raise self.refusal()
        if now < self.starts_at:
            raise NotYet
        return self._next(status=Status.NO_SHOW, fee_owed=owed)

    def _over_by(self, start: datetime) -> dict[str, datetime | None]:
        """A hold, or the wait for an answer, ends no later than its start."""
        return {name: at and min(at, start) for name in ("hold_expires_at", "due_at") for at in [getattr(self, name)]}

    def _hold_to(self, at: datetime) -> "Booking":
        return self._next(hold_expires_at=at, due_at=at)

    def _next(self, **changes: object) -> "Booking":
        return replace(self, version=self.version + 1, **changes)  # type: ignore[arg-type]  # replace checks the names
