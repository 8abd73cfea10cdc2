"""Public holidays of Argentina by province, and banks' own, as far as the library's release knows their decrees."""

from collections.abc import Mapping
from datetime import date
from functools import cache

from holidays.constants import BANK, PUBLIC
from holidays.countries.argentina import Argentina


def is_holiday(day: date, province: str) -> bool:
    """Whether it is one in the whole country or in that province (ISO 3166-2:AR letter)."""
    return day in holidays_of(day.year, province)


@cache
def holidays_of(year: int, province: str) -> Mapping[date, str]:
    """Their names in Spanish by day; of the whole country alone where the province is not known."""
    subdivision = province if province in Argentina.subdivisions else None
    return dict(Argentina(years=year, subdiv=subdivision, categories=(PUBLIC,), language="es"))


@cache
def bank_holidays(year: int) -> frozenset[date]:
    """Days on which no money moves, other than weekends: holidays of the whole country, and banks' own."""
    return frozenset(Argentina(years=year, categories=(BANK, PUBLIC)))
