"""Searching near a point: what is asked, what is found, and where the next page starts."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from common.errors import Refusal
from common.money import Money
from contracts.ids import ProviderId, ServiceId
from providers.domain.naming import fold
from providers.domain.parts import Place

_METRES: Final = 1000


class RadiusTooLarge(Refusal):
    """The search reaches further than this vertical allows."""


class Sort(StrEnum):
    """What comes first."""

    DISTANCE = "distance"
    PRICE = "price"


@dataclass(frozen=True, slots=True)
class Position:
    """The last result of a page: centavos, metres, place."""

    price: int
    distance: float
    place_id: UUID


START: Final = Position(price=-1, distance=-1.0, place_id=UUID(int=0))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which services: those of one code, or those whose text has every word (folded); nothing = all."""

    code: str | None = None
    words: tuple[str, ...] = ()

    @classmethod
    def asked(cls, text: str | None, codes: frozenset[str]) -> "Wanted":
        """A code of the vertical means that service; anything else is words to look for."""
        folded = fold(text or "")
        return cls(code=folded) if folded in codes else cls(words=tuple(folded.split()))


@dataclass(frozen=True, slots=True)
class Search:
    """Around a point (WGS 84 degrees), within `radius` metres, one page."""

    lat: float
    lon: float
    radius: float
    wanted: Wanted
    max_price: Money | None
    sort: Sort
    limit: int
    after: Position = START


@dataclass(frozen=True, slots=True)
class Offer:
    """The cheapest service at a place that fits what is wanted."""

    id: ServiceId
    code: str
    name: str
    duration_minutes: int
    price: Money
    """Of an appointment today."""
    vat_bps: int


@dataclass(frozen=True, slots=True)
class Found:
    """One place of an active provider; `distance` in metres over the sphere."""

    provider_id: ProviderId
    slug: str
    display_name: str
    place: Place
    distance: float
    offer: Offer

    @property
    def position(self) -> Position:
        """Where a page that ends here ends."""
        return Position(self.offer.price.minor, self.distance, self.place.id)


def radius_in_metres(asked_km: float | None, default_km: float, most_km: float) -> float:
    """RadiusTooLarge beyond what the vertical allows."""
    if asked_km is None:
        return default_km * _METRES
    if asked_km > most_km:
        raise RadiusTooLarge(maximumKm=most_km, fields=[{"field": "radiusKm", "reason": "too_large"}])
    return asked_km * _METRES
