"""What falls due, and what a new reader is told."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import structlog

from common.contacts import UnreadableContactError
from common.service import first_id
from common.uow import Work
from contracts.base import Fact
from identity.domain.account import Account, Kind
from identity.store import accounts, attempts, guests, sessions
from identity.usecases.context import IdentityContext
from identity.usecases.facts import contact_of, current, publish_forgotten, publish_resealed
from identity.usecases.guests import proof_of
from identity.usecases.metrics import CONTACTS_UNREADABLE
from identity.usecases.sessions import LOGIN

log = structlog.get_logger()
_AT_ONCE: Final = 200
_RESEALED_AT_ONCE: Final = 50


async def forget_codes(context: IdentityContext, scope: str) -> int:
    """One-time codes past their time; a contact that nobody proved is erased wherever it went."""
    async with context.uow.begin(scope) as work:
        gone = await guests.drop_old_challenges(work, _AT_ONCE)
        for challenge in gone:
            if challenge.settled_at is None:
                await publish_forgotten(work, challenge)
        return len(gone)


async def forget_sessions(context: IdentityContext, scope: str) -> int:
    """Sessions that ended long enough ago, with their tokens."""
    async with context.uow.begin(scope) as work:
        return await sessions.drop_old_sessions(work, _AT_ONCE)


async def forget_attempts(context: IdentityContext, scope: str) -> int:
    """Failed logins that no longer count."""
    async with context.uow.begin(scope) as work:
        return await attempts.drop_old_attempts(work, _AT_ONCE)


async def reseal(context: IdentityContext, scope: str) -> int:
    """Contacts sealed with another than the active key, sealed again: when none is left that key may go.

    One that cannot be opened is passed over and counted, so that it holds up no other; it is tried again in each round.
    """
    after, done, unreadable = ("", first_id()), 0, 0
    while done == 0:
        async with context.uow.begin(scope) as work:
            stale = await accounts.lock_sealed_with(work, context.safe.former_key_ids, after, _RESEALED_AT_ONCE)
            done = sum([await _reseal(context, work, account) for account in stale])
        unreadable += len(stale) - done
        if len(stale) < _RESEALED_AT_ONCE:
            break
        last = stale[-1]
        after = (last.sealed.key_id if last.sealed else "", last.id)
    CONTACTS_UNREADABLE.set(unreadable)
    if done or unreadable:
        (log.warning if unreadable else log.info)("contacts.resealed", count=done, unreadable=unreadable)
    return done


async def _reseal(context: IdentityContext, work: Work, account: Account) -> bool:
    try:
        contact = context.safe.open(account.id, account.sealed) if account.sealed else None
    except UnreadableContactError:
        contact = None
    if contact is None:
        return False
    if account.kind is Kind.GUEST:
        _, purpose, value = proof_of(contact)
    else:
        purpose, value = LOGIN, contact.email or ""
    changed = await publish_resealed(work, account.with_contact(context.safe.close(account.id, contact)))
    await accounts.save_account(work, changed)
    await accounts.replace_mark(work, account.id, context.safe.mark(purpose, value))
    return True


async def page_of_accounts(work: Work, after: UUID) -> Sequence[Fact]:
    """Every account as it stands; the erased ones as erased."""
    return [current(account) for account in await accounts.page_accounts(work, after, _AT_ONCE)]


async def page_of_contacts(work: Work, after: UUID) -> Sequence[Fact]:
    """Every contact, as it is sealed."""
    return [contact_of(account) for account in await accounts.page_contacts(work, after, _AT_ONCE)]
