"""What the other services are told: a provider's, a service's or a schedule's whole public state."""

from typing import TypeVar

from contracts.base import Point
from contracts.providers import (
    DepositKind,
    DepositPart,
    PlacePart,
    ProviderFact,
    ProviderStatus,
    ResourceKind,
    ResourcePart,
    SchedulePublished,
    ServicePublished,
    StaffPart,
    WeeklyHours,
)
from providers.domain.parts import Place
from providers.domain.provider import Provider
from providers.domain.schedule import Schedule
from providers.domain.service import Service

F = TypeVar("F", bound=ProviderFact)


def provider_fact(kind: type[F], provider: Provider) -> F:
    """`kind` with the provider as it is; places, chairs and staff that are gone are simply not there."""
    return kind(
        version=provider.version,
        provider_id=provider.id,
        owner_account_id=provider.owner,
        display_name=provider.display_name,
        slug=provider.slug,
        status=ProviderStatus(provider.status),
        places=tuple(_place_part(place) for place in provider.places),
        staff=tuple(
            StaffPart(staff_id=member.id, place_ids=member.place_ids, account_id=member.account_id)
            for member in provider.staff
        ),
    )


def service_fact(service: Service) -> ServicePublished:
    """The service as it is offered from now on."""
    return ServicePublished(
        version=service.version,
        service_id=service.id,
        provider_id=service.provider_id,
        code=service.code,
        name=service.name,
        duration_minutes=service.duration_minutes,
        buffer_before_minutes=service.buffer_before_minutes,
        buffer_after_minutes=service.buffer_after_minutes,
        price=service.price.as_amount(),
        deposit=DepositPart(kind=DepositKind(service.deposit.kind), value=service.deposit.value),
        staff_ids=service.staff_ids,
        needs=tuple(ResourceKind(kind) for kind in service.needs),
        active=service.active,
    )


def schedule_fact(schedule: Schedule) -> SchedulePublished:
    """The hours as they are from now on."""
    return SchedulePublished(
        version=schedule.version,
        schedule_id=schedule.id,
        provider_id=schedule.provider_id,
        place_id=schedule.place_id,
        staff_id=schedule.staff_id,
        weekly=tuple(WeeklyHours(day=one.day, start=one.start, end=one.end) for one in schedule.weekly),
        valid_from=schedule.valid_from,
    )


def _place_part(place: Place) -> PlacePart:
    return PlacePart(
        place_id=place.id,
        name=place.name,
        address=place.address,
        city=place.city,
        province=place.province.value,
        zone=place.zone,
        point=Point(lat=place.lat, lon=place.lon),
        resources=tuple(
            ResourcePart(resource_id=one.id, kind=ResourceKind(one.kind), capacity=one.capacity)
            for one in place.resources
        ),
    )
