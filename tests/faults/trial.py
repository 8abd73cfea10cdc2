"""One fault from beginning to end: load, hurt, heal, drain, judge."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

from tests.faults.catalogue import Fault
from tests.faults.recorded import Outcome, Recorded
from tests.faults.site import Site

from localstack.verify import judge

DRAIN_SECONDS: Final = 150.0
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Load:
    """`rate`: requests a second on average; for how many seconds before the fault and after it was healed."""

    seed: int
    rate: float = 8.0
    before: float = 3.0
    after: float = 5.0


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
        healed = began if fault.heals_itself else monotonic()
        await driver.for_seconds(load.after)
    await driver.settle()
    verdicts = await asyncio.to_thread(site.stack.run, judge(site.stack.context, DRAIN_SECONDS))
    recorded, counts = driver.recorded, driver.recorded.counts()
    recovery = recorded.recovery(healed)
    broken = [f"{one.invariant}: {text}" for one in verdicts for text in one.violations[:_SHOWN]]
    return Result(
        fault.name,
        load.seed,
        len(recorded.requests),
        counts[Outcome.FAIL],
        counts[Outcome.UNKNOWN],
        recorded.unsent,
        sum(visit.booking is not None for visit in driver.visits),
        round(recovery, 1),
        next(note for one in verdicts for note in (*one.notes, "not quiet") if one.invariant == "I9"),
        (*_beyond(fault, recorded, recovery), *driver.wrong[:_SHOWN], *broken),
    )


def _beyond(fault: Fault, recorded: Recorded, recovery: float) -> Sequence[str]:
    """What this fault in particular should not have done."""
    wrong = []
    bad = [f"{one.what} {one.status or 'without an answer'}" for one in recorded.requests if one.outcome != Outcome.OK]
    if fault.seamless and bad:
        wrong.append(f"clients noticed: {', '.join(bad[:_SHOWN])}")
    if fault.recovery is not None and recovery > fault.recovery:
        wrong.append(f"recovery took {recovery:.1f} s, promised are {fault.recovery:.0f}")
    return wrong
