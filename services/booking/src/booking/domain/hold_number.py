"""Open bookings are numbered within a client; a unique index on the number bounds them where a count could be passed.

What a client asks for has the low numbers, as many as the vertical allows. What follows from something else, later
occurrences of a series and offers of the waitlist, has numbers beyond them and bounds of its own.
"""

from collections.abc import Collection
from itertools import count
from typing import Final

from booking.domain.refusals import TooManyHolds

_BEYOND: Final = 1_000
"""More than any vertical allows a client."""


def own_number(taken: Collection[int], most: int) -> int:
    """The lowest free number; TooManyHolds when the client already holds as many unpaid bookings as allowed."""
    for number in range(1, most + 1):
        if number not in taken:
            return number
    raise TooManyHolds(most=most)


def numbers_beyond(taken: Collection[int], many: int) -> list[int]:
    """The lowest free numbers that do not count as the client's own."""
    found = (number for number in count(_BEYOND) if number not in taken)
    return [next(found) for _ in range(many)]
