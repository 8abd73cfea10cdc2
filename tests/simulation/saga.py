"""Booking and payments under a state machine that decides who acts, what arrives, what fails, and how time goes by.

Steps are serial: use cases meet at the boundaries of their transactions, where a crash, a call to MercadoPago with
something happening meanwhile, or any other rule can come in between. What two open transactions do to each other is
for PostgreSQL's locks, and for the tests of races.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial, wraps
from typing import Any, ClassVar, Final, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from tests.simulation.drain import drain
from tests.simulation.judge import LIVE, Judge
from tests.simulation.power import Crash, Power
from tests.simulation.tally import Tally
from tests.simulation.town import FAR_SLOTS, MINUTES, SLOTS, Town, open_town
from tests.simulation.world import World

from booking.domain.refusals import AlreadyOver
from common.errors import Busy, NotReady, Refusal
from contracts.ids import BookingId
from payments.clients import MercadoPagoError, NotAcceptedError, UnansweredError
from payments.domain.charge import ChargeStatus

T = TypeVar("T")
READERS: Final = ("booking", "payments")
PICKS: Final = st.integers(0, 15)
"""Which of several; taken modulo how many there are."""
JOBS: Final = ("settle_due_holds", "look_into_webhooks", "close_due_payments", "make_due_refunds", "look_at_payments")
PAUSES: Final = {
    "seconds": timedelta(seconds=7),
    "half a minute": timedelta(seconds=31),
    "two minutes": timedelta(minutes=2, seconds=3),
    "a hold": timedelta(minutes=15, seconds=1),
    "an answer": timedelta(minutes=10, seconds=1),
    "an hour": timedelta(hours=1, seconds=1),
}
BEFORE_THE_NEAR_SLOT: Final = {"11 h": timedelta(hours=11), "2 h": timedelta(hours=2)}
LATEST: Final = SLOTS[0] + timedelta(days=3)
FAILURES: Final[dict[str, Callable[[], MercadoPagoError]]] = {
    "unanswered": lambda: UnansweredError("ReadTimeout"),
    "not accepted": lambda: NotAcceptedError("http-429", 1),
}
LOSABLE: Final = ("create_preference", "refund", "close_preference", "cancel_payment")
VERBS: Final = (*LOSABLE, "find_preferences", "find_payments", "payment")
MEANWHILE: Final = ("payer pays", "provider decides", "everything arrives", "closing", "refunds", "cancelled")
PERCENT: Final = ((timedelta(hours=12), 100), (timedelta(hours=3), 50))
"""The barber's cancellation policy, written here a second time on purpose."""


def step(**drawn: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Any]:
    """A rule, each run of which counts."""

    def of(act: Callable[..., None]) -> Any:
        @wraps(act)
        def counted(self: "Saga", *args: Any, **values: Any) -> None:
            self.tally.steps += 1
            act(self, *args, **values)

        made: Any = rule
        return made(**drawn)(counted)

    return of


