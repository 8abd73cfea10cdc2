"""What the command takes beside the stack's own options; apart from it, so that other commands need not load it."""

import argparse
from collections.abc import Callable
from functools import partial

from localstack.demo.plan import FEWEST, MOST

SEED, BOOKINGS = 1, 220
_CROWD = 16


def add_options(parser: argparse.ArgumentParser) -> None:
    """`--seed`, `--bookings`, `--at-once` and `--json`."""
    parser.add_argument("--seed", type=int, default=SEED, help=f"the same seed gives the same day (default: {SEED})")
    text = f"how many, {FEWEST} to {MOST} (default: {BOOKINGS})"
    parser.add_argument("--bookings", type=_between(FEWEST, MOST), default=BOOKINGS, metavar="N", help=text)
    crowd = f"how many people do something at the same moment, 1 to {_CROWD} (default: 1)"
    parser.add_argument("--at-once", type=_between(1, _CROWD), default=1, metavar="N", help=crowd)
    parser.add_argument("--json", action="store_true", help="one JSON document instead of progress and tables")


def _between(least: int, most: int) -> Callable[[str], int]:
    return partial(_number, least, most)


def _number(least: int, most: int, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and least <= int(text) <= most):
        raise argparse.ArgumentTypeError(f"a number from {least} to {most}")
    return int(text)
