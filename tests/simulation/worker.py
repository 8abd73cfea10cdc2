"""One process's part of a long run."""

import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from traceback import format_exception
from typing import Final

from tests.simulation.run import simulated
from tests.simulation.tally import Tally

from common.testing import Databases, make_databases

SHARE: Final = 2_000
"""Steps after which a worker tells how far it is, and from which a failure can be repeated."""


def work(dsn: str, worker: int, seed: int, steps: int) -> Tally:
    """So many steps on databases of its own; AssertionError, with the way to repeat it, for whatever goes wrong."""
    tally, started = Tally(), time.monotonic()
    with simulated(partial(_make, dsn, worker)) as simulation:
        while tally.steps < steps:
            begun = seed + tally.steps
            try:
                tally.add(simulation.run(begun, min(SHARE, steps - tally.steps)))
            except Exception as error:  # noqa: BLE001 - told as text: not every error survives the way to a process
                again = f"again: make simulate SEED={begun} STEPS={SHARE} WORKERS=1"
                raise AssertionError("".join([*format_exception(error), again])) from None
            rate = tally.steps / (time.monotonic() - started)
            sys.stderr.write(f"simulate: worker {worker}: {tally.steps} of {steps} steps, {rate:.0f}/s\n")
    return tally


async def _make(dsn: str, worker: int, service: str, scopes: Sequence[str], migrations: Path) -> Databases:
    return await make_databases(dsn, f"{service}_{worker}", scopes, migrations)
