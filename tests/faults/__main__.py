"""`python -m tests.faults`: a stack of its own, every fault on it, a table at the end; 1 when one was not survived."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import httpx
from rich.console import Console
from tests.faults import disk
from tests.faults.catalogue import FAULTS, Fault
from tests.faults.power import why_impossible
from tests.faults.report import Report
from tests.faults.site import Site, standing
from tests.faults.trial import Load, try_fault

from localstack import scopes, secrets
from localstack.errors import StackError
from localstack.layout import CHECKOUT
from localstack.progress import Reporter
from localstack.stack import Stack

HOME: Final = CHECKOUT / ".local" / "faults-stack"
BROKEN, REFUSED, INTERRUPTED = 1, 2, 130


def main() -> int:
    """Run what was asked for; asked to end, it takes its stack and its disk away first."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    options = _parser().parse_args()
    if options.list:
        sys.stdout.write("".join(f"{name}\n" for name in FAULTS))
        return 0
    chosen = [fault for name, fault in FAULTS.items() if not options.fault or _matches(name, options.fault)]
    if not chosen:
        sys.stderr.write(f"faults: none is called {' or '.join(options.fault)}; --list names them\n")
        return REFUSED
    report = Report(options.json)
    try:
        asyncio.run(_run(chosen, Load(options.seed, options.rate), report))
    except StackError as error:
        sys.stderr.write(f"faults: {error}\n")
        return BROKEN if report.broken else REFUSED
    except KeyboardInterrupt:
        sys.stderr.write("faults: interrupted; nothing of it runs any more\n")
        return INTERRUPTED
    finally:
        report.show()
    return BROKEN if report.broken else 0


async def _run(chosen: Sequence[Fault], load: Load, report: Report) -> None:
    reporter = Reporter(Console(stderr=True, highlight=False))
    with ExitStack() as ends:
        _clear()
        ends.callback(_clear)
        stack = Stack(HOME)
        stack.layout.make()
        # Before the disk is there: secrets are not made beside data that they do not open.
        secrets.ensure(stack.layout, scopes.all_roles(stack.scopes))
        if why_impossible(HOME) is None:
            ends.enter_context(disk.small_disk(HOME))
        async with standing(HOME, reporter) as site:
            for number, fault in enumerate(chosen, 1):
                with reporter.step(f"{number}/{len(chosen)} {fault.name}"):
                    result = await try_fault(site, fault, load)
                report.add(result)
                for text in result.wrong:
                    reporter.say(f"   {text}")
                if result.is_broken:
                    await _put_right(site, fault)


async def _put_right(site: Site, after: Fault) -> None:
    """What was not survived may have left anything behind; StackError when the stack cannot be had again."""
    try:
        await site.put_right()
    except (StackError, httpx.HTTPError) as error:
        raise StackError(f"after {after.name} the stack did not come up again, so the run ends: {error}") from error


def _clear() -> None:
    """Nothing of this run, or of one that was cut off, stays."""
    stack = Stack(HOME)
    stack.down()
    disk.take_out(HOME)
    stack.reset()


def _matches(name: str, wanted: Sequence[str]) -> bool:
    return any(name == one or name.startswith(f"{one}:") for one in wanted)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="decides what the load does, and when")
    parser.add_argument("--fault", nargs="+", default=[], metavar="NAME", help="a name, or all before its colon")
    parser.add_argument("--rate", type=float, default=10.0, help="requests a second on average")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to write the results")
    parser.add_argument("--list", action="store_true", help="name the faults and leave")
    return parser


if __name__ == "__main__":
    sys.exit(main())
