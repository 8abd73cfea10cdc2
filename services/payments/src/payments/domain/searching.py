"""The hourly search: how a window of changes is walked through page by page, whatever its size.

MercadoPago shows at most 10,000 results of one search, and a payment that changes meanwhile leaves the window and moves
the others up. So a page does not count results: the next one begins at the last date seen. Only where a date does not
move on is it counted, and where there are too many of one date, the rest of the window is cut in halves.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final, Self

MOST_RESULTS: Final = 10_000
"""Offset and limit together. Source: MercadoPago's reference of `/v1/payments/search`."""
_SHORTEST: Final = timedelta(milliseconds=1)


class TooDenseError(ArithmeticError):
    """More payments changed within one millisecond than MercadoPago shows."""


@dataclass(frozen=True, slots=True)
class Window:
    """What is searched next: changes from `start` up to `stop`, without the first `offset`, on the way to `end`."""

    start: datetime
    stop: datetime
    end: datetime
    offset: int = 0

    @classmethod
    def of(cls, start: datetime, end: datetime) -> Self:
        """A whole window."""
        return cls(start, end, end)

    def after(self, dates: Sequence[datetime | None], total: int, limit: int) -> Self | None:
        """What is left once a page was applied; None when that was all. TooDenseError.

        `dates` are its payments' last changes in the order shown, None for one that could not be read; `total` is how
        many there are in all.
        """
        if not dates or self.offset + len(dates) >= total:
            return replace(self, start=self.stop, stop=self.end, offset=0) if self.stop < self.end else None
        last = self._last(dates)
        if last is not None and last > self.start:
            return replace(self, start=last, offset=0)
        if self.offset + len(dates) + limit <= MOST_RESULTS:
            return replace(self, offset=self.offset + len(dates))
        return self._halved()

    def _last(self, dates: Sequence[datetime | None]) -> datetime | None:
        """The last date, if they are all in order and of this window: only then is nothing skipped."""
        known = [date for date in dates if date is not None]
        in_order = all(one <= two for one, two in pairwise(known))
        return known[-1] if known and in_order and known[-1] <= self.stop else None

    def _halved(self) -> Self:
        half = (self.stop - self.start) / 2
        if half < _SHORTEST:
            raise TooDenseError(f"{self.start.isoformat()} to {self.stop.isoformat()}")
        return replace(self, stop=self.start + half, offset=0)
