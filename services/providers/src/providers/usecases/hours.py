"""The hours of a member of staff at a place: the whole of them, or those of one day."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from common.auth import Principal
from common.service import Context
from common.uow import Work
from common.verticals import Vertical
from contracts.ids import PlaceId, ProviderId, ScheduleId, StaffId, new_id
from providers import store
from providers.domain.conflicts import Care, Upcoming, taken_out, uncovered
from providers.domain.provider import Provider
from providers.domain.schedule import Day, Schedule, Window, days_of, week_of
from providers.usecases.facts import schedule_fact
from providers.usecases.ownership import lock_own, seen_by


@dataclass(frozen=True, slots=True)
class Hours:
    """A week of windows at one place, from `valid_from` on or at once, and days with hours of their own."""

    place_id: PlaceId
    weekly: tuple[Window, ...]
    valid_from: date | None
    days: tuple[Day, ...]


async def publish_hours(
    context: Context,
    vertical: Vertical,
    principal: Principal,
    provider_id: ProviderId,
    staff_id: StaffId,
    hours: Hours,
    care: Care,
) -> Schedule:
    """They replace the member's earlier ones at that place, the single days too."""
    weekly, days = week_of(hours.weekly), days_of(hours.days)
    async with context.uow.begin(vertical.id) as work:
        provider = await lock_own(work, principal, provider_id)
        provider.must_work_at(staff_id, hours.place_id)
        known = await _find_at(work, provider, staff_id, hours.place_id)
        wanted = replace(known, weekly=weekly, valid_from=hours.valid_from, days=days)
        care.weigh(await _left_outside(work, provider, known, wanted))
        return await _publish(work, wanted)


async def set_day(
    context: Context,
    vertical: Vertical,
    principal: Principal,
    provider_id: ProviderId,
    staff_id: StaffId,
    place_id: PlaceId,
    day: Day,
    care: Care,
) -> Schedule:
    """That day has these hours in place of the week's; none: closed."""
    async with context.uow.begin(vertical.id) as work:
        provider = await lock_own(work, principal, provider_id)
        provider.must_work_at(staff_id, place_id)
        known = await _find_at(work, provider, staff_id, place_id)
        today = (await work.now()).astimezone(ZoneInfo(provider.place(place_id).zone)).date()
        wanted = known.with_day(day, today)
        care.weigh(await _left_outside(work, provider, known, wanted, day.date))
        return await _publish(work, wanted)


async def clear_day(
    context: Context,
    vertical: Vertical,
    principal: Principal,
    provider_id: ProviderId,
    staff_id: StaffId,
    place_id: PlaceId,
    day: date,
    care: Care,
) -> None:
    """The week's hours hold that day again."""
    async with context.uow.begin(vertical.id) as work:
        provider = await lock_own(work, principal, provider_id)
        provider.must_work_at(staff_id, place_id)
        known = await _find_at(work, provider, staff_id, place_id)
        wanted = known.without_day(day)
        care.weigh(await _left_outside(work, provider, known, wanted, day))
        await _publish(work, wanted)


async def find_hours(
    context: Context, vertical: Vertical, principal: Principal | None, provider_id: ProviderId, staff_id: StaffId
) -> list[Schedule]:
    """One schedule per place where the member attends."""
    async with context.uow.read(vertical.id) as session:
        provider = seen_by(principal, vertical.id, await store.find_provider(session, provider_id))
        return await store.find_schedules(session, provider.id, provider.member(staff_id).id)


async def _left_outside(
    work: Work, provider: Provider, known: Schedule, wanted: Schedule, day: date | None = None
) -> Sequence[Upcoming]:
    place = provider.place(wanted.place_id)
    theirs = await store.find_upcoming(work, provider.id, staff_id=wanted.staff_id, place_id=place.id, day=day)
    before, after = (uncovered(theirs, one, place.zone, place.is_closed_on) for one in (known, wanted))
    return taken_out(before, after)


async def _find_at(work: Work, provider: Provider, staff_id: StaffId, place_id: PlaceId) -> Schedule:
    """No hours where there are none yet. Under the provider's lock nobody else changes them."""
    known = await store.find_schedules(work, provider.id, staff_id)
    none = Schedule(ScheduleId(new_id()), provider.id, staff_id, place_id, weekly=(), valid_from=None, version=1)
    return next((one for one in known if one.place_id == place_id), none)


async def _publish(work: Work, wanted: Schedule) -> Schedule:
    schedule = await store.replace_schedule(work, wanted)
    await work.publish(schedule_fact(schedule))
    return schedule
