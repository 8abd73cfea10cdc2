"""Hours of one member of staff at one place: wall-clock windows in the place's zone, by the week and by single days."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from itertools import pairwise
from typing import Final

from common.errors import NotFound, Refusal
from contracts.ids import PlaceId, ProviderId, ScheduleId, StaffId
from providers.domain.parts import LimitReached

MAX_DAYS: Final = 400


class EndsBeforeStart(Refusal):
    """A window ends before it starts, or lasts no time."""


class OverlappingHours(Refusal):
    """Two windows of one day overlap."""


class RepeatedDay(Refusal):
    """A date stands there twice."""


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """From `start` to `end` on one ISO weekday (1 = Monday). EndsBeforeStart when there is nothing between."""

    day: int
    start: time
    end: time

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise EndsBeforeStart(day=self.day, fields=[{"field": "weekly", "reason": "ends_before_start"}])


@dataclass(frozen=True, slots=True, order=True)
class Day:
    """A local day with hours of its own in place of the week's, in order; none: closed.

    EndsBeforeStart for a window without anything between, OverlappingHours when two share time.
    """

    date: date
    hours: tuple[tuple[time, time], ...] = ()

    def __post_init__(self) -> None:
        refused = {"date": self.date.isoformat(), "fields": [{"field": "days", "reason": "ends_before_start"}]}
        if any(end <= start for start, end in self.hours):
            raise EndsBeforeStart(**refused)
        object.__setattr__(self, "hours", tuple(sorted(self.hours)))
        if any(later < end for (_, end), (later, _) in pairwise(self.hours)):
            raise OverlappingHours(**refused | {"fields": [{"field": "days", "reason": "overlapping"}]})


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
    days: tuple[Day, ...] = ()

    def hours_on(self, day: date, holiday: bool) -> tuple[tuple[time, time], ...]:
        """The windows of a day: none before `valid_from`; its own; none on a closed `holiday`; the week's."""
        if self.valid_from is not None and day < self.valid_from:
            return ()
        own = next((one for one in self.days if one.date == day), None)
        if own is not None:
            return own.hours
        if holiday:
            return ()
        return tuple((one.start, one.end) for one in self.weekly if one.day == day.isoweekday())

    def with_day(self, day: Day, today: date) -> "Schedule":
        """That day as it is from now on. Days before `today` make room; LimitReached when that is not enough."""
        others = tuple(one for one in self.days if one.date != day.date and one.date >= today)
        if len(others) >= MAX_DAYS:
            raise LimitReached(most=MAX_DAYS)
        return replace(self, days=tuple(sorted((*others, day))))

    def without_day(self, day: date) -> "Schedule":
        """The week's hours hold that day again; NotFound when it had none of its own."""
        others = tuple(one for one in self.days if one.date != day)
        if len(others) == len(self.days):
            raise NotFound
        return replace(self, days=others)


def week_of(windows: Iterable[Window]) -> tuple[Window, ...]:
    """In order; OverlappingHours when two share time. One may start when another ends."""
    week = tuple(sorted(windows))
    for earlier, later in pairwise(week):
        if later.day == earlier.day and later.start < earlier.end:
            raise OverlappingHours(day=later.day, fields=[{"field": "weekly", "reason": "overlapping"}])
    return week


def days_of(days: Sequence[Day]) -> tuple[Day, ...]:
    """In order; RepeatedDay when a date stands there twice."""
    ordered = tuple(sorted(days))
    for earlier, later in pairwise(ordered):
        if later.date == earlier.date:
            raise RepeatedDay(date=later.date.isoformat(), fields=[{"field": "days", "reason": "repeated"}])
    return ordered
