"""Public holidays of Argentina and its provinces, and days on which banks are shut, as far as the library's release
knows them: bridge days and single ones are decreed year by year."""

from collections.abc import Mapping
from datetime import date
from functools import cache

from holidays.constants import BANK, PUBLIC
from holidays.countries.argentina import Argentina


@cache
def public_holidays(year: int, province: str) -> Mapping[date, str]:
    """The nation's and the province's (its ISO 3166-2:AR letter), each with its name in Spanish."""
    return dict(sorted(Argentina(years=year, subdiv=province, categories=(PUBLIC,), language="es").items()))


@cache
def bank_holidays(year: int) -> frozenset[date]:
    """Days on which no money moves, other than weekends: the nation's public holidays, and banks' own."""
    return frozenset(Argentina(years=year, categories=(BANK, PUBLIC)))
