"""Who attends: hiring, changing and dismissing staff, and forgetting a person."""

from dataclasses import dataclass, replace

from common.auth import Principal
from common.idempotency import Once
from common.service import Context
from common.uow import Work
from common.verticals import Vertical
from contracts.envelope import Event
from contracts.identity import AccountErased
from contracts.ids import AccountId, PlaceId, ProviderId, StaffId, new_id
from providers import store
from providers.domain.conflicts import Care
from providers.domain.parts import Member
from providers.usecases.ownership import announce, lock_own


@dataclass(frozen=True, slots=True)
class MemberChange:
    """What changes of somebody; None keeps what was."""

    display_name: str | None = None
    place_ids: tuple[PlaceId, ...] | None = None
    account_id: AccountId | None = None
    weight: int | None = None


async def hire(
    context: Context,
    vertical: Vertical,
    principal: Principal,
    provider_id: ProviderId,
    wanted: tuple[str, tuple[PlaceId, ...], AccountId | None, int],
    once: Once | None,
) -> Member:
    """Name, places, account when they have one, and weight. UnknownPlace when a place is not the provider's."""
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
    care: Care,
) -> Member:
    """Their name, places, account or weight."""
    async with context.uow.begin(vertical.id) as work:
        provider = await lock_own(work, principal, provider_id)
        old = provider.member(staff_id)
        member = replace(
            old,
            display_name=change.display_name or old.display_name,
            place_ids=change.place_ids or old.place_ids,
            account_id=change.account_id or old.account_id,
            weight=change.weight or old.weight,
        )
        changed = provider.with_member(member)
        gone = set(old.place_ids) - set(member.place_ids)
        theirs = await store.find_upcoming(work, provider.id, staff_id=staff_id)
        care.weigh([one for one in theirs if one.place_id in gone])
        await store.save_member(work, provider.id, member)
        await announce(work, changed)
        return member


async def dismiss(
    context: Context, vertical: Vertical, principal: Principal, provider_id: ProviderId, staff_id: StaffId, care: Care
) -> None:
    """They attend no more."""
    async with context.uow.begin(vertical.id) as work:
        provider = (await lock_own(work, principal, provider_id)).without_member(staff_id)
        care.weigh(await store.find_upcoming(work, provider.id, staff_id=staff_id))
        await store.dismiss_member(work, staff_id)
        await announce(work, provider)


async def forget_account(_context: Context, work: Work, event: Event[AccountErased]) -> None:
    """Staff entries lose name and account, providers the account owns are suspended. Once done it finds nothing."""
    account = event.data.account_id
    providers = await store.lock_providers_of(work, account)
    await store.forget_person(work, account)
    for provider in providers:
        await announce(work, provider.forgetting(account))
