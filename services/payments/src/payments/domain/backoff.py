"""How long to wait before trying again."""

from datetime import timedelta
from typing import Final
from uuid import UUID

_DOUBLINGS: Final = 16
_SHARES: Final = 1024
_MOST_LONGER: Final = 0.2


def delay(tries: int, first: timedelta, longest: timedelta) -> timedelta:
    """`first` after the first try, twice as long after each further one, never longer than `longest`."""
    doublings: int = 2 ** min(max(tries, 1) - 1, _DOUBLINGS)
    return min(first * doublings, longest)


def again_in(
    tries: int, first: timedelta, longest: timedelta, whose: UUID, at_least: timedelta = timedelta(0)
) -> timedelta:
    """As long as `delay` says and no shorter than `at_least`, spread by whose it is."""
    return spread(max(delay(tries, first, longest), at_least), whose)


def spread(wait: timedelta, whose: UUID) -> timedelta:
    """Up to a fifth longer, so that what failed together does not come back together.

    Whose it is decides and no dice, so that a run can be repeated.
    """
    return wait * (1 + _MOST_LONGER * (whose.int % _SHARES) / _SHARES)
