"""A series: bookings made together by a rule. Each is a booking with claims of its own; the first one leads.

Nothing of a series is the client's before its leader is confirmed, and what the leader loses by then all lose.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from booking.domain.booking import Booking, Status
from common.money import Money
from contracts.ids import AccountId, BookingId, ProviderId, SeriesId


class Charge(StrEnum):
    """What a series asks for: what is due of the first, of each before it takes place, or all of it in advance."""

    FIRST = "first"
    EACH = "each"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Series:
    """What its bookings have in common. `starts_local` is the leader's start when it was made, `size` how many."""

    id: SeriesId
    version: int
    provider_id: ProviderId
    client_id: AccountId
    leader_id: BookingId
    rule: str
    charge: Charge
    zone: str
    starts_local: datetime
    size: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Conflict:
    """An occurrence that cannot be had, and the name of what forbids it."""

    starts_at: datetime
    code: str


def charged(bookings: Sequence[Booking], charge: Charge, pay_before: timedelta) -> Sequence[Booking]:
    """New bookings with what each of them asks for; the first leads. `pay_before` its start each of EACH is paid."""
    leader, *others = bookings
    zero = Money.zero(leader.price.currency)
    match charge:
        case Charge.FIRST:
            others = [replace(one, due_now=zero) for one in others]
        case Charge.ALL:
            whole = sum((one.price for one in bookings), zero)
            net = sum((one.net for one in bookings), zero)
            leader = replace(leader, price=whole, net=net, due_now=whole, payer_id=leader.id, share=leader.price)
            others = [
                replace(one, price=zero, net=zero, due_now=zero, payer_id=leader.id, share=one.price) for one in others
            ]
    return [leader, *(kept_open(one, leader, charge, pay_before) for one in others)]


def paid_apart(one: Booking, series: Series) -> bool:
    """Whether it is still to be paid by itself, after the first."""
    is_due = one.status is Status.HELD and bool(one.due_now)
    return series.charge is Charge.EACH and is_due and one.id != series.leader_id


def open_again(moved: Booking, leader: Booking, pay_before: timedelta, soonest: datetime, now: datetime) -> Booking:
    """One of EACH, once it was moved: until so long before its new start, but not before `soonest`.

    Where a payment was begun its own time stands, at most until the new start; and what is due already stays due.
    """
    if moved.payment_id is not None or (moved.due_at is not None and moved.due_at <= now):
        return moved
    again = kept_open(moved, leader, Charge.EACH, pay_before)
    ends = [at for at in (again.due_at, soonest) if at is not None]
    until = min(max(ends), moved.starts_at)
    return replace(moved, hold_expires_at=until, due_at=until)


def kept_open(one: Booking, leader: Booking, charge: Charge, pay_before: timedelta) -> Booking:
    """A request waits as long as its leader. A hold that asks for something does so until `pay_before` its start, but
    no less long than its leader; one that asks for nothing waits for its leader, which ends before it starts."""
    if one.status is Status.PENDING:
        return replace(one, hold_expires_at=leader.hold_expires_at, due_at=leader.due_at)
    at = one.starts_at - pay_before if charge is Charge.EACH else one.starts_at
    until = at if leader.due_at is None else max(at, leader.due_at)
    return replace(one, hold_expires_at=until, due_at=until)


def any_confirmed(bookings: Sequence[Booking]) -> bool:
    """Whether any of them is its client's, and not only held or asked for."""
    return any(not one.is_open for one in bookings)


def moved_by(starts_local: datetime, old: datetime, new: datetime) -> datetime:
    """The wall-clock start of an occurrence when another of its series goes from `old` to `new`: the days between
    them on, at the new one's time."""
    return datetime.combine(starts_local.date() + (new.date() - old.date()), new.time())
