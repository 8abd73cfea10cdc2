"""Instants and the time between two of them.

Hours are wall-clock rules in the place's IANA zone and become UTC instants per day, so that a change of the zone's
offset moves the appointment's instant and not its local time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open interval of UTC instants."""

    start: datetime
    end: datetime

    def overlaps(self, other: "Span") -> bool:
        """Touching is not overlapping."""
        return self.start < other.end and other.start < self.end

    def covers(self, other: "Span") -> bool:
        """Whether all of the other lies within it."""
        return self.start <= other.start and other.end <= self.end


def to_instant(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """The UTC instant of a wall-clock minute of a day; of one that comes twice the first.

    A time skipped by a change of offset moves past the gap, as RFC 5545 has it.
    """
    return datetime(day.year, day.month, day.day, minutes // 60, minutes % 60, tzinfo=zone).astimezone(UTC)


def instant_at(local: datetime, zone: ZoneInfo) -> datetime:
    """The UTC instant of a naive wall-clock time, in the same way."""
    return local.replace(tzinfo=zone).astimezone(UTC)


def whole_day(day: date, zone: ZoneInfo) -> Span:
    """From one local midnight to the next: 23 or 25 hours where the offset changes between them."""
    return Span(to_instant(day, 0, zone), to_instant(day + timedelta(days=1), 0, zone))


def minute_of(at: time) -> int:
    """Minutes since midnight."""
    return at.hour * 60 + at.minute


def merged(spans: Iterable[Span]) -> Sequence[Span]:
    """In order, with those that overlap or touch made one."""
    found: list[Span] = []
    for span in sorted(spans):
        if found and span.start <= found[-1].end:
            found[-1] = Span(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(span)
    return found
