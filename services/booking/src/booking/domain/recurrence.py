"""When a series takes place: an RFC 5545 rule over wall-clock times, no more of it than appointments need."""

import re
from calendar import monthrange
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Final

from dateutil.rrule import MONTHLY, WEEKLY, rrule, weekday, weekdays

from booking.domain.refusals import InvalidRule, SeriesTooLong

MOST: Final = 52
"""Occurrences of one series."""
LONGEST: Final = timedelta(days=2 * 366)
"""From its first occurrence to its last."""
_DAY_NAMES: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_DAYS: Final = f"(?:{'|'.join(_DAY_NAMES)})"
_ANY_DAY: Final = f"{_DAYS}(,{_DAYS}){{0,6}}"
_NTH_DAY: Final = f"[+-]?[1-5]{_DAYS}(,[+-]?[1-5]{_DAYS}){{0,6}}"
_MONTH_DAY: Final = "[+-]?(0?[1-9]|[12][0-9]|3[01])"
_POSITION: Final = "[+-]?(0?[1-9]|[12][0-9])"
_VALUES: Final = {
    "FREQ": "WEEKLY|MONTHLY",
    "INTERVAL": "0?[1-9]|1[0-2]",
    "COUNT": "[0-9]{1,20}",
    "UNTIL": "[0-9]{8}",
    "BYDAY": f"{_ANY_DAY}|{_NTH_DAY}",
    "BYMONTHDAY": f"{_MONTH_DAY}(,{_MONTH_DAY}){{0,30}}",
    "BYSETPOS": f"{_POSITION}(,{_POSITION}){{0,4}}",
    "WKST": _DAYS,
}
"""The parts that a rule may have, and what each may say: nothing else reaches the library."""


def occurrences(rule: str, first: datetime) -> Sequence[datetime]:
    """The naive wall-clock times of a series that begins at `first`, which must be one of them.

    `rule` is an RRULE without its name: FREQ WEEKLY or MONTHLY, with COUNT or UNTIL (the last local day, YYYYMMDD), and
    perhaps INTERVAL, WKST and BYDAY, or monthly one of BYMONTHDAY, BYDAY with a number before each day, BYDAY with
    BYSETPOS as far as every month has so many, BYMONTHDAY with BYSETPOS 1 or -1. InvalidRule when it is not, also of an
    RRULE that says more; SeriesTooLong for more than 52 occurrences or two years.
    """
    parts = _parts_of(rule)
    last_day, most = _end_of(parts)
    if not _is_among(first.date(), _numbers(parts.get("BYMONTHDAY"))):
        raise InvalidRule
    end = min(datetime.combine(last_day, time.max), first + LONGEST)
    found = list(islice(_of_library(parts, first, end), MOST + 1 if most is None else most))
    if not found or found[0] != first:
        raise InvalidRule
    if len(found) > MOST or (last_day > end.date() if most is None else len(found) < most):
        raise SeriesTooLong(most=MOST)
    return found


def _is_among(day: date, of_month: Sequence[int] | None) -> bool:
    """Looked at first: from a day that is none of them it may be for ever to the next that is."""
    from_end = day.day - monthrange(day.year, day.month)[1] - 1
    return of_month is None or day.day in of_month or from_end in of_month


def _of_library(parts: dict[str, str], first: datetime, end: datetime) -> rrule:
    return rrule(
        MONTHLY if parts["FREQ"] == "MONTHLY" else WEEKLY,
        dtstart=first,
        until=end,
        interval=int(parts.get("INTERVAL", "1")),
        wkst=_DAY_NAMES.index(parts.get("WKST", "MO")),
        byweekday=[_day_of(each) for each in parts["BYDAY"].split(",")] if "BYDAY" in parts else None,
        bymonthday=_numbers(parts.get("BYMONTHDAY")),
        bysetpos=_numbers(parts.get("BYSETPOS")),
    )


def _day_of(text: str) -> weekday:
    day, nth = weekdays[_DAY_NAMES.index(text[-2:])], text[:-2]
    return day(int(nth)) if nth else day


def _numbers(values: str | None) -> list[int] | None:
    return None if values is None else [int(each) for each in values.split(",")]


def _parts_of(rule: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in rule.upper().removeprefix("RRULE:").split(";")]
    parts = {name: value for name, _, value in pairs}
    if (
        len(parts) < len(pairs)
        or "FREQ" not in parts
        or not all(name in _VALUES and re.fullmatch(_VALUES[name], value) for name, value in parts.items())
        or not _is_fulfilled_in_time(parts)
    ):
        raise InvalidRule
    return parts


def _is_fulfilled_in_time(parts: dict[str, str]) -> bool:
    """Whether its days come round in a few years at most: the library looks for one that never comes until 9999."""
    days, of_month, position = (parts.get(name) for name in ("BYDAY", "BYMONTHDAY", "BYSETPOS"))
    nth = days is not None and not re.fullmatch(_ANY_DAY, days)
    if parts["FREQ"] == "WEEKLY":
        return not (nth or of_month or position)
    if position is not None and of_month is not None:
        return days is None and {abs(each) for each in _numbers(position) or ()} == {1}
    if position is not None:
        # Every month has each weekday four times, and some have it five times.
        most = 0 if days is None or nth else max(4 * len(days.split(",")), 5)
        return all(abs(each) <= most for each in _numbers(position) or ())
    return days is None or of_month is None


def _end_of(parts: dict[str, str]) -> tuple[date, int | None]:
    """The last day, and how many at most; takes both out of the parts."""
    count, until = parts.pop("COUNT", None), parts.pop("UNTIL", None)
    if (count is None) == (until is None):
        raise InvalidRule
    if count is not None:
        if int(count) == 0:
            raise InvalidRule
        if int(count) > MOST:
            raise SeriesTooLong(most=MOST)
        return date.max, int(count)
    try:
        return datetime.strptime(until or "", "%Y%m%d").date(), None  # noqa: DTZ007 - a local day
    except ValueError:
        raise InvalidRule from None
