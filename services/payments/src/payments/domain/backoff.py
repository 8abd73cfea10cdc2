"""How long to wait before trying again."""

from datetime import timedelta
from typing import Final

_DOUBLINGS: Final = 16


def delay(tries: int, first: timedelta, longest: timedelta) -> timedelta:
    """`first` after the first try, twice as long after each further one, never longer than `longest`."""
    doublings: int = 2 ** min(max(tries, 1) - 1, _DOUBLINGS)
    return min(first * doublings, longest)
