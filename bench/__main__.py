"""`python -m bench [--json] [--seconds N] [NAME...]`: every measure in one run, because only its ratios hold."""

import argparse
import logging
import sys
from collections.abc import Callable
from typing import Final

from rich.console import Console

from bench import analytics, audit, availability, bookings, burst, delay, webhooks
from bench.report import Report
from bench.stage import Stage, staged
from localstack.errors import StackError
from localstack.progress import Reporter

MEASURES: Final[dict[str, Callable[[Stage, Report], None]]] = {
    "bookings": bookings.measure,
    "availability": availability.measure,
    "delay": delay.measure,
    "analytics": analytics.measure,
    "audit": audit.measure,
    "webhooks": webhooks.measure,
    "burst": burst.measure,
}
_REFUSED: Final = 2


def main() -> int:
    """0 when measured, whatever the figures say; 2 when it could not be."""
    options = _options()
    # It warns about every connection a starting broker refuses.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    progress = Reporter(Console(stderr=True, highlight=False, soft_wrap=True))
    report = Report(options.seconds)
    try:
        with staged(options.seconds, progress) as stage:
            for name in options.names or MEASURES:
                MEASURES[name](stage, report)
    except StackError as error:
        print(f"bench: {error}", file=sys.stderr)
        return _REFUSED
    if options.json:
        print(report.as_json())
    else:
        report.print(Console(width=None if sys.stdout.isatty() else 150))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(MEASURES)} (default: all)")
    parser.add_argument("--json", action="store_true", help="one document on standard output; progress on the other")
    parser.add_argument("--seconds", type=float, default=5, metavar="N", help="how long each load lasts (default: 5)")
    options = parser.parse_args()
    if unknown := set(options.names) - MEASURES.keys():
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are: {', '.join(MEASURES)}")
    return options


if __name__ == "__main__":
    sys.exit(main())
