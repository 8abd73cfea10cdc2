"""A random walk over payments: the real use cases on the real database, and a MercadoPago that cannot be relied on.

Payments are begun, paid, given back, contested and earned; MercadoPago tells of it twice, in any order, late or never,
shows what was so an hour ago, loses answers, and lies. After each step the money is counted again (`recount.py`).
"""

import asyncio
from datetime import timedelta
from typing import Final

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule
from services.payments.tests.builders import Booked
from services.payments.tests.ground import JOBS, Ground
from services.payments.tests.liar import Lie
from services.payments.tests.walking import Walking, pick

from common.money import Money
from contracts.booking import BookingCancelled, BookingCompleted, BookingExpired, BookingStatus
from payments.clients import UnansweredError
from payments.domain.charge import CONTESTED, ChargeId, ChargeStatus

PICKS: Final = st.integers(0, 15)
# Amounts at which rounding shows, and usual ones.
DUES: Final = st.sampled_from((1, 3, 5, 335, 999, 100_000, 150_000, 499_999))
PARTS: Final = st.sampled_from((1, 3, 2))
_MOST_BOOKINGS: Final = 4
_MOST_CHARGES: Final = 8
_MOST_REFUNDS: Final = 4


class Walk(Walking):
    """The rules."""

    # What clients and the shop do.

    @initialize(due=DUES, earned=st.booleans())
    def two_begin_alike(self, due: int, *, earned: bool) -> None:
        """The same amount twice, so that one's payment could pass for the other's; one is paid, and perhaps earned."""
        for _ in range(2):
            self.book_and_begin(due)
        self.pay(0, "APRO")
        self.notify(0, 1)
        self.work("look_into_webhooks")
        if earned:
            self.complete(0)
            self.work("earn_what_is_over")

    @precondition(lambda self: len(self.booked) < _MOST_BOOKINGS)
    @rule(due=DUES)
    def book_and_begin(self, due: int) -> None:
        self.booked.append(booked := Booked(due=due))
        self.act(self.ground.create(booked))
        self.act(self.ground.begin(booked))

    @precondition(lambda self: self.booked)
    @rule(which=PICKS)
    def begin_again(self, which: int) -> None:
        self.act(self.ground.begin(pick(self.booked, which)))

    @precondition(lambda self: self.booked)
    @rule(which=PICKS)
    def complete(self, which: int) -> None:
        self.act(self.ground.hear(pick(self.booked, which).tell(BookingCompleted, BookingStatus.COMPLETED)))

    @precondition(lambda self: self.booked)
    @rule(which=PICKS, expired=st.booleans())
    def give_up(self, which: int, *, expired: bool) -> None:
        booked = pick(self.booked, which)
        if expired:
            self.act(self.ground.hear(booked.tell(BookingExpired, BookingStatus.EXPIRED)))
        else:
            self.act(self.ground.hear(booked.tell(BookingCancelled, BookingStatus.CANCELLED)))

    @precondition(lambda self: self.taken() and self.refunds < _MOST_REFUNDS)
    @rule(which=PICKS, part=PARTS)
    def ask_for_money_back(self, which: int, part: int) -> None:
        self.refunds += 1
        charge = pick(self.taken(), which)
        self.act(self.ground.ask_refund(charge, max(1, charge.amount.minor // part)))

    # What the payer and MercadoPago do.

    @precondition(lambda self: self.ground.liar.pages and len(self.ground.liar.charges) < _MOST_CHARGES)
    @rule(which=PICKS, holder=st.sampled_from(["APRO", "APRO", "CONT", "FUND"]))
    def pay(self, which: int, holder: str) -> None:
        """On a page that is shut as well: what was under way comes of it all the same."""
        liar = self.ground.liar
        offer = liar.pages[pick(list(liar.pages), which)].offer
        liar.put(offer.external_reference, offer.amount, holder)

    @precondition(lambda self: self.ground.liar.undecided())
    @rule(which=PICKS, status=st.sampled_from([ChargeStatus.APPROVED, ChargeStatus.REJECTED, ChargeStatus.CANCELLED]))
    def decide(self, which: int, status: ChargeStatus) -> None:
        self.ground.liar.settle(pick(self.ground.liar.undecided(), which), status)

    @precondition(lambda self: self.of(ChargeStatus.APPROVED))
    @rule(which=PICKS, part=PARTS)
    def give_back_in_the_panel(self, which: int, part: int) -> None:
        charge = pick(self.of(ChargeStatus.APPROVED), which)
        left = charge.amount - charge.refunded
        self.ground.liar.give_back(charge.id, Money(max(1, left.minor // part)))

    @precondition(lambda self: self.of(ChargeStatus.APPROVED))
    @rule(which=PICKS, status=st.sampled_from(sorted(CONTESTED)))
    def contest(self, which: int, status: ChargeStatus) -> None:
        self.ground.liar.settle(pick(self.of(ChargeStatus.APPROVED), which).id, status)

    @precondition(lambda self: self.of(*CONTESTED))
    @rule(which=PICKS)
    def end_dispute(self, which: int) -> None:
        self.ground.liar.settle(pick(self.of(*CONTESTED), which).id, ChargeStatus.APPROVED, "accredited")

    @precondition(lambda self: self.taken())
    @rule(which=PICKS, fee=st.integers(0, 90), withheld=st.integers(0, 9), released=st.booleans())
    def take_fees(self, which: int, fee: int, withheld: int, *, released: bool) -> None:
        self.ground.liar.keep(pick(self.taken(), which).id, Money(fee), Money(withheld), released=released)

    # How we are told of it, or not.

    @precondition(lambda self: self.ground.liar.untold)
    @rule(which=PICKS, times=st.integers(1, 3))
    def notify(self, which: int, times: int) -> None:
        liar = self.ground.liar
        notice = liar.untold.pop(which % len(liar.untold))
        liar.told.append(notice)
        for _ in range(times):
            self.act(self.ground.tell(notice))

    @precondition(lambda self: self.ground.liar.untold)
    @rule(which=PICKS)
    def drop(self, which: int) -> None:
        self.ground.liar.untold.pop(which % len(self.ground.liar.untold))

    @precondition(lambda self: self.ground.liar.told)
    @rule(which=PICKS, signed=st.booleans())
    def notify_again(self, which: int, *, signed: bool) -> None:
        """Hours later, or in the form that anybody may send."""
        notice = pick(self.ground.liar.told, which)
        self.act(self.ground.tell(notice) if signed else self.ground.hint(ChargeId(notice.about)))

    @precondition(lambda self: self.booked)
    @rule(verb=st.sampled_from(["create_preference", "refund", "close_preference", "cancel_payment"]))
    def lose_an_answer(self, verb: str) -> None:
        if len(self.ground.liar.lose) < 2:
            self.ground.liar.lose.append(verb)

    @precondition(lambda self: self.booked)
    @rule()
    def be_away_for_a_call(self) -> None:
        if len(self.ground.liar.fail) < 2:
            self.ground.liar.fail.append(UnansweredError("ReadTimeout"))

    @precondition(lambda self: self.ground.liar.history)
    @rule(which=PICKS, version=PICKS)
    def show_what_was(self, which: int, version: int) -> None:
        liar = self.ground.liar
        charge_id = pick(list(liar.charges.values()), which).id
        liar.shown[charge_id] = liar.older(charge_id, version)

    @precondition(lambda self: self.ground.liar.shown)
    @rule()
    def show_the_truth(self) -> None:
        self.ground.liar.shown.clear()

    @precondition(lambda self: self.ground.liar.charges)
    @rule(which=PICKS, lie=st.sampled_from(list(Lie)), how=PICKS, stays=st.booleans())
    def lie(self, which: int, lie: Lie, how: int, *, stays: bool) -> None:
        """A lie changes nothing but a case; one that `stays` is shown to whoever asks until the truth is."""
        charge_id = pick(list(self.ground.liar.charges.values()), which).id
        self.act(self.tell_a_lie(charge_id, lie, how, stays=stays))

    # What the worker does.

    @rule(job=st.sampled_from(JOBS))
    def work(self, job: str) -> None:
        self.act(self.ground.work(job))

    @rule()
    def work_through(self) -> None:
        for job in JOBS:
            self.act(self.ground.work(job))

    @rule(minutes=st.sampled_from([0.1, 1, 5, 16]))
    def time_goes_by(self, minutes: float) -> None:
        self.act(self.ground.clock.advance(timedelta(minutes=minutes)))

    @precondition(lambda self: self.ground.liar.history)
    @rule(seed=st.integers(0, 2**16), times=st.integers(1, 2))
    def hear_everything_again(self, seed: int, times: int) -> None:
        """All that ever was so, so many times in any order, leads where we are once we know how things stand."""
        self.act(self.replay(seed, times))


def bound(ground: Ground, loop: asyncio.AbstractEventLoop) -> type[Walk]:
    """The machine on this ground; Hypothesis makes one of it for each example."""
    return type("BoundWalk", (Walk,), {"ground": ground, "loop": loop})
