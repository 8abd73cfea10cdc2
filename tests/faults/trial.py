"""One fault from beginning to end: load, hurt, heal, drain, judge."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Final

from tests.faults.catalogue import Fault
from tests.faults.driver import ANSWER_SECONDS, Driver
from tests.faults.letters import newly_parked, parked
from tests.faults.recorded import Recorded
from tests.faults.result import Result
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


async def try_fault(site: Site, fault: Fault, load: Load) -> Result:
    """Inject it under load, heal it, and let the judge decide. What goes wrong on the way is its verdict as well."""
    if reason := fault.impossible():
        return Result(fault.name, load.seed, impossible=reason)
    trial = _Trial(site, fault, load, Result(fault.name, load.seed))
    try:
        await trial.run()
    except Exception as error:  # noqa: BLE001 - one fault that failed, in whatever way, must not end the others
        return trial.result.broken_off(error)
    return trial.result


@dataclass
class _Trial:
    """What is known of one fault so far is its `result`."""

    site: Site
    fault: Fault
    load: Load
    result: Result

    async def run(self) -> None:
        before = await parked(self.site)
        driver = await self.site.driver(self.load.seed, self.load.rate)
        try:
            course = await self._under_load(driver)
            await driver.settle()
        finally:
            self.result = self.result.counted(driver).found(driver.wrong[:SHOWN])
        self.result = self.result.recovered(course.recovery).found(wrongs(self.fault, course))
        await self._judge()
        self.result = self.result.found(newly_parked(before, await parked(self.site)))

    async def _under_load(self, driver: Driver) -> Course:
        async with driver.running():
            await driver.for_seconds(self.load.before)
            began = monotonic()
            async with self.fault.block(self.site):
                await driver.for_seconds(self.fault.seconds)
            ended = monotonic()
            healed = began if self.fault.heals_itself else ended
            unrest = await self._unrest(driver.recorded, healed)
        return Course(driver.recorded, began, ended, healed, unrest)

    async def _unrest(self, recorded: Recorded, healed: float) -> str:
        """The load goes on until all is well again, and is seen to stay so, or the time for that is over."""
        calm = self.load.calm
        left = healed + self.fault.recovery + calm + _MARGIN_SECONDS - monotonic()
        with suppress(AssertionError):
            await eventually(lambda: not recorded.unrest(healed, monotonic(), calm, SERVICES), max(0.0, left))
        return recorded.unrest(healed, monotonic(), calm, SERVICES)

    async def _judge(self) -> None:
        stack = self.site.stack
        verdicts = await asyncio.to_thread(stack.run, judge(stack.context, DRAIN_SECONDS))
        broken = [f"{one.invariant}: {text}" for one in verdicts for text in one.violations[:SHOWN]]
        quiet = next(note for one in verdicts for note in (*one.notes, "not quiet") if one.invariant == "I9")
        self.result = self.result.drained_by(quiet).found(broken)
