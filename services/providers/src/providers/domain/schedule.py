"""Weekly hours: wall-clock windows of one member of staff at one place, in the place's zone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time
from itertools import pairwise

from common.errors import Refusal
from contracts.ids import PlaceId, ProviderId, ScheduleId, StaffId


class EndsBeforeStart(Refusal):
    """A window ends before it starts, or lasts no time."""


class OverlappingHours(Refusal):
    """Two windows of one day overlap."""


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """From `start` to `end` on one ISO weekday (1 = Monday). EndsBeforeStart when there is nothing between."""

    day: int
    start: time
    end: time

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise EndsBeforeStart(day=self.day, fields=[{"field": "weekly", "reason": "ends_before_start"}])


@dataclass(frozen=True, slots=True)
class Schedule:
    """The hours that hold from `valid_from` on, or at once; they replace earlier ones."""

    id: ScheduleId
    provider_id: ProviderId
    staff_id: StaffId
    place_id: PlaceId
    weekly: tuple[Window, ...]
    valid_from: date | None
    version: int


def week_of(windows: Iterable[Window]) -> tuple[Window, ...]:
    """In order; OverlappingHours when two share time. One may start when another ends."""
    week = tuple(sorted(windows))
    for earlier, later in pairwise(week):
        if later.day == earlier.day and later.start < earlier.end:
            raise OverlappingHours(day=later.day, fields=[{"field": "weekly", "reason": "overlapping"}])
    return week
