"""Whose a provider is: its owner changes it, operators read it, for everybody else it may not exist."""

from common.auth import Principal
from common.errors import NotFound
from common.uow import Work
from contracts.ids import ProviderId
from contracts.providers import ProviderUpdated
from providers import store
from providers.domain.provider import Provider, Status
from providers.usecases.facts import provider_fact


async def lock_own(work: Work, principal: Principal, provider_id: ProviderId) -> Provider:
    """Locked; NotFound for another's."""
    provider = await store.lock_provider(work, provider_id)
    if provider is None or provider.owner != principal.account_id:
        raise NotFound
    return provider


def sees_inside(principal: Principal | None, vertical: str, provider: Provider) -> bool:
    """Whether the caller is the owner or an operator of the vertical."""
    if principal is None:
        return False
    return principal.account_id == provider.owner or principal.has("operator", vertical)


def seen_by(principal: Principal | None, vertical: str, provider: Provider | None) -> Provider:
    """NotFound unless the provider is listed, or the caller sees inside."""
    if provider is None:
        raise NotFound
    if provider.status is not Status.ACTIVE and not sees_inside(principal, vertical, provider):
        raise NotFound
    return provider


async def announce(work: Work, provider: Provider) -> None:
    """Write the changed provider's row and tell the others."""
    await store.update_provider(work, provider)
    await work.publish(provider_fact(ProviderUpdated, provider))
