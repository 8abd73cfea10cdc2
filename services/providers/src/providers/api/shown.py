"""The bodies that go out."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Self

from common.http import Body, Pesos
from contracts.ids import AccountId, PlaceId, ProviderId, ResourceId, ScheduleId, ServiceId, StaffId
from providers.api.cursors import id_cursor
from providers.api.fields import HourMinute
from providers.domain.parts import Licence, LicenceId, Member, Place, Resource, ResourceKind
from providers.domain.profile import Profile
from providers.domain.provider import Provider, Status
from providers.domain.provinces import Province
from providers.domain.schedule import Schedule
from providers.domain.service import DepositKind, Service


class ResourceShown(Body):
    """A chair or room."""

    id: ResourceId
    kind: ResourceKind
    name: str
    capacity: int

    @classmethod
    def of(cls, resource: Resource) -> Self:
        return cls(id=resource.id, kind=resource.kind, name=resource.name, capacity=resource.capacity)


class PlaceCard(Body):
    """Where to go."""

    id: PlaceId
    name: str
    address: str
    city: str
    province: Province
    zone: str
    lat: float
    lon: float

    @classmethod
    def of(cls, place: Place) -> "PlaceCard":
        return PlaceCard(
            id=place.id,
            name=place.name,
            address=place.address,
            city=place.city,
            province=place.province,
            zone=place.zone,
            lat=place.lat,
            lon=place.lon,
        )


class PlaceShown(PlaceCard):
    """Where the provider works, and what stands there."""

    resources: tuple[ResourceShown, ...]

    @classmethod
    def of(cls, place: Place) -> "PlaceShown":
        resources = tuple(ResourceShown.of(one) for one in place.resources)
        return PlaceShown(**dict(PlaceCard.of(place)), resources=resources)


class StaffShown(Body):
    """Somebody who attends; the account is shown inside only."""

    id: StaffId
    display_name: str | None
    place_ids: tuple[PlaceId, ...]
    account_id: AccountId | None = None

    @classmethod
    def of(cls, member: Member, inside: bool = True) -> Self:
        account = member.account_id if inside else None
        return cls(id=member.id, display_name=member.display_name, place_ids=member.place_ids, account_id=account)


class LicenceShown(Body):
    """A matrícula."""

    id: LicenceId
    profession: str
    jurisdiction: Province
    number: str
    verified_at: datetime | None

    @classmethod
    def of(cls, licence: Licence) -> Self:
        return cls(
            id=licence.id,
            profession=licence.profession,
            jurisdiction=licence.jurisdiction,
            number=licence.number,
            verified_at=licence.verified_at,
        )


class DepositShown(Body):
    """`value` is pesos for `fixed`, percent for `percent`, else 0."""

    kind: DepositKind
    value: Pesos


class ServiceShown(Body):
    """What is offered, in pesos."""

    id: ServiceId
    code: str
    name: str
    duration_minutes: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    price: Pesos
    currency: str
    deposit: DepositShown
    staff_ids: tuple[StaffId, ...]
    needs: tuple[ResourceKind, ...]
    active: bool
    version: int

    @classmethod
    def of(cls, service: Service) -> Self:
        return cls(
            id=service.id,
            code=service.code,
            name=service.name,
            duration_minutes=service.duration_minutes,
            buffer_before_minutes=service.buffer_before_minutes,
            buffer_after_minutes=service.buffer_after_minutes,
            price=service.price.as_units(),
            currency=service.price.currency,
            deposit=DepositShown(kind=service.deposit.kind, value=service.deposit.as_units()),
            staff_ids=service.staff_ids,
            needs=service.needs,
            active=service.active,
            version=service.version,
        )


class WindowShown(Body):
    """`day` is an ISO weekday, 1 = Monday."""

    day: int
    start: HourMinute
    end: HourMinute


class HoursShown(Body):
    """The week of one member of staff at one place, in the place's zone."""

    id: ScheduleId
    staff_id: StaffId
    place_id: PlaceId
    weekly: tuple[WindowShown, ...]
    valid_from: date | None
    version: int

    @classmethod
    def of(cls, schedule: Schedule) -> Self:
        weekly = (
            WindowShown(day=one.day, start=f"{one.start:%H:%M}", end=f"{one.end:%H:%M}") for one in schedule.weekly
        )
        return cls(
            id=schedule.id,
            staff_id=schedule.staff_id,
            place_id=schedule.place_id,
            weekly=tuple(weekly),
            valid_from=schedule.valid_from,
            version=schedule.version,
        )


class HoursList(Body):
    """One entry per place where the member attends."""

    items: tuple[HoursShown, ...]

    @classmethod
    def of(cls, schedules: Sequence[Schedule]) -> Self:
        return cls(items=tuple(HoursShown.of(one) for one in schedules))


class ProviderCard(Body):
    """A provider in its owner's list."""

    id: ProviderId
    slug: str
    display_name: str
    status: Status
    version: int
    places: tuple[PlaceShown, ...]

    @classmethod
    def of(cls, provider: Provider) -> Self:
        return cls(
            id=provider.id,
            slug=provider.slug,
            display_name=provider.display_name,
            status=provider.status,
            version=provider.version,
            places=tuple(PlaceShown.of(place) for place in provider.places),
        )


class ProviderPage(Body):
    """One page of the caller's providers."""

    items: tuple[ProviderCard, ...]
    next_cursor: str | None

    @classmethod
    def of(cls, providers: Sequence[Provider], limit: int) -> Self:
        more = id_cursor(providers[-1].id) if len(providers) == limit else None
        return cls(items=tuple(ProviderCard.of(one) for one in providers), next_cursor=more)


class ProviderShown(ProviderCard):
    """The whole profile. `licences` and `ownerAccountId` are null for everybody but the owner and operators."""

    staff: tuple[StaffShown, ...]
    services: tuple[ServiceShown, ...]
    hours: tuple[HoursShown, ...]
    licences: tuple[LicenceShown, ...] | None
    owner_account_id: AccountId | None

    @classmethod
    def of_profile(cls, profile: Profile) -> Self:
        provider, inside = profile.provider, profile.inside
        return cls(
            **dict(ProviderCard.of(provider)),
            staff=tuple(StaffShown.of(member, inside) for member in provider.staff),
            services=tuple(ServiceShown.of(service) for service in profile.services),
            hours=tuple(HoursShown.of(schedule) for schedule in profile.schedules),
            licences=tuple(LicenceShown.of(licence) for licence in provider.licences) if inside else None,
            owner_account_id=provider.owner if inside else None,
        )
