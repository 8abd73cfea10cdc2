"""How anything is done in the machine, and done again by whoever asked when the power failed meanwhile.

Steps are serial: use cases meet at the boundaries of their transactions, where a crash, a call to MercadoPago with
something happening meanwhile, or any other rule can come in between. What two open transactions do to each other is
for PostgreSQL's locks, and for the tests of races.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, ClassVar, Final, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from tests.simulation.desk import Desk
from tests.simulation.ending import Kept
from tests.simulation.judge import LIVE, Judge
from tests.simulation.power import Crash
from tests.simulation.tally import Tally
from tests.simulation.town import MINUTES, Town
from tests.simulation.world import World

from booking.domain.refusals import AlreadyOver
from common.errors import Busy, NotReady, Refusal
from contracts.ids import BookingId

T = TypeVar("T")
PICKS: Final = st.integers(0, 15)
"""Which of several; taken modulo how many there are."""
PERCENT: Final = ((timedelta(hours=12), 100), (timedelta(hours=3), 50))
"""The barber's cancellation policy, written here a second time on purpose."""


def step(**drawn: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Any]:
    """A rule, each run of which counts."""

    def of(act: Callable[..., None]) -> Any:
        @wraps(act)
        def counted(self: "Acting", *args: Any, **values: Any) -> None:
            self.tally.steps += 1
            act(self, *args, **values)

        made: Any = rule
        return made(**drawn)(counted)

    return of


def pick(some: Sequence[T], which: int) -> T:
    """One of them."""
    return some[which % len(some)]


class Acting(RuleBasedStateMachine):
    """What every rule needs. `world`, `tally` and `loop` are bound by `saga.bound`."""

    world: ClassVar[World]
    tally: ClassVar[Tally]
    loop: ClassVar[asyncio.AbstractEventLoop]

    def __init__(self) -> None:
        super().__init__()
        self.judge = Judge(self.world)
        self.town: Town
        self.desk: Desk
        self.kept: dict[BookingId, Kept] = {}
        self.webhooks_come = True
        self.sound = True
        self.happening = False
        self.tally.examples += 1

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

    def _restore_power(self) -> None:
        for side in self.world.sides:
            side.uow.power.restore()

    async def _deliver_all(self) -> None:
        for stream in self.world.broker.streams():
            await self.world.deliver(stream, 1)

    async def _cancel_now(self, booking_id: BookingId, *, by_client: bool) -> None:
        """The part of the money that stays is computed here, from what booking was before."""
        before, believed = await self.judge.status_of(booking_id), await self.judge.believed_of(booking_id)
        try:
            await self.town.cancel(booking_id, by_client=by_client)
        except AlreadyOver:
            assert before not in LIVE, "a live booking could not be cancelled"
            raise
        finally:
            after = await self.judge.status_of(booking_id)
            if (before, after) == ("confirmed", "cancelled"):
                self.kept[booking_id] = self._kept(booking_id, believed) if by_client else Kept(0, 0)

    def _kept(self, booking_id: BookingId, believed: Kept) -> Kept:
        notice = self.judge.bookings[booking_id]["starts_at"] - self.world.clock.now
        percent = next((percent for least, percent in PERCENT if notice >= least), 0)
        return believed._replace(minor=believed.minor - (believed.minor * percent + 50) // 100)

    def _is_free(self, starts: datetime) -> bool:
        return self.judge.free(starts, MINUTES, self.town.shop.staff, self.town.shop.chairs)

    async def _look(self) -> None:
        await self.world.collect()
        await self.judge.step()

    def _count(self, what: str) -> None:
        self.tally.actions[what] += 1

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Run to its end; after an error there is nothing left to drain."""
        self.sound = False
        result = self.loop.run_until_complete(work)
        self.sound = True
        return result
