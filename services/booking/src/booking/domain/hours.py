"""In which hours somebody attends on a local day: the day's own, else the week's, and none on a public holiday."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

from booking.domain.offer import Away, Hours, Place, Schedule
from booking.domain.span import Span, instant_at, merged, minute_of, to_instant
from common.holidays import is_holiday

_MINUTE = timedelta(minutes=1)


class Closed(StrEnum):
    """Why somebody has no hours on a day."""

    NOT_YET = "schedule-starts-later"
    DAY_OFF = "closed-that-day"
    HOLIDAY = "public-holiday"
    NOT_THAT_WEEKDAY = "closed-that-weekday"


def hours_on(schedule: Schedule, place: Place, day: date) -> Sequence[Hours] | Closed:
    """The windows of the day, or why there are none. What is said of the day itself comes first."""
    if schedule.valid_from is not None and day < schedule.valid_from:
        return Closed.NOT_YET
    if day in schedule.days:
        return schedule.days[day] or Closed.DAY_OFF
    if day not in place.open_holidays and is_holiday(day, place.province):
        return Closed.HOLIDAY
    return schedule.week.get(day.isoweekday()) or Closed.NOT_THAT_WEEKDAY


def spans_on(schedule: Schedule, place: Place, day: date) -> Sequence[Span]:
    """The same windows as instants; one that a change of offset swallows is none."""
    hours = hours_on(schedule, place, day)
    if isinstance(hours, Closed):
        return ()
    spans = (
        Span(to_instant(day, minute_of(one.start), place.zone), to_instant(day, minute_of(one.end), place.zone))
        for one in hours
    )
    return [span for span in spans if span.start < span.end]


def starts_on(schedule: Schedule, place: Place, day: date, length: timedelta, step: timedelta) -> Iterator[datetime]:
    """Every start by the hours alone at which `length` still fits: each window's beginning, and on by wall-clock steps.

    A wall-clock time that a change of offset skips is no start.
    """
    hours = hours_on(schedule, place, day)
    if isinstance(hours, Closed):
        return
    for one in hours:
        closes = to_instant(day, minute_of(one.end), place.zone)
        for minute in range(minute_of(one.start), minute_of(one.end), step // _MINUTE):
            start = to_instant(day, minute, place.zone)
            local = start.astimezone(place.zone)
            if local.hour * 60 + local.minute == minute and start + length <= closes:
                yield start


def is_start(schedule: Schedule, place: Place, start: datetime, length: timedelta, step: timedelta) -> bool:
    """Whether `starts_on` gives this instant, without going through the others."""
    local = start.astimezone(place.zone)
    day, minute = local.date(), local.hour * 60 + local.minute
    hours = hours_on(schedule, place, day)
    if isinstance(hours, Closed) or to_instant(day, minute, place.zone) != start:
        return False
    return any(
        minute_of(one.start) <= minute < minute_of(one.end)
        and (minute - minute_of(one.start)) % (step // _MINUTE) == 0
        and start + length <= to_instant(day, minute_of(one.end), place.zone)
        for one in hours
    )


def spans_away(away: Sequence[Away]) -> Sequence[Span]:
    """When somebody is away, in order and as few spans as possible."""
    return merged(Span(instant_at(one.starts, one.zone), instant_at(one.ends, one.zone)) for one in away)