class Saga(RuleBasedStateMachine):
    """One example. `world` and `tally` are bound by `bound`; every example has a shop and clients of its own."""

    world: ClassVar[World]
    tally: ClassVar[Tally]
    loop: ClassVar[asyncio.AbstractEventLoop]

    def __init__(self) -> None:
        super().__init__()
        self.judge = Judge(self.world)
        self.town: Town
        self.kept: dict[BookingId, int] = {}
        self.webhooks_come = True
        self.sound = True
        self.happening = False
        self.tally.examples += 1

    # -- how an example begins and ends

    @initialize(barbers=st.integers(1, 2), chairs=st.integers(1, 2), webhooks_come=st.booleans())
    def open(self, barbers: int, chairs: int, webhooks_come: bool) -> None:
        self.webhooks_come = webhooks_come
        self._wait(self.world.begin_anew())
        self.town = self._wait(open_town(self.world, barbers, chairs))
        self._wait(self._look())

    def teardown(self) -> None:
        """Everything arrives, every deadline passes, and the promises are judged in full."""
        if not self.sound or not hasattr(self, "town"):
            return
        self._wait(self._end())
        self.tally.drained += 1

    # -- clients and the shop

    @step(client=PICKS, slot=st.integers(0, len(SLOTS) - 1))
    def hold(self, client: int, slot: int) -> None:
        self._hold(client, slot)

    @step(client=PICKS, slot=st.integers(0, len(SLOTS) - 1), pays=st.sampled_from(["APRO", "CONT", "FUND", ""]))
    def hold_and_pay(self, client: int, slot: int, pays: str) -> None:
        """As it goes on a good day: what was held is known to payments before its client asks to pay."""
        if self._hold(client, slot):
            return
        self._act("deliver everything", self._deliver_all)
        refused = self._begin(len(self.town.bookings) - 1)
        if pays and not refused:
            self._pay(len(self.world.provider.open_pages()) - 1, pays)

    @precondition(lambda self: self.town.bookings)
    @step(which=PICKS)
    def begin(self, which: int) -> None:
        self._begin(which)

    @precondition(lambda self: self._those("held", "confirmed"))
    @step(which=PICKS, by_client=st.booleans())
    def cancel(self, which: int, by_client: bool) -> None:
        booking_id = _of(self._those("held", "confirmed"), which)
        self._act("cancel", lambda: self._cancel_now(booking_id, by_client=by_client))

    @precondition(lambda self: self._those("confirmed"))
    @step(which=PICKS, came=st.booleans(), waits=st.booleans())
    def finish(self, which: int, came: bool, waits: bool) -> None:
        """The shop says how it went, too early or once the appointment has begun."""
        booking_id = _of(self._those("confirmed"), which)
        starts = self.judge.bookings[booking_id]["starts_at"]
        if waits and self.world.clock.now < starts < LATEST:
            self._count("the day comes")
            self._wait(self.world.clock.set_to(starts))
        self._act("finish", lambda: self.town.finish(booking_id, came=came))

    # -- the payer and MercadoPago

    @precondition(lambda self: self.world.provider.open_pages())
    @step(which=PICKS, holder=st.sampled_from(["APRO", "CONT", "FUND"]))
    def pay(self, which: int, holder: str) -> None:
        """Again too: the page stays open once it is paid."""
        self._pay(which, holder)

    @precondition(lambda self: self.world.provider.shut_pages())
    @step(which=PICKS, holder=st.sampled_from(["APRO", "CONT"]))
    def pay_late(self, which: int, holder: str) -> None:
        """What was under way when the page was shut comes of it all the same."""
        self._count(f"pay late {holder}")
        offer = self.world.provider.pages[_of(self.world.provider.shut_pages(), which)].offer
        self.world.provider.put(offer.external_reference, offer.amount, holder)

    @precondition(lambda self: self.world.provider.undecided() or self.world.provider.waiting_refunds())
    @step(which=PICKS, well=st.booleans())
    def decide(self, which: int, well: bool) -> None:
        """Of a payment under review, or of a refund that was only taken on."""
        provider = self.world.provider
        if undecided := provider.undecided():
            self._count(f"decide payment {'well' if well else 'ill'}")
            provider.settle(_of(undecided, which), ChargeStatus.APPROVED if well else ChargeStatus.REJECTED)
        else:
            self._count(f"decide refund {'well' if well else 'ill'}")
            provider.decide(_of(provider.waiting_refunds(), which), done=well)

    @precondition(lambda self: self.world.provider.untold)
    @step(which=PICKS, looked_into=st.booleans())
    def webhook(self, which: int, looked_into: bool) -> None:
        provider = self.world.provider
        notice = provider.untold.pop(which % len(provider.untold))
        provider.told.append(notice)
        self._act("webhook", lambda: self.world.notify(*notice))
        if looked_into:
            self._job("look_into_webhooks")

    @precondition(lambda self: self.world.provider.told)
    @step(which=PICKS, signed=st.booleans())
    def webhook_again(self, which: int, signed: bool) -> None:
        """The same one, or the unsigned form, which anybody may send."""
        notice = _of(self.world.provider.told, which)
        if signed:
            self._act("webhook again", lambda: self.world.notify(*notice))
        else:
            self._act("hint", lambda: self.world.hint(notice[0]))

    # -- what arrives, and what falls due

    @precondition(lambda self: self.world.broker.streams())
    @step(which=PICKS, most=st.integers(1, 3))
    def deliver(self, which: int, most: int) -> None:
        stream = _of(self.world.broker.streams(), which)
        self._act(f"deliver {stream.topic}", lambda: self.world.deliver(stream, most))

    @precondition(lambda self: self.world.broker.streams())
    @step()
    def deliver_everything(self) -> None:
        self._act("deliver everything", self._deliver_all)

    @precondition(lambda self: self.world.provider.untold)
    @step()
    def quiet_moment(self) -> None:
        """Every webhook comes, and what it brings about arrives."""
        provider = self.world.provider
        while provider.untold:
            provider.told.append(notice := provider.untold.pop(0))
            self._act("webhook", partial(self.world.notify, *notice))
        self._job("look_into_webhooks")
        self._act("deliver everything", self._deliver_all)

    @precondition(lambda self: any(self.world.broker.given(reader) for reader in READERS))
    @step(reader=st.sampled_from(READERS), topic=PICKS, which=PICKS)
    def repeat(self, reader: str, topic: int, which: int) -> None:
        """A rare topic's records as often as a common one's."""
        if given := self.world.broker.given(reader):
            chosen = _of(sorted({sent.topic for sent in given}), topic)
            sent = _of([each for each in given if each.topic == chosen], which)
            self._act(f"repeat {chosen}", lambda: self.world.repeat(reader, sent))

    @step(job=st.sampled_from(JOBS))
    def job(self, job: str) -> None:
        self._job(job)

    @step()
    def every_job(self) -> None:
        for job in JOBS:
            self._job(job)

    @precondition(lambda self: self.world.clock.now < LATEST)
    @step(pause=st.sampled_from(sorted(PAUSES)))
    def time_goes_by(self, pause: str) -> None:
        self._count(f"{pause} go by")
        self._wait(self.world.clock.advance(PAUSES[pause]))

    @precondition(lambda self: self.world.clock.now < SLOTS[0] - timedelta(hours=2) and self._those("confirmed"))
    @step(before=st.sampled_from(sorted(BEFORE_THE_NEAR_SLOT)))
    def the_day_comes(self, before: str) -> None:
        instant = SLOTS[0] - BEFORE_THE_NEAR_SLOT[before]
        if self.world.clock.now < instant:
            self._count("the day comes")
            self._wait(self.world.clock.set_to(instant))

    # -- what goes wrong

    @precondition(lambda self: self.town.bookings and len(self.world.provider.fail + self.world.provider.lose) < 2)
    @step(how=st.sampled_from(sorted(FAILURES) + list(LOSABLE)))
    def mercadopago_fails(self, how: str) -> None:
        """The next call fails before anything is done, or the next answer of this verb is lost after all was done."""
        self._count(f"fails {how}")
        provider = self.world.provider
        if how in LOSABLE:
            provider.lose.append(how)
        else:
            provider.fail.append(FAILURES[how]())

    @precondition(lambda self: self.world.provider.charges)
    @step(which=PICKS, stay=st.sampled_from(["shown", "", "in_process", "rejected"]))
    def mercadopago_lags(self, which: int, stay: str) -> None:
        """It still shows a payment as it is now (once more: it does not); or refunds stay as they are taken on."""
        self._count(f"lags {stay}")
        provider = self.world.provider
        charge = _of(list(provider.charges.values()), which)
        if stay != "shown":
            provider.refunds_stay = stay
        elif provider.shown.pop(charge.id, None) is None:
            provider.shown[charge.id] = charge

    @precondition(lambda self: self.town.bookings)
    @step(reader=st.sampled_from(READERS), in_transactions=st.integers(0, 3), committed=st.booleans())
    def a_side_fails(self, reader: str, in_transactions: int, committed: bool) -> None:
        """The power fails before or after a commit that is soon to come; with 0 it is cut off from Kafka, or back."""
        self._count("power will fail" if in_transactions else "cut off or mended")
        if in_transactions:
            side = self.world.sides[READERS.index(reader)]
            side.uow.power = Power(in_transactions, committed)
        else:
            self.world.broker.cut_off ^= {reader}

    @precondition(lambda self: self.town.bookings and len(self.world.provider.meanwhile) < 2)
    @step(verb=st.sampled_from(VERBS), what=st.sampled_from(MEANWHILE), which=PICKS)
    def meanwhile(self, verb: str, what: str, which: int) -> None:
        """The next time this is asked of MercadoPago, something else happens first."""
        self._count(f"meanwhile {what}")
        self.world.provider.meanwhile[verb] = lambda: self._happen(what, which)

    # -- how it is done

    def _hold(self, client: int, slot: int) -> str:
        request = self.town.request(_of(self.town.clients, client), "hold")
        starts = SLOTS[slot]
        answer = self._act("hold", lambda: self.town.hold(request, starts))
        if answer == "SlotTaken":
            assert not self._is_free(starts), "a free slot was refused"
        if answer == "TooManyHolds":
            held = [row for row in self.judge.bookings.values() if row["status"] == "held"]
            assert sum(row["client_id"] == request.who for row in held) >= 3
        return answer

    def _begin(self, which: int) -> str:
        booking_id = _of(self.town.bookings, which)
        request = self.town.request(self.judge.bookings[booking_id]["client_id"], "begin")
        return self._act("begin", lambda: self.town.begin(request, booking_id))

    def _pay(self, which: int, holder: str) -> None:
        if pages := self.world.provider.open_pages():
            self._count(f"pay {holder}")
            self.world.provider.pay(_of(pages, which), holder)

    def _job(self, job: str) -> None:
        self._act(job, lambda: self.world.run_job(job))

    def _those(self, *statuses: str) -> list[BookingId]:
        """The bookings that were so at the last look."""
        return [each for each, row in self.judge.bookings.items() if row["status"] in statuses]

    def _act(self, what: str, act: Callable[[], Coroutine[Any, Any, object]]) -> str:
        """Do it and judge; after a crash once more, as whoever asked would. The refusal's name, or nothing."""
        self._count(what)
        answer = self._wait(self._insist(act))
        self._wait(self._look())
        self.tally.answers[f"{what}: {answer or 'done'}"] += 1
        return answer

    async def _insist(self, act: Callable[[], Coroutine[Any, Any, object]]) -> str:
        for _ in range(4):
            try:
                await act()
            except Crash:
                self.tally.answers["crashed"] += 1
                self._restore_power()
            except Refusal as refusal:
                if isinstance(refusal, Busy | NotReady):
                    # Nobody else is here: a lock waited for in vain is a lock that was forgotten.
                    raise
                return type(refusal).__name__
            else:
                return ""
        raise AssertionError("the power fails for ever")

    async def _happen(self, what: str, which: int) -> None:
        """Something between two transactions of a use case, one thing at a time; nothing where nothing can be done.

        A job works on several payments side by side, and what happens to one may ask MercadoPago for more.
        """
        if self.happening:
            return
        self.happening = True
        try:
            self.tally.answers[f"meanwhile {what}"] += 1
            await self._happen_alone(what, which)
        finally:
            self.happening = False

    async def _happen_alone(self, what: str, which: int) -> None:
        provider = self.world.provider
        if what == "payer pays" and provider.open_pages():
            provider.pay(_of(provider.open_pages(), which), "CONT" if which % 2 else "APRO")
        elif what == "provider decides" and provider.undecided():
            provider.settle(_of(provider.undecided(), which), ChargeStatus.APPROVED)
        elif what == "everything arrives":
            await self.world.collect()
            await self._deliver_all()
        elif what in {"closing", "refunds"}:
            await self.world.run_job("close_due_payments" if what == "closing" else "make_due_refunds")
        elif what == "cancelled" and self.town.bookings:
            booking_id = _of(self.town.bookings, which)
            with suppress(AlreadyOver):
                await self._cancel_now(booking_id, by_client=bool(which % 2))

    async def _deliver_all(self) -> None:
        for stream in self.world.broker.streams():
            await self.world.deliver(stream, 1)

    def _cancel(self, booking_id: BookingId, *, by_client: bool) -> None:
        self._act("cancel", lambda: self._cancel_now(booking_id, by_client=by_client))

    async def _cancel_now(self, booking_id: BookingId, *, by_client: bool) -> None:
        """The part of the money that stays is computed here, from what booking was before."""
        before = await self.judge.status_of(booking_id)
        try:
            await self.town.cancel(booking_id, by_client=by_client)
        except AlreadyOver:
            assert before not in LIVE, "a live booking could not be cancelled"
            raise
        finally:
            after = await self.judge.status_of(booking_id)
            if (before, after) == ("confirmed", "cancelled"):
                self.kept[booking_id] = self._kept(booking_id) if by_client else 0

    def _kept(self, booking_id: BookingId) -> int:
        booking = self.judge.bookings[booking_id]
        notice = booking["starts_at"] - self.world.clock.now
        percent = next((percent for least, percent in PERCENT if notice >= least), 0)
        return int(booking["due_minor"]) * (100 - percent) // 100

    def _is_free(self, starts: datetime) -> bool:
        return self.judge.free(starts, MINUTES, self.town.shop.staff, self.town.shop.chairs)

    async def _look(self) -> None:
        await self.world.collect()
        await self.judge.step()

    async def _end(self) -> None:
        self._restore_power()
        await drain(self.world, webhooks_come=self.webhooks_come)
        self.tally.endings += await self.judge.end(self.kept)
        for starts in FAR_SLOTS:
            if self._is_free(starts):
                self.tally.answers["freed slot: booked again"] += 1
                stranger = self.town.request(self.town.stranger(), "hold")
                await self.town.cancel(await self.town.hold(stranger, starts), by_client=True)

    def _restore_power(self) -> None:
        for side in self.world.sides:
            side.uow.power.restore()

    def _count(self, what: str) -> None:
        self.tally.actions[what] += 1

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Run to its end; after an error there is nothing left to drain."""
        self.sound = False
        result = self.loop.run_until_complete(work)
        self.sound = True
        return result


def _of(some: Sequence[T], which: int) -> T:
    return some[which % len(some)]


def bound(world: World, loop: asyncio.AbstractEventLoop, tally: Tally) -> type[Saga]:
    """The machine on this world; Hypothesis makes one of it for each example."""
    return type("BoundSaga", (Saga,), {"world": world, "loop": loop, "tally": tally})
