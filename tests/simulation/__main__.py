"""`python -m tests.simulation [--seed N] [--steps N] [--workers N]`: a long run of the saga on real PostgreSQL.

Each worker has a seed and databases of its own. 0 when every promise held, 1 with the steps that break one and the
command that repeats them, 2 when it could not run.
"""

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import Final

from conftest import running_servers
from tests.simulation.tally import Tally
from tests.simulation.worker import work

import sandbox  # noqa: F401 - as in conftest.py
from localstack.errors import StackError

_BETWEEN_WORKERS: Final = 10_000_019


def main() -> int:
    """Run, and tell what was met."""
    options = _options()
    started, total = time.monotonic(), Tally()
    try:
        with running_servers() as servers, ProcessPoolExecutor(options.workers, get_context("spawn")) as pool:
            share = -(-options.steps // options.workers)
            parts = [
                pool.submit(work, servers.postgres_dsn, number, options.seed + number * _BETWEEN_WORKERS, share)
                for number in range(options.workers)
            ]
            for part in as_completed(parts):
                total.add(part.result())
    except AssertionError as broken:
        sys.stdout.write(f"{broken}\n")
        return 1
    except StackError as error:
        sys.stderr.write(f"simulate: {error}\n")
        return 2
    sys.stdout.write("\n".join(total.lines()) + "\n")
    sys.stdout.write(f"simulate: every promise held, SEED={options.seed}, {time.monotonic() - started:.0f} s\n")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--steps", type=int, default=100_000, metavar="N")
    parser.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1), metavar="N")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
