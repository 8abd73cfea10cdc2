"""Registering, renaming, licensing, verifying and showing providers."""

from dataclasses import dataclass
from uuid import UUID

from common.audit import Entry
from common.auth import Principal
from common.db import Session
from common.errors import NotFound
from common.idempotency import Once
from common.service import Context
from common.verticals import Vertical
from contracts.ids import ProviderId, new_id
from contracts.providers import ProviderRegistered, ProviderUpdated, ProviderVerified
from providers import store
from providers.domain.naming import SlugTaken, alternatives, slug_of
from providers.domain.parts import Licence, LicenceId, LimitReached
from providers.domain.profile import Profile
from providers.domain.provider import MAX_PROVIDERS_OF_ACCOUNT, Provider, Status
from providers.domain.provinces import Province
from providers.usecases.facts import provider_fact
from providers.usecases.ownership import lock_own, seen_by, sees_inside


@dataclass(frozen=True, slots=True)
class Naming:
    """What a provider is to be called; None keeps what was, or makes the slug from the name."""

    display_name: str | None = None
    slug: str | None = None


async def register_provider(
    context: Context, vertical: Vertical, principal: Principal, name: str, slug: str | None, once: Once | None
) -> Profile:
    """Listed at once where the vertical asks for no licence. SlugTaken with a free one beside it."""
    provider = Provider(
        id=ProviderId(new_id()),
        owner=principal.account_id,
        display_name=name,
        slug=slug or slug_of(name),
        status=Status.PENDING if vertical.licence.required else Status.ACTIVE,
    )
    async with context.uow.begin(vertical.id, once) as work:
        if await store.count_owned(work, provider.owner) >= MAX_PROVIDERS_OF_ACCOUNT:
            raise LimitReached(most=MAX_PROVIDERS_OF_ACCOUNT)
        if not await store.insert_provider(work, provider):
            raise await _slug_taken(work, provider.slug)
        await work.publish(provider_fact(ProviderRegistered, provider))
        return await work.finish(Profile(provider, inside=True))


async def rename_provider(
    context: Context, vertical: Vertical, principal: Principal, provider_id: ProviderId, naming: Naming
) -> Profile:
    """A new trade name, a new slug, or both."""
    async with context.uow.begin(vertical.id) as work:
        provider = (await lock_own(work, principal, provider_id)).called(naming.display_name, naming.slug)
        if not await store.rename_provider(work, provider):
            raise await _slug_taken(work, provider.slug)
        await work.publish(provider_fact(ProviderUpdated, provider))
        return await _profile(work, provider, inside=True)


async def add_licence(
    context: Context,
    vertical: Vertical,
    principal: Principal,
    provider_id: ProviderId,
    licence: tuple[str, Province, str],
    once: Once | None,
) -> Licence:
    """Profession, jurisdiction and number, to be checked by an operator."""
    async with context.uow.begin(vertical.id, once) as work:
        provider = await lock_own(work, principal, provider_id)
        given = Licence(LicenceId(new_id()), *licence)
        provider.with_licence(given)
        await store.insert_licence(work, provider.id, given)
        return await work.finish(given)


async def verify_provider(
    context: Context, vertical: Vertical, principal: Principal, provider_id: ProviderId, once: Once | None
) -> Profile:
    """An operator has checked the licences: the provider is listed. Saying it again changes nothing."""
    async with context.uow.begin(vertical.id, once) as work:
        provider = await store.lock_provider(work, provider_id)
        if provider is None:
            raise NotFound
        verified = provider.verified(await work.now())
        if verified is not provider:
            await store.verify_licences(work, provider.id, await work.now(), principal.account_id)
            await store.update_provider(work, verified)
            await work.publish(provider_fact(ProviderVerified, verified))
            # Who vouched for somebody's licence.
            work.audit(Entry("provider.verified", principal.account_id, provider.id))
        return await work.finish(await _profile(work, verified, inside=True))


async def show_provider(
    context: Context, vertical: Vertical, principal: Principal | None, which: ProviderId | str
) -> Profile:
    """By id or by slug. One that is not listed is shown to its owner and to operators only."""
    async with context.uow.read(vertical.id) as session:
        if isinstance(which, UUID):
            found = await store.find_provider(session, which)
        else:
            found = await store.find_provider_by_slug(session, which)
        provider = seen_by(principal, vertical.id, found)
        return await _profile(session, provider, sees_inside(principal, vertical.id, provider))


async def page_own_providers(
    context: Context, vertical: Vertical, principal: Principal, after: UUID, most: int
) -> list[Provider]:
    """The caller's own, by id."""
    async with context.uow.read(vertical.id) as session:
        return await store.page_owned(session, principal.account_id, after, most)


async def _profile(session: Session, provider: Provider, inside: bool) -> Profile:
    services = await store.find_services(session, provider.id)
    schedules = await store.find_schedules(session, provider.id)
    shown = tuple(service for service in services if inside or service.active)
    return Profile(provider, shown, tuple(schedules), inside)


async def _slug_taken(session: Session, slug: str) -> SlugTaken:
    tries = alternatives(slug)
    taken = await store.find_taken_slugs(session, tries)
    free = next((one for one in tries if one not in taken), None)
    return SlugTaken(suggestion=free, fields=[{"field": "slug", "reason": "taken"}])
