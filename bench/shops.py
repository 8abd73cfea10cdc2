"""Shops with more free slots than a bench can book, as providers would publish them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson

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
SHOPS: Final = 96
_BARBERS: Final = 4
_ZONE: Final = ZoneInfo("America/Argentina/Cordoba")
_OPENS, _CLOSES = time(9), time(20)
_MINUTES: Final = 30
_STARTS: Final = 22
_FIRST_DAY, _DAYS = 2, 50
SLOTS: Final = SHOPS * _BARBERS * _STARTS * _DAYS


@dataclass(frozen=True, slots=True)
class Wish:
    """A free slot that a client asks for."""

    service_id: ServiceId
    staff_id: StaffId
    starts_at: datetime

    def body(self) -> bytes:
        """What is posted to book it."""
        starts_at = self.starts_at.isoformat()
        return orjson.dumps({"serviceId": self.service_id, "staffId": self.staff_id, "startsAt": starts_at})


@dataclass(frozen=True, slots=True)
class Shop:
    """One place with as many chairs as barbers, open every day from 9 to 20; half an hour, 30 % due when booking."""

    provider: ProviderRegistered
    service: ServicePublished
    schedules: Sequence[SchedulePublished]


@dataclass(frozen=True, slots=True)
class Agenda:
    """The slots of all shops, numbered: neighbours are in different shops, so that bookings at once never meet."""

    shops: Sequence[Shop]
    first_day: date

    def wish(self, number: int) -> Wish:
        """Slot `number`, from 0 to SLOTS - 1; each is another one."""
        assert number < SLOTS, "the bench has booked every slot: fewer seconds, or more shops"
        number, shop = divmod(number, SHOPS)
        number, start = divmod(number, _STARTS)
        day, barber = divmod(number, _BARBERS)
        service = self.shops[shop].service
        opens = datetime.combine(self.first_day + timedelta(days=day), _OPENS, _ZONE)
        starts_at = (opens + timedelta(minutes=start * _MINUTES)).astimezone(UTC)
        return Wish(service.service_id, service.staff_ids[barber], starts_at)

    def lasting_ids(self, wish: Wish) -> set[UUID]:
        """The ids of the wish's shop that its bookings share; the wished barber and the first chair are not."""
        shop = next(one for one in self.shops if one.service.service_id == wish.service_id)
        place = shop.provider.places[0]
        staff = {one.staff_id for one in shop.provider.staff if one.staff_id != wish.staff_id}
        chairs = {chair.resource_id for chair in place.resources[1:]}
        return {shop.provider.provider_id, place.place_id, shop.service.service_id, *staff, *chairs}


def new_agenda() -> Agenda:
    """Shops that nobody has heard of yet."""
    return Agenda([_shop(number) for number in range(SHOPS)], datetime.now(_ZONE).date() + timedelta(days=_FIRST_DAY))


async def publish(context: BookingContext, agenda: Agenda) -> None:
    """Let booking consume what providers would publish of the shops."""
    async with context.uow.begin(VERTICAL) as work:
        await usecases.remember_providers(context, work, [event(shop.provider) for shop in agenda.shops])
        await usecases.remember_services(context, work, [event(shop.service) for shop in agenda.shops])
        schedules = [event(schedule) for shop in agenda.shops for schedule in shop.schedules]
        await usecases.remember_schedules(context, work, schedules)


def _shop(number: int) -> Shop:
    provider_id, place_id = ProviderId(new_id()), PlaceId(new_id())
    staff = tuple(StaffId(new_id()) for _ in range(_BARBERS))
    service = ServicePublished(
        version=1,
        service_id=ServiceId(new_id()),
        provider_id=provider_id,
        code="corte",
        name="Corte",
        duration_minutes=_MINUTES,
        price=Amount(minor=1_000_000),
        deposit=DepositPart(kind=DepositKind.PERCENT, value=30),
        staff_ids=staff,
        needs=(ResourceKind.CHAIR,),
    )
    schedules = [_schedule(provider_id, place_id, one) for one in staff]
    return Shop(_provider(number, provider_id, place_id, staff), service, schedules)


def _provider(
    number: int, provider_id: ProviderId, place_id: PlaceId, staff: tuple[StaffId, ...]
) -> ProviderRegistered:
    chairs = tuple(ResourcePart(resource_id=ResourceId(new_id()), kind=ResourceKind.CHAIR) for _ in staff)
    place = PlacePart(
        place_id=place_id,
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
        provider_id=provider_id,
        owner_account_id=AccountId(new_id()),
        display_name=f"Barbería {number}",
        slug=f"barberia-{number}",
        status=ProviderStatus.ACTIVE,
        places=(place,),
        staff=tuple(StaffPart(staff_id=one, place_ids=(place_id,)) for one in staff),
    )


def _schedule(provider_id: ProviderId, place_id: PlaceId, staff: StaffId) -> SchedulePublished:
    return SchedulePublished(
        version=1,
        schedule_id=ScheduleId(new_id()),
        provider_id=provider_id,
        place_id=place_id,
        staff_id=staff,
        weekly=tuple(WeeklyHours(day=day, start=_OPENS, end=_CLOSES) for day in range(1, 8)),
    )
