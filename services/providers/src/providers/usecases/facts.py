"""What the other services are told: a provider's, a service's or a schedule's whole public state, and time off."""

from typing import TypeVar

from contracts.base import Point
from contracts.providers import (
    CapsPart,
    DayPart,
    DepositKind,
    DepositPart,
    HoursOfDay,
    PlacePart,
    PricePart,
    ProviderFact,
    ProviderStatus,
    ResourceKind,
    ResourcePart,
    SchedulePublished,
    SegmentPart,
    ServicePublished,
    StaffPart,
    TimeOffPublished,
    TimingPart,
    WeeklyHours,
)
from providers.domain.absence import TimeOff
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
            StaffPart(
                staff_id=member.id, place_ids=member.place_ids, account_id=member.account_id, weight=member.weight
            )
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
        segments=tuple(SegmentPart(minutes=one.minutes, attended=one.attended) for one in service.segments),
        prices=tuple(PricePart(valid_from=one.valid_from, price=one.price.as_amount()) for one in service.prices),
        vat_bps=service.vat_bps,
        caps=CapsPart(per_day=service.caps.per_day, per_client_and_day=service.caps.per_client_and_day),
        timing=TimingPart(
            step_minutes=service.timing.step_minutes,
            minimum_notice_minutes=service.timing.minimum_notice_minutes,
            horizon_days=service.timing.horizon_days,
        ),
        approval=service.approval,
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
        days=tuple(
            DayPart(day=one.date, hours=tuple(HoursOfDay(start=start, end=end) for start, end in one.hours))
            for one in schedule.days
        ),
    )


def absence_fact(absence: TimeOff) -> TimeOffPublished:
    """The time off as it is from now on."""
    return TimeOffPublished(
        version=absence.version,
        time_off_id=absence.id,
        provider_id=absence.provider_id,
        staff_id=absence.staff_id,
        starts=absence.starts,
        ends=absence.ends,
        zone=absence.zone,
        active=absence.active,
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
        open_holidays=place.open_holidays,
    )
