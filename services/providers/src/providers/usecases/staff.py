"""Who attends: hiring, changing and dismissing staff, their hours, and forgetting a person."""

from dataclasses import dataclass, replace
from datetime import date

from common.auth import Principal
from common.idempotency import Once
from common.service import Context
from common.uow import Work
from common.verticals import Vertical
from contracts.envelope import Event
from contracts.identity import AccountErased
from contracts.ids import AccountId, PlaceId, ProviderId, ScheduleId, StaffId, new_id
from providers import store
from providers.domain.parts import Member
from providers.domain.schedule import Schedule, Window, week_of
from providers.usecases.facts import schedule_fact
from providers.usecases.ownership import announce, lock_own, seen_by


@dataclass(frozen=True, slots=True)
class MemberChange:
    """What changes of somebody; None keeps what was."""

    display_name: str | None = None
    place_ids: tuple[PlaceId, ...] | None = None
    account_id: AccountId | None = None


@dataclass(frozen=True, slots=True)
class Hours:
    """A week of windows at one place, from `valid_from` on or at once."""

    place_id: PlaceId
    weekly: tuple[Window, ...]
    valid_from: date | None


async def hire(
    context: Context,
    vertical: Vertical,
    principal: Principal,
    provider_id: ProviderId,
    wanted: tuple[str, tuple[PlaceId, ...], AccountId | None],
    once: Once | None,
) -> Member:
    """Name, places and, when they have one, account. UnknownPlace when a place is not the provider's."""
    member = Member(StaffId(new_id()), *wanted)
    async with context.uow.begin(vertical.id, once) as work:
        provider = (await lock_own(work, principal, provider_id)).with_member(member)
        await store.save_member(work, provider.id, member)
        await announce(work, provider)
        return await work.finish(member)


async def change_member(
    context: Context,
    vertical: Vertical,
    principal: Principal,
    provider_id: ProviderId,
    staff_id: StaffId,
    change: MemberChange,
) -> Member:
    """Their name, places or account."""
    async with context.uow.begin(vertical.id) as work:
        provider = await lock_own(work, principal, provider_id)
        old = provider.member(staff_id)
        member = replace(
            old,
            display_name=change.display_name or old.display_name,
            place_ids=change.place_ids or old.place_ids,
            account_id=change.account_id or old.account_id,
        )
        changed = provider.with_member(member)
        await store.save_member(work, provider.id, member)
        await announce(work, changed)
        return member


async def dismiss(
    context: Context, vertical: Vertical, principal: Principal, provider_id: ProviderId, staff_id: StaffId
) -> None:
    """They attend no more."""
    async with context.uow.begin(vertical.id) as work:
        provider = (await lock_own(work, principal, provider_id)).without_member(staff_id)
        await store.dismiss_member(work, staff_id)
        await announce(work, provider)


async def publish_hours(
    context: Context,
    vertical: Vertical,
    principal: Principal,
    provider_id: ProviderId,
    staff_id: StaffId,
    hours: Hours,
) -> Schedule:
    """They replace the member's earlier ones at that place."""
    weekly = week_of(hours.weekly)
    async with context.uow.begin(vertical.id) as work:
        provider = await lock_own(work, principal, provider_id)
        provider.must_work_at(staff_id, hours.place_id)
        wanted = Schedule(
            id=ScheduleId(new_id()),
            provider_id=provider_id,
            staff_id=staff_id,
            place_id=hours.place_id,
            weekly=weekly,
            valid_from=hours.valid_from,
            version=1,
        )
        schedule = await store.replace_schedule(work, wanted)
        await work.publish(schedule_fact(schedule))
        return schedule


async def find_hours(
    context: Context, vertical: Vertical, principal: Principal | None, provider_id: ProviderId, staff_id: StaffId
) -> list[Schedule]:
    """One schedule per place where the member attends."""
    async with context.uow.read(vertical.id) as session:
        provider = seen_by(principal, vertical.id, await store.find_provider(session, provider_id))
        return await store.find_schedules(session, provider.id, provider.member(staff_id).id)


async def forget_account(_context: Context, work: Work, event: Event[AccountErased]) -> None:
    """Staff entries lose name and account, providers the account owns are suspended. Once done it finds nothing."""
    account = event.data.account_id
    providers = await store.lock_providers_of(work, account)
    await store.forget_person(work, account)
    for provider in providers:
        await announce(work, provider.forgetting(account))
