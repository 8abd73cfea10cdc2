"""Whose a provider's money is to see and to manage: its owner's and the vertical's operators'."""

from common.auth import Principal
from common.db import Session
from common.errors import NotFound
from contracts.ids import AccountId, ProviderId
from payments import store


async def may_manage(session: Session, scope: str, caller: Principal, provider_id: ProviderId) -> bool:
    """Whether the provider's owner or an operator is asking."""
    return _manages(await store.find_owner(session, provider_id), scope, caller)


async def must_manage(session: Session, scope: str, caller: Principal, provider_id: ProviderId) -> AccountId | None:
    """The provider's owner, None while nobody told us of it; NotFound unless that or an operator is asking."""
    owner = await store.find_owner(session, provider_id)
    if not _manages(owner, scope, caller):
        raise NotFound
    return owner


async def owner_for(session: Session, scope: str, caller: Principal, provider_id: ProviderId) -> AccountId:
    """The same where an unknown provider has nothing to show: NotFound then too."""
    owner = await must_manage(session, scope, caller, provider_id)
    if owner is None:
        raise NotFound
    return owner


def _manages(owner: AccountId | None, scope: str, caller: Principal) -> bool:
    return owner == caller.account_id or caller.has("operator", scope)
