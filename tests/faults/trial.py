"""One fault from beginning to end: load, hurt, heal, drain, judge."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

from tests.faults.catalogue import Fault
from tests.faults.driver import ANSWER_SECONDS
from tests.faults.recorded import Outcome, Recorded
from tests.faults.rules import SHOWN, Course, wrongs
from tests.faults.site import Site

from common.testing import eventually
from localstack.programs import SERVICES
from localstack.verify import judge

DRAIN_SECONDS: Final = 150.0
# The last answer may be awaited for six seconds, and then calm has to be seen.
_MARGIN_SECONDS: Final = ANSWER_SECONDS + 2.0


@dataclass(frozen=True, slots=True)
class Load:
    """`rate`: requests a second on average; for how many seconds before the fault.

    After it the load goes on until nothing has ended badly for `calm` seconds.
    """

    seed: int
    rate: float = 10.0
    before: float = 3.0
    calm: float = 3.0


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one fault. `recovery`: seconds until no request ended badly any more; `drained`: till all was quiet.

    `wrong` is empty when the platform survived; `impossible` says why the fault was not injected.
    """

    fault: str
    seed: int
    requests: int = 0
    fails: int = 0
    unknowns: int = 0
    unsent: int = 0
    bookings: int = 0
    recovery: float = 0.0
    drained: str = ""
    wrong: Sequence[str] = ()
    impossible: str | None = None

    @property
    def verdict(self) -> str:
        """survived, broken, or impossible here."""
        if self.impossible:
            return "impossible here"
        return "broken" if self.wrong else "survived"

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        names = [name for name in self.__slots__ if name != "wrong"]
        return {name: getattr(self, name) for name in names} | {"wrong": list(self.wrong), "verdict": self.verdict}


async def try_fault(site: Site, fault: Fault, load: Load) -> Result:
    """Inject it under load, heal it, and let the judge decide."""
    if reason := fault.impossible():
        return Result(fault.name, load.seed, impossible=reason)
    driver = await site.driver(load.seed, load.rate)
    async with driver.running():
        await driver.for_seconds(load.before)
        began = monotonic()
        async with fault.block(site):
            await driver.for_seconds(fault.seconds)
        ended = monotonic()
        healed = began if fault.heals_itself else ended
        calm = await _calms_down(driver.recorded, healed, fault, load)
    course = Course(driver.recorded, began, ended, healed, calm)
    await driver.settle()
    verdicts = await asyncio.to_thread(site.stack.run, judge(site.stack.context, DRAIN_SECONDS))
    recorded, counts = driver.recorded, driver.recorded.counts()
    broken = [f"{one.invariant}: {text}" for one in verdicts for text in one.violations[:SHOWN]]
    return Result(
        fault.name,
        load.seed,
        len(recorded.requests),
        counts[Outcome.FAIL],
        counts[Outcome.UNKNOWN],
        recorded.unsent,
        sum(visit.booking is not None for visit in driver.visits),
        round(course.recovery, 1),
        next(note for one in verdicts for note in (*one.notes, "not quiet") if one.invariant == "I9"),
        (*wrongs(fault, course), *driver.wrong[:SHOWN], *broken),
    )


async def _calms_down(recorded: Recorded, healed: float, fault: Fault, load: Load) -> bool:
    """The load goes on until all is well again, and is seen to stay so; False when the time for that is over."""
    left = healed + fault.recovery + load.calm + _MARGIN_SECONDS - monotonic()
    try:
        await eventually(lambda: recorded.is_calm(healed, monotonic(), load.calm, SERVICES), max(0.0, left))
    except AssertionError:
        return False
    return True
