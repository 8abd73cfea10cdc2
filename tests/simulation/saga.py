"""Booking and payments under a state machine that decides who acts, what arrives, what fails, and how time goes by.

Here: how an example begins and ends, clients and the shop, and what arrives or falls due. The world outside is in
`outside.py`, how anything is done in `acting.py`.
"""

import asyncio
from datetime import timedelta
from typing import Final

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition
from tests.simulation.acting import PICKS, pick, step
from tests.simulation.desk import Desk
from tests.simulation.disputing import Disputing
from tests.simulation.drain import drain
from tests.simulation.outside import READERS, Outside
from tests.simulation.people import People
from tests.simulation.tally import Tally
from tests.simulation.town import FAR_SLOTS, SLOTS, open_town
from tests.simulation.world import JOBS, World

from common.money import Money
from payments.domain.intent import Purpose
from payments.domain.method import Means, Payer
from payments.domain.purpose import Wish
from payments.domain.switches import Method

PAUSES: Final = {
    "seconds": timedelta(seconds=7),
    "half a minute": timedelta(seconds=31),
    "two minutes": timedelta(minutes=2, seconds=3),
    "a hold": timedelta(minutes=15, seconds=1),
    "an answer": timedelta(minutes=10, seconds=1),
    "an hour": timedelta(hours=1, seconds=1),
}
DIRECT_WAYS: Final = (Method.CARD, Method.RAPIPAGO)
PAYER: Final = Payer("ana@example.com", "DNI", "30111222")
BEFORE_THE_NEAR_SLOT: Final = {"11 h": timedelta(hours=11), "2 h": timedelta(hours=2)}
FIRST_PAID: Final = (3, 0)
"""Of the slots: one that is far ahead, and the nearest."""
PAID: Final = st.integers(0, len(FIRST_PAID))
LATEST: Final = SLOTS[0] + timedelta(days=3)


