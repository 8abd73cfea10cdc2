"""What providers publishes of a barber shop, put straight before booking: there is no Kafka where power is cut."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from booking import usecases
from booking.usecases import BookingContext
from common.testing import event
from contracts.base import Amount, Point
from contracts.ids import AccountId, PlaceId, ProviderId, ResourceId, ScheduleId, ServiceId, StaffId, new_id
from contracts.providers import (
    DepositKind,
    DepositPart,
    PlacePart,
    ProviderRegistered,
    ProviderStatus,
    ResourceKind,
    ResourcePart,
    SchedulePublished,
    ServicePublished,
    StaffPart,
    WeeklyHours,
)

VERTICAL: Final = "barber"
HOURS: Final = range(9, 20)
_ZONE: Final = ZoneInfo("America/Argentina/Cordoba")


def ahead(days: int, hour: int) -> datetime:
    """A full hour on the shop's wall, so many days from now."""
    return datetime.combine(datetime.now(_ZONE).date() + timedelta(days), time(hour), _ZONE).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Agenda:
    """Every member of staff has a chair and works every day through HOURS; half an hour is a booking."""

    staff: tuple[StaffId, ...]
    provider_id: ProviderId = field(default_factory=lambda: ProviderId(new_id()))
    place_id: PlaceId = field(default_factory=lambda: PlaceId(new_id()))
    service_id: ServiceId = field(default_factory=lambda: ServiceId(new_id()))

    async def open(self, context: BookingContext) -> None:
        """Let booking know all of it."""
        async with context.uow.begin(VERTICAL) as work:
            await usecases.remember_providers(context, work, [event(self._provider())])
            await usecases.remember_services(context, work, [event(self._service())])
            await usecases.remember_schedules(context, work, [event(self._schedule(one)) for one in self.staff])

    def wish(self, staff: StaffId, starts_at: datetime) -> dict[str, str]:
        """The body of a booking request."""
        return {"serviceId": str(self.service_id), "startsAt": starts_at.isoformat(), "staffId": str(staff)}

    def _provider(self) -> ProviderRegistered:
        chairs = tuple(ResourcePart(resource_id=ResourceId(new_id()), kind=ResourceKind.CHAIR) for _ in self.staff)
        place = PlacePart(
            place_id=self.place_id,
            name="Centro",
            address="San Martín 100",
            city="Córdoba",
            province="X",
            zone=str(_ZONE),
            point=Point(lat=-31.4, lon=-64.2),
            resources=chairs,
        )
        return ProviderRegistered(
            version=1,
            provider_id=self.provider_id,
            owner_account_id=AccountId(new_id()),
            display_name="Barbería Modelo",
            slug=f"modelo-{self.provider_id}",
            status=ProviderStatus.ACTIVE,
            places=(place,),
            staff=tuple(StaffPart(staff_id=one, place_ids=(self.place_id,)) for one in self.staff),
        )

    def _service(self) -> ServicePublished:
        return ServicePublished(
            version=1,
            service_id=self.service_id,
            provider_id=self.provider_id,
            code="corte",
            name="Corte",
            duration_minutes=30,
            buffer_after_minutes=0,
            price=Amount(minor=800_000),
            deposit=DepositPart(kind=DepositKind.PERCENT, value=30),
            staff_ids=self.staff,
            needs=(ResourceKind.CHAIR,),
        )

    def _schedule(self, staff: StaffId) -> SchedulePublished:
        return SchedulePublished(
            version=1,
            schedule_id=ScheduleId(new_id()),
            provider_id=self.provider_id,
            place_id=self.place_id,
            staff_id=staff,
            weekly=tuple(WeeklyHours(day=day, start=time(HOURS.start), end=time(HOURS.stop)) for day in range(1, 8)),
            valid_from=None,
        )
