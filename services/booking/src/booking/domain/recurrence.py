"""When a series takes place: an RFC 5545 rule over wall-clock times, no more of it than appointments need."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Final

from dateutil.rrule import rrulestr

from booking.domain.refusals import InvalidRule, SeriesTooLong

MOST: Final = 52
"""Occurrences of one series."""
LONGEST: Final = timedelta(days=2 * 366)
"""From its first occurrence to its last."""
_PARTS: Final = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYSETPOS", "WKST"})
_FREQUENCIES: Final = frozenset({"WEEKLY", "MONTHLY"})
_MOST_INTERVAL: Final = 12


def occurrences(rule: str, first: datetime) -> Sequence[datetime]:
    """The naive wall-clock times of a series that begins at `first`, which must be one of them.

    `rule` is an RRULE without its name: FREQ WEEKLY or MONTHLY, with COUNT or UNTIL (the last local day, YYYYMMDD), and
    perhaps INTERVAL, BYDAY, BYMONTHDAY, BYSETPOS, WKST. InvalidRule when it is not; SeriesTooLong for more than 52
    occurrences or two years.
    """
    parts = _parts_of(rule)
    last_day, most = _end_of(parts)
    end = min(datetime.combine(last_day, time.max), first + LONGEST)
    # The bounds are ours: a rule that no day fulfils ends here, and not in the year 9999.
    bounded = ";".join([*(f"{name}={value}" for name, value in parts.items()), f"UNTIL={end:%Y%m%dT%H%M%S}"])
    try:
        found = list(islice(rrulestr(bounded, dtstart=first), MOST + 1 if most is None else most))
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise InvalidRule from error
    if not found or found[0] != first:
        raise InvalidRule
    if len(found) > MOST or (last_day > end.date() if most is None else len(found) < most):
        raise SeriesTooLong(most=MOST)
    return found


def _parts_of(rule: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in rule.upper().removeprefix("RRULE:").split(";")]
    parts = {name: value for name, _, value in pairs}
    repeated = len(parts) < len(pairs)
    interval = parts.get("INTERVAL", "1")
    if (
        repeated
        or not parts.keys() <= _PARTS
        or parts.get("FREQ") not in _FREQUENCIES
        or not (interval.isdecimal() and 1 <= int(interval) <= _MOST_INTERVAL)
    ):
        raise InvalidRule
    return parts


def _end_of(parts: dict[str, str]) -> tuple[date, int | None]:
    """The last day, and how many at most; takes both out of the parts."""
    count, until = parts.pop("COUNT", None), parts.pop("UNTIL", None)
    if (count is None) == (until is None):
        raise InvalidRule
    if count is not None:
        if not count.isdecimal() or int(count) == 0:
            raise InvalidRule
        if int(count) > MOST:
            raise SeriesTooLong(most=MOST)
        return date.max, int(count)
    try:
        return datetime.strptime(until or "", "%Y%m%d").date(), None  # noqa: DTZ007 - a local day
    except ValueError:
        raise InvalidRule from None
