"""What a payment is for, and how much of it may be asked now: the due, the balance or a tip."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from common.errors import Refusal
from common.money import Money
from contracts.ids import BookingId
from payments.domain.intent import Intent, Purpose
from payments.domain.payable import (
    BookingExpired,
    BookingStatus,
    NothingDue,
    Payable,
    must_stand,
    pay_window,
)
from payments.domain.tariff import NOTHING_KEPT, Tariff

PAGE: Final = timedelta(minutes=60)
"""How long the page of what nothing waits for stays open."""
MOST_TIP: Final = 100_000_00
"""Centavos; more than this is a slip of the finger."""
_TAKEN: Final = frozenset({BookingStatus.CONFIRMED, BookingStatus.ARRIVED, BookingStatus.COMPLETED})
_SERVED: Final = frozenset({BookingStatus.ARRIVED, BookingStatus.COMPLETED})


class NotConfirmedYet(Refusal):
    """What is due first was not paid yet."""

    retry_after = 1


class PaymentPageExpired(Refusal):
    """The time of this page is over; the booking stands, and another page may be asked for."""


class TipTooEarly(Refusal):
    """A tip is for a service that was given."""

    retry_after = 1


class InvalidTip(Refusal):
    """A tip of nothing, of more than anybody means to give, or beside another purpose."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(fields=[{"field": field, "reason": reason}])


class TipGiven(Refusal):
    """A tip for this booking was paid already."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a client asks to pay; `amount` is of a tip only, everything else is reckoned."""

    booking_id: BookingId
    purpose: Purpose = Purpose.DUE
    amount: Money | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A payment that may begin: `until` is the last instant at which the payer is let in."""

    purpose: Purpose
    amount: Money
    until: datetime
    tariff: Tariff


def may_be_told_soon(payable: Payable, purpose: Purpose) -> bool:
    """Whether what the purpose needs may have happened already: booking's fact of it would be on its way."""
    if payable.status is BookingStatus.PENDING:
        return True
    if purpose is Purpose.DUE:
        return False
    if purpose is Purpose.TIP and payable.status is BookingStatus.CONFIRMED:
        return True
    return payable.status is BookingStatus.HELD


def must_be_meant(wish: Wish) -> None:
    """InvalidTip unless a tip comes with its amount, and an amount with a tip: else it would be dropped unseen."""
    if wish.purpose is not Purpose.TIP:
        if wish.amount is not None:
            raise InvalidTip("purpose", "not_of_this_purpose")
        return
    if wish.amount is None:
        raise InvalidTip("tip", "missing")
    if not 0 < wish.amount.minor <= MOST_TIP:
        raise InvalidTip("tip", "out_of_bounds")


def due_of(payable: Payable, latest: Intent | None, tariff: Tariff, now: datetime) -> Wanted:
    """What the hold waits for. A named refusal when it cannot be paid now; `latest` as in `pay_window`."""
    return Wanted(Purpose.DUE, payable.due, pay_window(payable, latest, now), tariff)


def balance_of(payable: Payable, settled: Money, latest: Intent | None, tariff: Tariff, now: datetime) -> Wanted:
    """The rest of the price, once the booking is confirmed. `settled` was paid and kept, here or at the place."""
    must_be_taken(payable)
    rest = payable.price - settled
    if rest <= Money.zero(rest.currency):
        raise NothingDue
    return Wanted(Purpose.BALANCE, rest, _page_until(latest, now), tariff)


def tip_of(payable: Payable, amount: Money, latest: Intent | None, now: datetime) -> Wanted:
    """A tip, once the client was served: wholly the worker's."""
    must_be_taken(payable)
    if payable.status not in _SERVED:
        raise TipTooEarly
    if latest is not None and not latest.is_open and not latest.is_closed:
        raise TipGiven
    return Wanted(Purpose.TIP, amount, _page_until(latest, now), NOTHING_KEPT)


def out_of_time(intent: Intent) -> Refusal:
    """What a payer is told whose payment was given up meanwhile: only the due takes the booking with it."""
    return BookingExpired() if intent.purpose is Purpose.DUE else PaymentPageExpired()


def must_be_taken(payable: Payable) -> None:
    """A named refusal unless the booking is confirmed, going on or over with the client served."""
    must_stand(payable)
    if payable.status is BookingStatus.NO_SHOW:
        raise NothingDue
    if payable.status not in _TAKEN:
        raise NotConfirmedYet


def _page_until(latest: Intent | None, now: datetime) -> datetime:
    """An open page's own end: asking again does not lengthen it."""
    return latest.expires_at if latest is not None and latest.is_open else now + PAGE
