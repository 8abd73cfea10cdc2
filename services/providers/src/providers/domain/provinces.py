"""The provinces of Argentina by their ISO 3166-2:AR letter, and the time zone each keeps."""

from enum import StrEnum
from functools import cache
from typing import Final
from zoneinfo import available_timezones

from common.errors import Refusal


class UnknownZone(Refusal):
    """The time zone is not one of the IANA database."""


class Province(StrEnum):
    """ISO 3166-2:AR letters."""

    SALTA = "A"
    BUENOS_AIRES = "B"
    CIUDAD_DE_BUENOS_AIRES = "C"
    SAN_LUIS = "D"
    ENTRE_RIOS = "E"
    LA_RIOJA = "F"
    SANTIAGO_DEL_ESTERO = "G"
    CHACO = "H"
    SAN_JUAN = "J"
    CATAMARCA = "K"
    LA_PAMPA = "L"
    MENDOZA = "M"
    MISIONES = "N"
    FORMOSA = "P"
    NEUQUEN = "Q"
    RIO_NEGRO = "R"
    SANTA_FE = "S"
    TUCUMAN = "T"
    CHUBUT = "U"
    TIERRA_DEL_FUEGO = "V"
    CORRIENTES = "W"
    CORDOBA = "X"
    JUJUY = "Y"
    SANTA_CRUZ = "Z"


# Each zone's histories differ although all are UTC-3 today. Source: the comments column of tzdb's zone.tab.
_PROVINCES_OF_ZONE: Final = {
    "Buenos_Aires": "BC",
    "Cordoba": "EGHNPSWX",
    "Salta": "ALQR",
    "Jujuy": "Y",
    "Tucuman": "T",
    "Catamarca": "KU",
    "La_Rioja": "F",
    "San_Juan": "J",
    "Mendoza": "M",
    "San_Luis": "D",
    "Rio_Gallegos": "Z",
    "Ushuaia": "V",
}
_ZONES: Final = {
    Province(letter): f"America/Argentina/{city}" for city, letters in _PROVINCES_OF_ZONE.items() for letter in letters
}


def zone_of(province: Province, wanted: str | None = None) -> str:
    """`wanted` when the IANA database has it, else the province's own zone; UnknownZone for an invented one."""
    if wanted is None:
        return _ZONES[province]
    if wanted not in _known_zones():
        raise UnknownZone(fields=[{"field": "zone", "reason": "unknown_zone"}])
    return wanted


@cache
def _known_zones() -> frozenset[str]:
    return frozenset(available_timezones())
