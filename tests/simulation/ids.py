"""Ids that are the same each time an example is walked again, so that it does the same: waits are spread by them."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from contracts import ids

_OF_A_MILLISECOND: Final = 1 << 12
_RANDOM_BITS: Final = (1 << 62) - 1
_STRIDE: Final = 0x9E3779B97F4A7C15
"""Odd and far from anything round: what follows from an id's last bits is spread."""


class Ids:
    """UUIDv7s that rise: of an example all but the milliseconds are decided by how many there were before."""

    def __init__(self) -> None:
        self._milliseconds = 0
        self._made = 0

    def begin_anew(self) -> None:
        """An example of its own."""
        now = time.time_ns() // 1_000_000
        self._milliseconds = max(now, self._milliseconds + self._made // _OF_A_MILLISECOND + 1)
        self._made = 0

    def next(self) -> UUID:
        """The version and variant bits as RFC 9562 has them."""
        made, self._made = self._made, self._made + 1
        milliseconds = self._milliseconds + made // _OF_A_MILLISECOND
        return UUID(
            int=milliseconds << 80
            | 7 << 76
            | made % _OF_A_MILLISECOND << 64
            | 2 << 62
            | (made * _STRIDE & _RANDOM_BITS)
        )


@contextmanager
def repeatable_ids() -> Iterator[Ids]:
    """While it lasts `new_id` gives these."""
    found, module = Ids(), vars(ids)
    before = module["uuid7"]
    found.begin_anew()
    module["uuid7"] = found.next
    try:
        yield found
    finally:
        module["uuid7"] = before
