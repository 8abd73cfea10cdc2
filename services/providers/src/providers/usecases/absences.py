"""Time off: the owner decides about everybody's, somebody with an account about their own."""

from datetime import datetime

from common.auth import Principal
from common.errors import NotFound
from common.idempotency import Once
from common.service import Context
from common.uow import Work
from common.verticals import Vertical
from contracts.ids import ProviderId, StaffId, TimeOffId, new_id
from providers import store
from providers.domain.absence import MAX_ABSENCES, AttendsNowhere, TimeOff
from providers.domain.conflicts import Care
from providers.domain.parts import LimitReached, Member
from providers.domain.provider import Provider
from providers.usecases.facts import absence_fact


async def take_time_off(
    context: Context,
    vertical: Vertical,
    principal: Principal,
    provider_id: ProviderId,
    staff_id: StaffId,
    wanted: tuple[datetime, datetime],
    care: Care,
    once: Once | None,
) -> TimeOff:
    """From and until a wall-clock time in the zone of the member's first place; AttendsNowhere without one."""
    async with context.uow.begin(vertical.id, once) as work:
        provider = await _lock_team(work, principal, provider_id, staff_id)
        zone = _zone_of(provider, provider.member(staff_id))
        absence = TimeOff(TimeOffId(new_id()), provider.id, staff_id, *wanted, zone)
        absence.must_end_after(await work.now())
        if len(await store.page_absences(work, staff_id, MAX_ABSENCES)) >= MAX_ABSENCES:
            raise LimitReached(most=MAX_ABSENCES)
        care.weigh(await store.find_upcoming(work, provider.id, staff_id=staff_id, span=absence.span))
        await store.insert_absence(work, absence)
        await work.publish(absence_fact(absence))
        return await work.finish(absence)


async def call_off_absence(
    context: Context,
    vertical: Vertical,
    principal: Principal,
    provider_id: ProviderId,
    staff_id: StaffId,
    time_off_id: TimeOffId,
) -> None:
    """They attend after all."""
    async with context.uow.begin(vertical.id) as work:
        await _lock_team(work, principal, provider_id, staff_id)
        known = await store.lock_absence(work, staff_id, time_off_id)
        if known is None:
            raise NotFound
        absence = known.called_off()
        await store.update_absence(work, absence)
        await work.publish(absence_fact(absence))


async def find_absences(
    context: Context, vertical: Vertical, principal: Principal, provider_id: ProviderId, staff_id: StaffId
) -> list[TimeOff]:
    """Those that are not over, for the owner, the member and operators."""
    async with context.uow.read(vertical.id) as session:
        provider = await store.find_provider(session, provider_id)
        if not principal.has("operator", vertical.id):
            _must_decide(principal, provider, staff_id)
        if provider is None:
            raise NotFound
        return await store.page_absences(session, provider.member(staff_id).id, MAX_ABSENCES)


async def _lock_team(work: Work, principal: Principal, provider_id: ProviderId, staff_id: StaffId) -> Provider:
    return _must_decide(principal, await store.lock_provider(work, provider_id), staff_id)


def _must_decide(principal: Principal, provider: Provider | None, staff_id: StaffId) -> Provider:
    """NotFound for everybody but the owner and the member."""
    if provider is None:
        raise NotFound
    if principal.account_id not in (provider.owner, provider.member(staff_id).account_id):
        raise NotFound
    return provider


def _zone_of(provider: Provider, member: Member) -> str:
    if not member.place_ids:
        raise AttendsNowhere
    return provider.place(member.place_ids[0]).zone
