"""What a person sees, changes, takes along and erases of themselves (Ley 25.326, articles 14 to 16)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from common.contacts import Contact
from common.errors import Unauthenticated
from common.settings import SHARED
from contracts.ids import AccountId
from identity.domain.account import Account
from identity.domain.attempts import Attempts
from identity.domain.contact import name_from, phone_from
from identity.domain.guest import QUOTA
from identity.domain.session import SessionRecord
from identity.store import accounts, attempts, guests, sessions
from identity.usecases import audited
from identity.usecases.context import IdentityContext
from identity.usecases.facts import publish_changed_contact, publish_erased, publish_forgotten

MOST_SESSIONS: Final = 100


@dataclass(frozen=True, slots=True, repr=False)
class Profile:
    """The account and the person, opened for their owner."""

    account: Account
    contact: Contact


@dataclass(frozen=True, slots=True, repr=False)
class Change:
    """What to change, as it was written. A field is left alone unless it is in `fields`; a phone of None is removed."""

    fields: frozenset[str]
    name: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Holdings:
    """Everything identity holds of a person."""

    profile: Profile
    sessions: Sequence[SessionRecord]
    attempts: Attempts | None
    codes_sent: Sequence[datetime]


async def view_profile(context: IdentityContext, account_id: AccountId) -> Profile:
    """Unauthenticated for an account that is gone, whose token is still running out."""
    async with context.uow.read(SHARED) as session:
        return _opened(context, await accounts.find_account(session, account_id))


async def change_profile(context: IdentityContext, account_id: AccountId, change: Change) -> Profile:
    """Publishes the change; nothing when nothing changed."""
    async with context.uow.begin(SHARED) as work:
        profile = _opened(context, await accounts.lock_account(work, account_id))
        contact = _changed(profile, change)
        if contact == profile.contact:
            return profile
        account = profile.account.with_contact(context.safe.close(account_id, contact))
        account = await publish_changed_contact(work, account)
        await accounts.save_account(work, account)
        return Profile(account, contact)


async def erase(context: IdentityContext, account_id: AccountId) -> None:
    """Contact, password, sessions and codes go, the id stays, and who holds copies is told. Harmless when repeated."""
    async with context.uow.begin(SHARED) as work:
        account = await accounts.lock_account(work, account_id)
        if account is None:
            raise Unauthenticated
        if account.erased_at is not None:
            return
        mark = await accounts.find_mark(work, account_id)
        await sessions.delete_sessions(work, account_id)
        await attempts.forget_attempts(work, mark)
        for challenge in await guests.delete_challenges(work, mark):
            if challenge.settled_at is None:
                await publish_forgotten(work, challenge)
        gone = await publish_erased(work, account.erase(await work.now()))
        await accounts.erase_account(work, gone)
        work.audit(audited.erased(account_id))


async def export(context: IdentityContext, account_id: AccountId) -> Holdings:
    """All of it, in one consistent reading."""
    async with context.uow.begin(SHARED) as work:
        profile = _opened(context, await accounts.lock_account(work, account_id))
        mark = await accounts.find_mark(work, account_id)
        work.audit(audited.exported(account_id))
        return Holdings(
            profile,
            await sessions.page_sessions(work, account_id, MOST_SESSIONS),
            await attempts.find_attempts(work, mark),
            await guests.find_sent(work, [mark], QUOTA),
        )


def _opened(context: IdentityContext, account: Account | None) -> Profile:
    if account is None or account.sealed is None:
        raise Unauthenticated
    return Profile(account, context.safe.open(account.id, account.sealed))


def _changed(profile: Profile, change: Change) -> Contact:
    contact = profile.contact
    if "name" in change.fields:
        contact = replace(contact, name=name_from(change.name or ""))
    if "phone" in change.fields:
        profile.account.check_phone_may_change()
        contact = replace(contact, phone=phone_from(change.phone) if change.phone is not None else None)
    return contact
