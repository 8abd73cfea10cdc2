"""The bodies of hours and time off, in and out."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Annotated, Final, Self

from pydantic import Field, PlainSerializer

from common import http
from common.http import Body, Whole
from contracts.ids import PlaceId, ScheduleId, StaffId, TimeOffId
from providers import usecases
from providers.api.fields import AsWallClock, HourMinute, WallClock
from providers.domain.absence import TimeOff
from providers.domain.schedule import MAX_DAYS, Day, Schedule, Window

_MAX_WINDOWS: Final = 56
_MAX_WINDOWS_OF_DAY: Final = 8


class SpanBody(Body):
    """From one wall-clock time to another of the same day."""

    start: HourMinute
    end: HourMinute

    def hours(self) -> tuple[time, time]:
        return time.fromisoformat(self.start), time.fromisoformat(self.end)


class WindowBody(SpanBody):
    """Wall-clock hours in the place's zone; `day` is an ISO weekday, 1 = Monday."""

    day: Annotated[Whole, Field(ge=1, le=7)]

    def window(self) -> Window:
        return Window(self.day, *self.hours())


class DayHours(Body):
    """What holds on one day in place of the week's hours; no windows: closed."""

    windows: Annotated[tuple[SpanBody, ...], Field(max_length=_MAX_WINDOWS_OF_DAY)]

    def on(self, day: date) -> Day:
        return Day(day, tuple(one.hours() for one in self.windows))


class DayBody(DayHours):
    """A day with hours of its own."""

    date: http.Day

    def day(self) -> Day:
        return self.on(self.date)


class HoursBody(Body):
    """One week at one place with the days that have hours of their own; it replaces all that was published before."""

    place_id: PlaceId
    weekly: Annotated[tuple[WindowBody, ...], Field(max_length=_MAX_WINDOWS)]
    valid_from: http.Day | None = None
    days: Annotated[tuple[DayBody, ...], Field(max_length=MAX_DAYS)] = ()

    def hours(self) -> usecases.Hours:
        weekly, days = (one.window() for one in self.weekly), (one.day() for one in self.days)
        return usecases.Hours(self.place_id, tuple(weekly), self.valid_from, tuple(days))


class HoursShown(Body):
    """The hours of one member of staff at one place, in the place's zone."""

    id: ScheduleId
    staff_id: StaffId
    place_id: PlaceId
    weekly: tuple[WindowBody, ...]
    valid_from: date | None
    days: tuple[DayBody, ...]
    version: int

    @classmethod
    def of(cls, schedule: Schedule) -> Self:
        return cls(
            id=schedule.id,
            staff_id=schedule.staff_id,
            place_id=schedule.place_id,
            weekly=tuple(
                WindowBody(day=one.day, start=_shown(one.start), end=_shown(one.end)) for one in schedule.weekly
            ),
            valid_from=schedule.valid_from,
            days=tuple(_day_shown(one) for one in schedule.days),
            version=schedule.version,
        )


class HoursList(Body):
    """One entry per place where the member attends."""

    items: tuple[HoursShown, ...]

    @classmethod
    def of(cls, schedules: Sequence[Schedule]) -> Self:
        return cls(items=tuple(HoursShown.of(one) for one in schedules))


class TimeOffBody(Body):
    """Wall-clock times in the zone of the member's first place, the end not included."""

    starts: WallClock
    ends: WallClock

    def wanted(self) -> tuple[datetime, datetime]:
        return self.starts, self.ends


_Shown = Annotated[datetime, PlainSerializer(lambda at: f"{at:%Y-%m-%dT%H:%M}", return_type=str), AsWallClock]


class TimeOffShown(Body):
    """Wall-clock times of `zone`, the end not included."""

    id: TimeOffId
    staff_id: StaffId
    starts: _Shown
    ends: _Shown
    zone: str

    @classmethod
    def of(cls, absence: TimeOff) -> Self:
        return cls(
            id=absence.id, staff_id=absence.staff_id, starts=absence.starts, ends=absence.ends, zone=absence.zone
        )


class TimeOffList(Body):
    """What is not over, by its beginning."""

    items: tuple[TimeOffShown, ...]

    @classmethod
    def of(cls, absences: Sequence[TimeOff]) -> Self:
        return cls(items=tuple(TimeOffShown.of(one) for one in absences))


def _shown(at: time) -> str:
    return f"{at:%H:%M}"


def _day_shown(day: Day) -> DayBody:
    return DayBody(date=day.date, windows=tuple(SpanBody(start=_shown(a), end=_shown(b)) for a, b in day.hours))
