"""The bodies and queries that come in."""

from typing import Annotated

from pydantic import Field, StringConstraints

from common.http import Body, Pesos
from common.money import Money
from contracts.ids import AccountId, PlaceId
from providers import usecases
from providers.api.cursors import search_after
from providers.api.fields import (
    Capacity,
    Cursor,
    Given,
    Latitude,
    Line,
    Longitude,
    Name,
    PageSize,
    PlaceIds,
    Slug,
    Weight,
)
from providers.domain.parts import ResourceKind
from providers.domain.provinces import Province
from providers.domain.search import Sort


class RegisterBody(Body):
    """A professional or business signs up."""

    display_name: Name
    slug: Annotated[Slug | None, Given] = None


class RenameBody(Body):
    """What is left out stays."""

    display_name: Annotated[Name | None, Given] = None
    slug: Annotated[Slug | None, Given] = None

    def naming(self) -> usecases.Naming:
        return usecases.Naming(self.display_name, self.slug)


class LicenceBody(Body):
    """A matrícula; `jurisdiction` is the province's ISO letter."""

    profession: Name
    jurisdiction: Province
    number: Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9A-Za-z./ -]{1,30}$")]

    def licence(self) -> tuple[str, Province, str]:
        return self.profession, self.jurisdiction, self.number


class PlaceBody(Body):
    """A place to open; without a zone it keeps its province's."""

    name: Name
    address: Line
    city: Name
    province: Province
    lat: Latitude
    lon: Longitude
    zone: Annotated[Line | None, Given] = None

    def place(self) -> usecases.NewPlace:
        return usecases.NewPlace(**dict(self))


class PlacePatch(Body):
    """What is left out stays."""

    name: Annotated[Name | None, Given] = None
    address: Annotated[Line | None, Given] = None
    city: Annotated[Name | None, Given] = None
    lat: Annotated[Latitude | None, Given] = None
    lon: Annotated[Longitude | None, Given] = None

    def change(self) -> usecases.PlaceChange:
        return usecases.PlaceChange(**dict(self))


class ResourceBody(Body):
    """A chair or room; `capacity` is how many bookings it takes at once."""

    kind: ResourceKind
    name: Line
    capacity: Capacity = 1

    def resource(self) -> tuple[ResourceKind, str, int]:
        return self.kind, self.name, self.capacity


class ResourcePatch(Body):
    """What is left out stays."""

    name: Annotated[Line | None, Given] = None
    capacity: Annotated[Capacity | None, Given] = None

    def change(self) -> usecases.ResourceChange:
        return usecases.ResourceChange(**dict(self))


class StaffBody(Body):
    """Somebody who attends at these places."""

    display_name: Name
    place_ids: PlaceIds
    account_id: AccountId | None = None
    weight: Weight = 1

    def member(self) -> tuple[str, tuple[PlaceId, ...], AccountId | None, int]:
        return self.display_name, self.place_ids, self.account_id, self.weight


class StaffPatch(Body):
    """What is left out stays."""

    display_name: Annotated[Name | None, Given] = None
    place_ids: Annotated[PlaceIds | None, Given] = None
    account_id: Annotated[AccountId | None, Given] = None
    weight: Annotated[Weight | None, Given] = None

    def change(self) -> usecases.MemberChange:
        return usecases.MemberChange(**dict(self))


class SearchQuery(Body):
    """Around a point; `service` is a code of the vertical or words to look for; `radiusKm` and the most it may be are
    the vertical's."""

    lat: Latitude
    lon: Longitude
    radius_km: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    service: Line | None = None
    max_price: Pesos | None = None
    sort: Sort = Sort.DISTANCE
    limit: PageSize = 20
    cursor: Cursor | None = None

    def asked(self) -> usecases.Asked:
        return usecases.Asked(
            lat=self.lat,
            lon=self.lon,
            radius_km=self.radius_km,
            service=self.service,
            max_price=Money.from_units(self.max_price) if self.max_price is not None else None,
            sort=self.sort,
            limit=self.limit,
            after=search_after(self.sort, self.cursor),
        )


class PageQuery(Body):
    """One page of a list."""

    limit: PageSize = 20
    cursor: Cursor | None = None
