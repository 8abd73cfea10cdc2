"""Runs of the machine: so many steps from a seed."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import hypothesis
import uvloop
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.simulation.ids import repeatable_ids
from tests.simulation.saga import bound
from tests.simulation.sides import MakeDatabases
from tests.simulation.tally import Tally
from tests.simulation.world import World, open_world

STEPS_OF_EXAMPLE: Final = 100
_EXAMPLES_AT_ONCE: Final = 20


@contextmanager
def simulated(make: MakeDatabases) -> Iterator["Simulation"]:
    """A world on its own event loop, which the state machine, synchronous by nature, runs step by step."""
    loop = uvloop.new_event_loop()
    try:
        with repeatable_ids() as ids:
            world = loop.run_until_complete(open_world(make, ids))
            try:
                yield Simulation(world, loop)
            finally:
                loop.run_until_complete(world.close())
    finally:
        loop.close()


class Simulation:
    """Runs examples on one world."""

    def __init__(self, world: World, loop: asyncio.AbstractEventLoop) -> None:
        self._world, self._loop = world, loop
        self.tally = Tally()
        """Of the run under way, or the last one."""

    def run(self, seed: int, steps: int, *, shrink: bool = True) -> Tally:
        """At least so many steps; AssertionError, with the steps that lead to it, for a broken promise."""
        tally = self.tally = Tally()
        while tally.steps < steps:
            left = (steps - tally.steps) // STEPS_OF_EXAMPLE + 1
            self._examples(seed, min(left, _EXAMPLES_AT_ONCE), tally, shrink=shrink)
            seed += 1_000_003
        return tally

    def _examples(self, seed: int, examples: int, tally: Tally, *, shrink: bool) -> None:
        machine = bound(self._world, self._loop, tally)
        run_state_machine_as_test(
            hypothesis.seed(seed)(machine),
            settings=settings(
                max_examples=examples,
                stateful_step_count=STEPS_OF_EXAMPLE,
                database=None,
                deadline=None,
                print_blob=True,
                report_multiple_bugs=False,
                phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,),
                suppress_health_check=list(HealthCheck),
            ),
        )
