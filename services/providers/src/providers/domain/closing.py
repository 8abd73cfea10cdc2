"""Public holidays of a place: it is closed on them unless its provider says otherwise."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from common.errors import Refusal
from common.holidays import holidays_of
from providers.domain.parts import LimitReached, Place

MAX_SPAN: Final = timedelta(days=400)
MAX_OPEN_HOLIDAYS: Final = 100


class NoHoliday(Refusal):
    """That day is no public holiday in the place's province."""


class SpanMisfit(Refusal):
    """The span ends before it begins, or is longer than 400 days."""


@dataclass(frozen=True, slots=True)
class Holiday:
    """A public holiday, with its name in Spanish, and whether the place attends."""

    date: date
    name: str
    open: bool


def holidays_between(place: Place, first: date, last: date) -> list[Holiday]:
    """By date, `last` included; SpanMisfit when that is more than 400 days, or fewer than one."""
    if not timedelta() <= last - first < MAX_SPAN:
        raise SpanMisfit(fields=[{"field": "to", "reason": "span_misfit"}])
    years = range(first.year, last.year + 1)
    known = sorted(day for year in years for day in holidays_of(year, place.province))
    return [holiday_on(place, day) for day in known if first <= day <= last]


def holiday_on(place: Place, day: date) -> Holiday:
    """NoHoliday for any other day."""
    name = holidays_of(day.year, place.province).get(day)
    if name is None:
        raise NoHoliday(fields=[{"field": "date", "reason": "no_holiday"}])
    return Holiday(day, name, day in place.open_holidays)


def decided(place: Place, holiday: Holiday, is_open: bool, today: date) -> Place:
    """The place that attends on that holiday, or does not. Holidays before `today` make room; LimitReached when that
    is not enough."""
    others = tuple(day for day in place.open_holidays if day != holiday.date and day >= today)
    days = tuple(sorted((*others, holiday.date))) if is_open else others
    if len(days) > MAX_OPEN_HOLIDAYS:
        raise LimitReached(most=MAX_OPEN_HOLIDAYS)
    return replace(place, open_holidays=days)
