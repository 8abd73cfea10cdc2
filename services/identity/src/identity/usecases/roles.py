"""Roles, given and taken by operators."""

from common.audit import Entry
from common.errors import NotFound
from common.idempotency import Once
from common.settings import SHARED
from common.uow import Work
from contracts.ids import AccountId
from identity.domain.account import Account, Role, may_be_given, scope_token
from identity.domain.refusals import UnknownRole
from identity.store import accounts
from identity.usecases import audited
from identity.usecases.context import IdentityContext
from identity.usecases.facts import publish_updated


async def give_role(
    context: IdentityContext,
    account_id: AccountId,
    role: Role,
    vertical: str,
    asked_by: AccountId,
    once: Once | None,
) -> Account:
    """It counts from the account's next token on."""
    token = _token(context, role, vertical)
    async with context.uow.begin(SHARED, once) as work:
        account = await _lock(work, account_id)
        given = await _save(work, account, account.give(token), audited.role_given(account_id, token, asked_by))
        return await work.finish(given)


async def take_role(
    context: IdentityContext, account_id: AccountId, role: Role, vertical: str, asked_by: AccountId
) -> Account:
    """Running tokens keep it for at most their 15 minutes."""
    token = _token(context, role, vertical)
    async with context.uow.begin(SHARED) as work:
        account = await _lock(work, account_id)
        left = account.take(token, asked_by)
        return await _save(work, account, left, audited.role_taken(account_id, token, asked_by))


def _token(context: IdentityContext, role: Role, vertical: str) -> str:
    if not may_be_given(role, vertical, frozenset(context.verticals.names())):
        raise UnknownRole
    return scope_token(role, vertical)


async def _lock(work: Work, account_id: AccountId) -> Account:
    account = await accounts.lock_account(work, account_id)
    if account is None or account.erased_at is not None:
        raise NotFound
    return account


async def _save(work: Work, before: Account, after: Account, entry: Entry) -> Account:
    if after == before:
        return before
    work.audit(entry)
    after = await publish_updated(work, after)
    await accounts.save_account(work, after)
    return after
