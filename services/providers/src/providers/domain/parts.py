"""What a provider is made of: places with their chairs and rooms, staff, licences."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NewType, Protocol, TypeVar
from uuid import UUID

from common.errors import NotFound, Refusal
from common.holidays import is_holiday
from contracts.ids import AccountId, PlaceId, ResourceId, StaffId
from providers.domain.provinces import Province

LicenceId = NewType("LicenceId", UUID)

# The mainland with Tierra del Fuego: narrow enough to catch latitude and longitude given the wrong way round.
_SOUTH, _NORTH, _WEST, _EAST = -56.0, -21.0, -74.0, -53.0


class LimitReached(Refusal):
    """There are as many of these as one provider may have."""


class OutsideArgentina(Refusal):
    """The point is not in Argentina; latitude and longitude may be the wrong way round."""


class ResourceKind(StrEnum):
    """A thing, other than a person, that a service occupies."""

    CHAIR = "chair"
    ROOM = "room"


@dataclass(frozen=True, slots=True)
class Resource:
    """A chair or room; `capacity` is how many bookings it takes at once."""

    id: ResourceId
    kind: ResourceKind
    name: str
    capacity: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where the provider works: WGS 84 degrees, an IANA zone. OutsideArgentina for a point elsewhere."""

    id: PlaceId
    name: str
    address: str
    city: str
    province: Province
    zone: str
    lat: float
    lon: float
    resources: tuple[Resource, ...] = ()
    open_holidays: tuple[date, ...] = ()
    """Public holidays of its province on which it attends; it is closed on the others."""

    def __post_init__(self) -> None:
        if not (_SOUTH <= self.lat <= _NORTH and _WEST <= self.lon <= _EAST):
            raise OutsideArgentina(fields=[{"field": name, "reason": "outside_argentina"} for name in ("lat", "lon")])

    def is_closed_on(self, day: date) -> bool:
        """Whether it is a public holiday on which the place does not attend."""
        return is_holiday(day, self.province) and day not in self.open_holidays

    def resource(self, resource_id: ResourceId) -> Resource:
        """NotFound for another place's."""
        return one(self.resources, resource_id)


@dataclass(frozen=True, slots=True)
class Member:
    """One of the staff. The name is None once the person asked to be forgotten."""

    id: StaffId
    display_name: str | None
    place_ids: tuple[PlaceId, ...]
    account_id: AccountId | None = None
    weight: int = 1
    """Of the bookings that leave the choice open somebody with 2 gets twice as many as somebody with 1."""


@dataclass(frozen=True, slots=True)
class Licence:
    """A matrícula: per profession and jurisdiction, so a person may hold many."""

    id: LicenceId
    profession: str
    jurisdiction: Province
    number: str
    verified_at: datetime | None = None


class _Part(Protocol):
    @property
    def id(self) -> UUID: ...


P = TypeVar("P", bound=_Part)


def one(parts: Sequence[P], part_id: UUID) -> P:
    """The part with that id; NotFound when it is not among them."""
    for part in parts:
        if part.id == part_id:
            return part
    raise NotFound


def put(parts: Sequence[P], part: P, most: int) -> tuple[P, ...]:
    """With `part` in the place of the one with its id, or at the end; LimitReached past `most`."""
    others = without(parts, part.id)
    if len(others) >= most:
        raise LimitReached(most=most)
    return tuple(part if old.id == part.id else old for old in parts) if len(others) < len(parts) else (*parts, part)


def without(parts: Sequence[P], part_id: UUID) -> tuple[P, ...]:
    """All but the one with that id."""
    return tuple(part for part in parts if part.id != part_id)