class Saga(Outside, People, Disputing):
    """One example; every one has a shop and clients of its own."""

    @initialize(barbers=st.integers(1, 2), chairs=st.integers(1, 2), webhooks_come=st.booleans(), paid=PAID)
    def open(self, barbers: int, chairs: int, webhooks_come: bool, paid: int) -> None:
        """`paid` bookings are confirmed before anything goes wrong, so that there is money to give back and contest."""
        self.webhooks_come = webhooks_come
        self._wait(self.world.begin_anew())
        self.town = self._wait(open_town(self.world, barbers, chairs))
        self.desk = Desk(self.world, self.town)
        self._wait(self._look())
        for number in range(paid):
            self._hold(number, FIRST_PAID[number])
            self._act("deliver everything", self._deliver_all)
            self._begin(number)
            self._pay(number, "APRO")
            self._quiet()

    def teardown(self) -> None:
        """Everything arrives, every deadline passes, and the promises are judged in full."""
        if not self.sound or not hasattr(self, "town"):
            return
        self._wait(self._end())
        self.tally.drained += 1

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

    @precondition(lambda self: self._those("held", "confirmed", "completed"))
    @step(which=PICKS, way=st.sampled_from(DIRECT_WAYS), holder=st.sampled_from(["APRO", "CONT", "FUND"]))
    def pay_directly(self, which: int, way: Method, holder: str) -> None:
        """With a card or at a cashier's, of what is due or what is left."""
        booking_id = pick(self._those("held", "confirmed", "completed"), which)
        is_held = self.judge.bookings[booking_id]["status"] == "held"
        wish = Wish(booking_id, Purpose.DUE if is_held else Purpose.BALANCE)
        means = Means(way, PAYER, self.world.provider.card_of(holder) if way is Method.CARD else None)
        request = self.town.request(self.judge.bookings[booking_id]["client_id"], "pay")
        self._act(f"pay by {way}", lambda: self.town.pay_directly(request, wish, means))

    @precondition(lambda self: self._those("confirmed", "completed"))
    @step(which=PICKS, purpose=st.sampled_from([Purpose.BALANCE, Purpose.TIP]), pesos=st.integers(1, 2))
    def begin_more(self, which: int, purpose: Purpose, pesos: int) -> None:
        """The rest of the price, or a tip."""
        tip = Money(pesos * 100) if purpose is Purpose.TIP else None
        self._wish(Wish(pick(self._those("confirmed", "completed"), which), purpose, tip))

    @precondition(lambda self: self._those("held", "confirmed"))
    @step(which=PICKS, by_client=st.booleans())
    def cancel(self, which: int, by_client: bool) -> None:
        booking_id = pick(self._those("held", "confirmed"), which)
        self._act("cancel", lambda: self._cancel_now(booking_id, by_client=by_client))

    @precondition(lambda self: self._those("confirmed"))
    @step(which=PICKS, came=st.booleans(), waits=st.booleans())
    def finish(self, which: int, came: bool, waits: bool) -> None:
        """The shop says how it went, too early or once the appointment has begun."""
        booking_id = pick(self._those("confirmed"), which)
        starts = self.judge.bookings[booking_id]["starts_at"]
        if waits and self.world.clock.now < starts < LATEST:
            self._count("the day comes")
            self._wait(self.world.clock.set_to(starts))
        self._act("finish", lambda: self.town.finish(booking_id, came=came))

    @precondition(lambda self: self.world.broker.streams())
    @step(which=PICKS, most=st.integers(1, 3))
    def deliver(self, which: int, most: int) -> None:
        stream = pick(self.world.broker.streams(), which)
        self._act(f"deliver {stream.topic}", lambda: self.world.deliver(stream, most))

    @precondition(lambda self: self.world.broker.streams())
    @step()
    def deliver_everything(self) -> None:
        self._act("deliver everything", self._deliver_all)

    @precondition(lambda self: any(self.world.broker.given(reader) for reader in READERS))
    @step(reader=st.sampled_from(READERS), topic=PICKS, which=PICKS)
    def repeat(self, reader: str, topic: int, which: int) -> None:
        """A rare topic's records as often as a common one's."""
        if given := self.world.broker.given(reader):
            chosen = pick(sorted({sent.topic for sent in given}), topic)
            sent = pick([each for each in given if each.topic == chosen], which)
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

    def _hold(self, client: int, slot: int) -> str:
        request = self.town.request(pick(self.town.clients, client), "hold")
        starts = SLOTS[slot]
        answer = self._act("hold", lambda: self.town.hold(request, starts))
        if answer == "SlotTaken":
            assert not self._is_free(starts), "a free slot was refused"
        if answer == "TooManyHolds":
            held = [row for row in self.judge.bookings.values() if row["status"] == "held"]
            assert sum(row["client_id"] == request.who for row in held) >= 3
        return answer

    def _begin(self, which: int) -> str:
        return self._wish(Wish(pick(self.town.bookings, which)))

    def _wish(self, wish: Wish) -> str:
        request = self.town.request(self.judge.bookings[wish.booking_id]["client_id"], "begin")
        return self._act(f"begin {wish.purpose}", lambda: self.town.begin(request, wish))

    async def _end(self) -> None:
        self._restore_power()
        await drain(self.world, self.desk, webhooks_come=self.webhooks_come)
        self.tally.endings += await self.judge.end(self.kept)
        for starts in FAR_SLOTS:
            if self._is_free(starts):
                self.tally.answers["freed slot: booked again"] += 1
                stranger = self.town.request(self.town.stranger(), "hold")
                await self.town.cancel(await self.town.hold(stranger, starts), by_client=True)


def bound(world: World, loop: asyncio.AbstractEventLoop, tally: Tally) -> type[Saga]:
    """The machine on this world; Hypothesis makes one of it for each example."""
    return type("BoundSaga", (Saga,), {"world": world, "loop": loop, "tally": tally})
