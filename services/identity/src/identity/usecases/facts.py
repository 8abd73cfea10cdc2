"""An account's public state as the facts that tell of it. Each published fact takes the account's next version."""

from typing import TypeVar

from common.uow import Work
from contracts.base import Fact
from contracts.identity import (
    AccountContact,
    AccountErased,
    AccountFact,
    AccountKind,
    AccountRegistered,
    AccountUpdated,
)
from contracts.ids import AccountId
from identity.crypto.safe import as_event
from identity.domain.account import Account
from identity.domain.guest import Challenge

F = TypeVar("F", bound=AccountFact)


async def publish_registered(work: Work, account: Account) -> Account:
    """account.registered and account.contact; the account at its last version."""
    return await _publish_with_contact(work, account, AccountRegistered)


async def publish_changed_contact(work: Work, account: Account) -> Account:
    """account.updated and account.contact; the account at its last version."""
    return await _publish_with_contact(work, account, AccountUpdated)


async def publish_updated(work: Work, account: Account) -> Account:
    """account.updated; the account at its new version."""
    changed = account.next()
    await work.publish(updated(changed))
    return changed


async def publish_resealed(work: Work, account: Account) -> Account:
    """account.contact alone; the account at its new version."""
    changed = account.next()
    await work.publish(contact_of(changed))
    return changed


async def publish_erased(work: Work, account: Account) -> Account:
    """account.erased and the contact's tombstone; the account at its last version."""
    gone, forgotten = account.next(), account.next().next()
    await work.publish(erased(gone), contact_tombstone(account.id, forgotten.version))
    return forgotten


async def publish_forgotten(work: Work, challenge: Challenge) -> None:
    """The tombstone of the contact a code was sent to, when its id became nobody's."""
    await work.publish(contact_tombstone(challenge.id, challenge.version + 1))


def updated(account: Account) -> AccountUpdated:
    return _state(AccountUpdated, account)


def erased(account: Account) -> AccountErased:
    return _state(AccountErased, account)


def current(account: Account) -> Fact:
    """What a new reader is told of the account."""
    return updated(account) if account.erased_at is None else erased(account)


def contact_of(account: Account) -> AccountContact:
    """The sealed contact; a tombstone when there is none."""
    if account.sealed is None:
        return contact_tombstone(account.id, account.version)
    return as_event(account.id, account.version, account.sealed)


def contact_tombstone(account_id: AccountId, version: int) -> AccountContact:
    """What erases the contact everywhere."""
    return AccountContact(account_id=account_id, version=version, key_id="", nonce="", sealed="")


async def _publish_with_contact(work: Work, account: Account, kind: type[AccountFact]) -> Account:
    told, reachable = account.next(), account.next().next()
    await work.publish(_state(kind, told), contact_of(reachable))
    return reachable


def _state(kind: type[F], account: Account) -> F:
    return kind(
        version=account.version,
        account_id=account.id,
        kind=AccountKind(account.kind.value),
        roles=account.roles,
        locale=account.locale,
    )
