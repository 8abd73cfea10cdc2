"""What the command takes beside the stack's own options; apart from it, so that other commands need not load it."""

import argparse

from localstack.demo.plan import FEWEST, MOST

SEED, BOOKINGS = 1, 220


def add_options(parser: argparse.ArgumentParser) -> None:
    """`--seed`, `--bookings` and `--json`."""
    parser.add_argument("--seed", type=int, default=SEED, help=f"the same seed gives the same day (default: {SEED})")
    text = f"how many, {FEWEST} to {MOST} (default: {BOOKINGS})"
    parser.add_argument("--bookings", type=_size, default=BOOKINGS, metavar="N", help=text)
    parser.add_argument("--json", action="store_true", help="one JSON document instead of progress and tables")


def _size(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and FEWEST <= int(text) <= MOST):
        raise argparse.ArgumentTypeError(f"a number from {FEWEST} to {MOST}")
    return int(text)
