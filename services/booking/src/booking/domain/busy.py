"""A local day of a member of staff as bits: what of it is taken, and nothing else."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from booking.domain.span import Span

MINUTES_PER_BIT: Final = 5
KEPT_DAYS: Final = 7
"""So long after it a day is still told of."""
_STEP: Final = timedelta(minutes=MINUTES_PER_BIT)
_DIGIT: Final = 4
"""Bits of a hex digit."""


def bits_of(day: Span, taken: Iterable[Span]) -> str:
    """Hex digits from the day's beginning on; a bit is 1 where its minutes are taken at least in part.

    What is taken may reach beyond the day. The last digit is filled up with 0.
    """
    length = _steps_until(day, day.end)
    digits = -(-length // _DIGIT)
    value = 0
    for span in taken:
        first = max((span.start - day.start) // _STEP, 0)
        after = min(_steps_until(day, span.end), length)
        if first < after:
            value |= ((1 << (after - first)) - 1) << (digits * _DIGIT - after)
    return f"{value:0{digits}x}" if digits else ""


def local_days(span: Span, zone: ZoneInfo) -> Sequence[date]:
    """Every day that it has a part in."""
    first = span.start.astimezone(zone).date()
    last = (span.end - timedelta(microseconds=1)).astimezone(zone).date()
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def is_told(day: date, now: datetime) -> bool:
    """Whether it has not passed for long."""
    return day >= oldest_told(now)


def oldest_told(now: datetime) -> date:
    """The first day that is still told of."""
    return now.date() - timedelta(days=KEPT_DAYS)


def _steps_until(day: Span, at: datetime) -> int:
    return -((day.start - at) // _STEP)
