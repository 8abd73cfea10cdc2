"""Working days in Argentina: neither at the weekend, nor a national holiday, nor a day on which banks are shut."""

from datetime import date
from typing import Final

from common.holidays import bank_holidays

_SATURDAY: Final = 5


def is_working_day(day: date) -> bool:
    """Whether money moves on that day. Bridge days are known as far as the library's release knows their decree."""
    return day.weekday() < _SATURDAY and day not in bank_holidays(day.year)
