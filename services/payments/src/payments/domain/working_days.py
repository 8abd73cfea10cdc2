"""Working days in Argentina: neither at the weekend, nor a national holiday, nor a day on which banks are shut."""

from datetime import date
from functools import cache
from typing import Final

from holidays.constants import BANK, PUBLIC
from holidays.countries.argentina import Argentina

_SATURDAY: Final = 5


def is_working_day(day: date) -> bool:
    """Whether money moves on that day. Bridge days are known as far as the library's release knows their decree."""
    return day.weekday() < _SATURDAY and day not in _closed_in(day.year)


@cache
def _closed_in(year: int) -> frozenset[date]:
    return frozenset(Argentina(years=year, categories=(BANK, PUBLIC)))
