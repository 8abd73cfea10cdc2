"""The public holidays of a place: which there are, and on which it attends all the same."""

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from common.auth import Principal
from common.service import Context
from common.uow import Work
from common.verticals import Vertical
from contracts.ids import PlaceId, ProviderId
from providers import store
from providers.domain.closing import Holiday, decided, holiday_on, holidays_between
from providers.domain.conflicts import Care, Upcoming, taken_out, uncovered
from providers.domain.parts import Place
from providers.domain.provider import Provider
from providers.usecases.ownership import announce, lock_own, seen_by


async def find_holidays(
    context: Context,
    vertical: Vertical,
    principal: Principal | None,
    provider_id: ProviderId,
    place_id: PlaceId,
    span: tuple[date, date],
) -> list[Holiday]:
    """Those of its province, from one day to another; SpanMisfit."""
    async with context.uow.read(vertical.id) as session:
        provider = seen_by(principal, vertical.id, await store.find_provider(session, provider_id))
        return holidays_between(provider.place(place_id), *span)


async def decide_holiday(
    context: Context,
    vertical: Vertical,
    principal: Principal,
    provider_id: ProviderId,
    place_id: PlaceId,
    wanted: tuple[date, bool],
    care: Care,
) -> Holiday:
    """The place attends on that day, or does not; NoHoliday. Saying what is so already changes nothing."""
    day, is_open = wanted
    async with context.uow.begin(vertical.id) as work:
        provider = await lock_own(work, principal, provider_id)
        old = provider.place(place_id)
        today = (await work.now()).astimezone(ZoneInfo(old.zone)).date()
        place = decided(old, holiday_on(old, day), is_open, today)
        care.weigh(() if is_open else await _left_outside(work, provider, old, place, day))
        if holiday_on(old, day).open != is_open:
            await store.save_place(work, provider.id, place)
            await announce(work, provider.with_place(place))
        return holiday_on(place, day)


async def _left_outside(work: Work, provider: Provider, old: Place, new: Place, day: date) -> Sequence[Upcoming]:
    """Whoever has hours of their own for that day attends on it all the same."""
    schedules = {one.staff_id: one for one in await store.find_schedules(work, provider.id) if one.place_id == new.id}
    theirs = await store.find_upcoming(work, provider.id, place_id=new.id, day=day)
    before, after = (
        [one for one in theirs if uncovered([one], schedules.get(one.staff_id), place.zone, place.is_closed_on)]
        for place in (old, new)
    )
    return taken_out(before, after)
