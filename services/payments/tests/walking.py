"""How anything is done in a random walk: politely, with the money counted again, and brought to an end."""

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import timedelta
from random import Random
from typing import Any, ClassVar, Final, TypeVar

from hypothesis.stateful import RuleBasedStateMachine
from services.payments.tests.builders import Booked
from services.payments.tests.ground import SCOPE, Ground
from services.payments.tests.liar import CASES, IMPOSSIBLE, Lie
from services.payments.tests.recount import Books, open_books, status_of

from common.errors import Busy, NotReady, Refusal
from payments import usecases
from payments.domain.charge import CONTESTED, ChargeId, ChargeStatus, Snapshot
from payments.domain.judgement import Outcome
from payments.domain.reference import Reference

T = TypeVar("T")
# The looks at what is over: an hour, a day and seven days after its last change.
_PAUSES: Final = (
    timedelta(0),
    timedelta(minutes=16),
    timedelta(minutes=61),
    timedelta(days=1, minutes=1),
    timedelta(days=7, minutes=1),
)
_A_TRY: Final = timedelta(minutes=16)
_MOST_TRIES: Final = 60


def pick(some: Sequence[T], which: int) -> T:
    """One of them."""
    return some[which % len(some)]


class Walking(RuleBasedStateMachine):
    """What every rule needs. `ground` and `loop` are bound by `walk.bound`."""

    ground: ClassVar[Ground]
    loop: ClassVar[asyncio.AbstractEventLoop]

    def __init__(self) -> None:
        super().__init__()
        self.booked: list[Booked] = []
        self.sound = True
        self.refunds = 0
        self.wait(self.ground.begin_anew())

    def teardown(self) -> None:
        """After an error there is nothing left to bring to an end."""
        if self.sound:
            self.wait(self.end())

    async def tell_a_lie(self, charge_id: ChargeId, lie: Lie, how: int, *, stays: bool) -> None:
        ground, books = self.ground, await self.look()
        row = books.charge(charge_id)
        if lie is Lie.IMPOSSIBLE_MOVE and (row is None or not IMPOSSIBLE[status_of(row)]):
            return
        foreign = None
        if lie is Lie.FOREIGN_REFERENCE:
            true = str(ground.liar.charges[charge_id].external_reference)
            others = [str(Reference(SCOPE, each["id"])) for each in books.rows["intent"]]
            others = [each for each in others if each != true]
            if row is None or not others:
                return
            foreign = pick(others, how)
        known = status_of(row) if row is not None else ChargeStatus.PENDING
        lied = ground.liar.lied(charge_id, lie, known, foreign, how)
        (outcome,) = await usecases.apply_snapshots(ground.uow, SCOPE, [lied])
        assert outcome is (Outcome.UNKNOWN if lie is Lie.NO_REFERENCE else Outcome.DIFFERS), (lie, outcome)
        assert (await self.look()).state == books.state, f"a lie about the {lie} changed something"
        if lie in CASES:
            assert CASES[lie] in await ground.cases(charge_id), f"no case of a lie about the {lie}"
        if stays:
            ground.liar.shown[charge_id] = lied

    async def replay(self, seed: int, times: int) -> None:
        ground = self.ground
        await usecases.apply_snapshots(ground.uow, SCOPE, ground.liar.charges.values())
        before = (await self.look()).state
        shuffled = ground.liar.history * times
        Random(seed).shuffle(shuffled)
        await usecases.apply_snapshots(ground.uow, SCOPE, shuffled)
        assert (await self.look()).state == before, "what was known already changed something"

    async def end(self) -> None:
        """The truth is shown, what was not told is looked for, and every deadline passes."""
        ground = self.ground
        ground.liar.recover()
        for pause in _PAUSES:
            await ground.clock.advance(pause)
            await ground.rest()
            await self.try_refunds()
        (await self.look()).ends_as(list(ground.liar.charges.values()))
        await self.replay(1, 2)

    async def try_refunds(self) -> None:
        """One that is refused is tried ten times, and the next of that payment after it."""
        for _ in range(_MOST_TRIES):
            if not (await self.look()).refunds_under_way:
                return
            await self.ground.clock.advance(_A_TRY)
            await self.ground.rest()

    async def look(self) -> Books:
        """Count again."""
        books = await open_books(self.ground.uow, self.ground.began)
        books.check()
        assert not self.ground.alarms, self.ground.alarms
        return books

    def taken(self) -> list[Snapshot]:
        """Payments whose money came."""
        return self.of(ChargeStatus.APPROVED, *CONTESTED)

    def of(self, *statuses: ChargeStatus) -> list[Snapshot]:
        return [each for each in self.ground.liar.charges.values() if each.status in statuses]

    def act(self, work: Coroutine[Any, Any, object]) -> None:
        """Do it, whatever the polite answer, and count again."""
        self.wait(self._polite(work))
        self.wait(self.look())

    async def _polite(self, work: Coroutine[Any, Any, object]) -> None:
        try:
            await work
        except (Busy, NotReady):
            # Nobody else is here: a lock waited for in vain is one that was forgotten.
            raise
        except Refusal:
            return

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Run to its end; after an error there is nothing left to bring to an end."""
        self.sound = False
        result = self.loop.run_until_complete(work)
        self.sound = True
        return result
