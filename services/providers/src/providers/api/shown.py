"""The bodies that go out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self

from common.http import Body
from contracts.ids import AccountId, PlaceId, ProviderId, ResourceId, StaffId
from providers.api.cursors import id_cursor
from providers.api.offered import ServiceShown
from providers.api.times import HoursShown
from providers.domain.parts import Licence, LicenceId, Member, Place, Resource, ResourceKind
from providers.domain.profile import Profile
from providers.domain.provider import Provider, Status
from providers.domain.provinces import Province


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
    weight: int
    """Of the bookings that leave the choice open somebody with 2 gets twice as many as somebody with 1."""

    @classmethod
    def of(cls, member: Member, inside: bool = True) -> Self:
        return cls(
            id=member.id,
            display_name=member.display_name,
            place_ids=member.place_ids,
            account_id=member.account_id if inside else None,
            weight=member.weight,
        )


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
