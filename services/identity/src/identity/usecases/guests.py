"""Guests: whoever proves a contact with a one-time code books without a password."""

import hmac
import secrets
from dataclasses import dataclass, replace
from uuid import UUID

import orjson

from common.contacts import Contact, Verification
from common.errors import InProgress
from common.idempotency import Once, Replayed
from common.settings import SHARED
from common.uow import Work
from contracts.ids import AccountId, new_id
from identity.crypto.safe import as_event
from identity.domain.account import Account
from identity.domain.contact import email_from, name_from, phone_from
from identity.domain.guest import CODE_DIGITS, QUOTA, QUOTA_PERIOD, Challenge, Channel, wait_before_sending
from identity.domain.refusals import NoContactGiven, TooManyCodes, WrongCode
from identity.store import accounts, guests
from identity.usecases import audited
from identity.usecases.context import IdentityContext
from identity.usecases.facts import publish_changed_contact, publish_forgotten, publish_registered
from identity.usecases.metrics import LOGINS_FAILED
from identity.usecases.sessions import Grant, access_grant


@dataclass(frozen=True, slots=True, repr=False)
class CodeRequest:
    """Who asks for a code, as they wrote it, and the vertical they ask in."""

    name: str
    phone: str | None
    email: str | None
    vertical: str


async def send_code(context: IdentityContext, asked: CodeRequest, once: Once | None) -> AccountId:
    """A code travels, sealed, to the phone or else to the e-mail. The id is a new one each time.

    An id of its own, because nobody has proved anything yet: under the account's id the words of a stranger would
    replace its owner's.
    """
    contact = Contact(
        name_from(asked.name),
        phone_from(asked.phone) if asked.phone is not None else None,
        email_from(asked.email) if asked.email is not None else None,
    )
    channel, purpose, value = proof_of(contact)
    async with context.uow.begin(SHARED, once) as work:
        now = await work.now()
        marks = context.safe.marks(purpose, value)
        await accounts.lock_mark(work, marks)
        if wait := wait_before_sending(await guests.find_sent(work, marks, QUOTA), now):
            raise TooManyCodes(wait.total_seconds())
        id_, code = AccountId(new_id()), _new_code()
        sealed = context.safe.close(id_, contact)
        challenge = Challenge(id_, 1, channel, context.safe.mark("code", f"{id_}:{code}"), sealed, now)
        await guests.insert_challenge(work, challenge, context.safe.mark(purpose, value), now + QUOTA_PERIOD)
        verification = Verification(code, channel, challenge.expires_at.isoformat(), asked.vertical)
        await _send(context, work, challenge, replace(contact, verification=verification))
        return await work.finish(id_)


async def verify_code(context: IdentityContext, guest_id: AccountId, code: str, once: Once | None) -> Grant:
    """Tokens for the contact's guest account, opened when there is none; a wrong code costs a try, for good."""
    try:
        account = await _try_code(context, guest_id, code, once)
    except Replayed as before:
        account = await _repeat(context, guest_id, AccountId(UUID(orjson.loads(before.body)["accountId"])))
    if account is None or account.erased_at is not None:
        raise WrongCode
    return access_grant(context, account)


async def _try_code(context: IdentityContext, guest_id: AccountId, code: str, once: Once | None) -> Account | None:
    async with context.uow.begin(SHARED, once) as work:
        now = await work.now()
        challenge = await guests.lock_challenge(work, guest_id)
        if challenge is None or not challenge.is_open(now):
            return None
        if not _is_right(context, challenge, code):
            await guests.save_challenge(work, challenge.miss())
            LOGINS_FAILED.labels("code").inc()
            return None
        await guests.save_challenge(work, challenge.settle(now))
        account = await _admit(context, work, challenge)
        work.audit(audited.logged_in(account.id, "code"))
        await work.finish(account.id)
        return account


async def _repeat(context: IdentityContext, guest_id: AccountId, account_id: AccountId) -> Account | None:
    """The same request again: good for as long as the code was."""
    async with context.uow.begin(SHARED) as work:
        challenge = await guests.lock_challenge(work, guest_id)
        if challenge is None or await work.now() >= challenge.expires_at:
            return None
        return await accounts.find_account(work, account_id)


async def _admit(context: IdentityContext, work: Work, challenge: Challenge) -> Account:
    """The contact's account: the one it has, with the new words, or a new one with the challenge's id."""
    contact = context.safe.open(challenge.id, challenge.sealed)
    _, purpose, value = proof_of(contact)
    known = await accounts.lock_marked(work, context.safe.marks(purpose, value))
    if known is not None:
        await publish_forgotten(work, challenge)
        return await _refresh_contact(context, work, known, contact)
    account = Account.admit_guest(challenge.id, challenge.version, challenge.sealed, await work.now())
    account = await publish_registered(work, account)
    if not await accounts.insert_account(work, account, context.safe.mark(purpose, value), None):
        raise InProgress
    return account


async def _refresh_contact(context: IdentityContext, work: Work, account: Account, given: Contact) -> Account:
    held = context.safe.open(account.id, account.sealed) if account.sealed else given
    contact = replace(given, phone=given.phone or held.phone, email=given.email or held.email)
    if contact == held:
        return account
    changed = account.with_contact(context.safe.close(account.id, contact))
    changed = await publish_changed_contact(work, changed)
    await accounts.save_account(work, changed)
    return changed


async def _send(context: IdentityContext, work: Work, challenge: Challenge, contact: Contact) -> None:
    """Only the contact that is being proved travels, beside the name and the code."""
    letter = replace(contact, email=None) if challenge.channel is Channel.WHATSAPP else replace(contact, phone=None)
    await work.publish(as_event(challenge.id, challenge.version, context.safe.close(challenge.id, letter)))


def proof_of(contact: Contact) -> tuple[Channel, str, str]:
    """How the contact is proved: channel, purpose of the mark, and what is marked."""
    if contact.phone is not None:
        return Channel.WHATSAPP, "guest phone", contact.phone
    if contact.email is not None:
        return Channel.EMAIL, "guest email", contact.email
    raise NoContactGiven


def _new_code() -> str:
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"


def _is_right(context: IdentityContext, challenge: Challenge, code: str) -> bool:
    marks = context.safe.marks("code", f"{challenge.id}:{code}")
    return any(hmac.compare_digest(mark, challenge.code_mark) for mark in marks)
