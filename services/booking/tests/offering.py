"""What a shop offers beside its one service: others, stretches, caps, days of their own, and who is away."""

from datetime import datetime

from services.booking.tests.builders import ZONE, Shop

from booking import usecases
from booking.usecases import BookingContext
from common.testing import event
from contracts.ids import ServiceId, StaffId, TimeOffId, new_id
from contracts.providers import DayPart, SchedulePublished, ServicePublished, TimeOffPublished


async def offer(context: BookingContext, shop: Shop, **terms: object) -> ServiceId:
    """The shop's service as it is from now on, or with a `service_id` of its own another one."""
    service = shop.service(version=2).model_copy(update=terms)
    async with context.uow.begin(shop.vertical) as work:
        await usecases.remember_services(context, work, [event(ServicePublished.model_validate(dict(service)))])
    return service.service_id


async def another(context: BookingContext, shop: Shop, **terms: object) -> ServiceId:
    """One more service."""
    return await offer(context, shop, service_id=ServiceId(new_id()), **terms)


async def publish(context: BookingContext, shop: Shop, schedule: SchedulePublished, *days: DayPart) -> None:
    """Hours with days of their own, under the id they had."""
    newer = schedule.model_copy(update={"version": schedule.version + 1, "days": days})
    async with context.uow.begin(shop.vertical) as work:
        await usecases.remember_schedules(context, work, [event(newer)])


async def go_away(
    context: BookingContext, shop: Shop, staff_id: StaffId, starts: datetime, ends: datetime, *, active: bool = True
) -> None:
    """From one instant to another."""
    away = TimeOffPublished(
        version=1 + (not active),
        time_off_id=TimeOffId(staff_id),
        provider_id=shop.provider_id,
        staff_id=staff_id,
        starts=starts.astimezone(ZONE).replace(tzinfo=None),
        ends=ends.astimezone(ZONE).replace(tzinfo=None),
        zone=str(ZONE),
        active=active,
    )
    async with context.uow.begin(shop.vertical) as work:
        await usecases.remember_time_off(context, work, [event(away)])
