"""The bodies and queries that come in."""

from datetime import date, time
from typing import Annotated, TypeVar

from pydantic import Field, StringConstraints

from common.http import Body, Pesos
from common.money import Money
from contracts.ids import AccountId, PlaceId
from providers import usecases
from providers.api.cursors import search_after
from providers.api.fields import (
    Buffer,
    Capacity,
    Cursor,
    Given,
    HourMinute,
    Latitude,
    Line,
    Longitude,
    Minutes,
    Name,
    Needs,
    PageSize,
    PlaceIds,
    Slug,
    StaffIds,
)
from providers.domain.parts import ResourceKind
from providers.domain.provinces import Province
from providers.domain.schedule import Window
from providers.domain.search import Sort
from providers.domain.service import Deposit, DepositKind

T = TypeVar("T")
_MAX_WINDOWS = 56


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

    def member(self) -> tuple[str, tuple[PlaceId, ...], AccountId | None]:
        return self.display_name, self.place_ids, self.account_id


class StaffPatch(Body):
    """What is left out stays."""

    display_name: Annotated[Name | None, Given] = None
    place_ids: Annotated[PlaceIds | None, Given] = None
    account_id: Annotated[AccountId | None, Given] = None

    def change(self) -> usecases.MemberChange:
        return usecases.MemberChange(**dict(self))


class DepositBody(Body):
    """`value` is pesos for `fixed`, whole percent for `percent`, and left out otherwise."""

    kind: DepositKind
    value: Pesos = Field(default=0, validate_default=True)

    def deposit(self) -> Deposit:
        return Deposit.of_units(self.kind, self.value)


class ServiceBody(Body):
    """A service to offer; buffers and needs come from the vertical's template of that code, the deposit from the
    vertical, the code from the name."""

    code: Annotated[Slug | None, Given] = None
    name: Name
    duration_minutes: Minutes
    buffer_before_minutes: Annotated[Buffer | None, Given] = None
    buffer_after_minutes: Annotated[Buffer | None, Given] = None
    price: Pesos
    deposit: Annotated[DepositBody | None, Given] = None
    staff_ids: StaffIds
    needs: Annotated[Needs | None, Given] = None

    def service(self) -> usecases.NewService:
        return usecases.NewService(
            name=self.name,
            duration_minutes=self.duration_minutes,
            price=Money.from_units(self.price),
            staff_ids=self.staff_ids,
            code=self.code,
            buffer_before_minutes=self.buffer_before_minutes,
            buffer_after_minutes=self.buffer_after_minutes,
            deposit=self.deposit.deposit() if self.deposit is not None else None,
            needs=self.needs,
        )


class ServicePatch(Body):
    """What is left out stays; `active` false withdraws the service."""

    name: Annotated[Name | None, Given] = None
    duration_minutes: Annotated[Minutes | None, Given] = None
    buffer_before_minutes: Annotated[Buffer | None, Given] = None
    buffer_after_minutes: Annotated[Buffer | None, Given] = None
    price: Annotated[Pesos | None, Given] = None
    deposit: Annotated[DepositBody | None, Given] = None
    staff_ids: Annotated[StaffIds | None, Given] = None
    needs: Annotated[Needs | None, Given] = None
    active: Annotated[bool | None, Given] = None

    def change(self) -> usecases.ServiceChange:
        return usecases.ServiceChange(
            **dict(self)
            | {
                "price": Money.from_units(self.price) if self.price is not None else None,
                "deposit": self.deposit.deposit() if self.deposit is not None else None,
            }
        )


class WindowBody(Body):
    """Wall-clock hours in the place's zone; `day` is an ISO weekday, 1 = Monday."""

    day: Annotated[int, Field(ge=1, le=7)]
    start: HourMinute
    end: HourMinute

    def window(self) -> Window:
        return Window(self.day, time.fromisoformat(self.start), time.fromisoformat(self.end))


class HoursBody(Body):
    """One week at one place; it replaces the hours published before."""

    place_id: PlaceId
    weekly: Annotated[tuple[WindowBody, ...], Field(max_length=_MAX_WINDOWS)]
    valid_from: date | None = None

    def hours(self) -> usecases.Hours:
        return usecases.Hours(self.place_id, tuple(one.window() for one in self.weekly), self.valid_from)


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
