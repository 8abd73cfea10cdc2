"""Login, refresh, logout."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Final

import structlog

from common.errors import Unauthenticated
from common.settings import SHARED
from common.uow import Work
from contracts.ids import AccountId, new_id
from identity.domain.account import Account
from identity.domain.attempts import FORGOTTEN_AFTER
from identity.domain.contact import Email, email_from
from identity.domain.refusals import InvalidRefreshToken, TooManyAttempts, WrongCredentials
from identity.domain.session import KEPT_AFTER_END, LONGEST, MOST_PER_ACCOUNT, Presented, Session, SessionId
from identity.store import accounts, attempts, sessions
from identity.store.accounts import Credentials
from identity.usecases import audited
from identity.usecases.context import IdentityContext
from identity.usecases.metrics import LOGINS_FAILED

log = structlog.get_logger()
LOGIN: Final = "login"
"""The purpose of the mark under which a registered account is found."""
_TOKEN_BYTES: Final = 32


@dataclass(frozen=True, slots=True, repr=False)
class Grant:
    """Tokens for an account; `expires_in` is the access token's life in seconds. Never logged: it has no repr."""

    account_id: AccountId
    access_token: str
    expires_in: int
    refresh_token: str | None = None


async def login(context: IdentityContext, email: str, password: str) -> Grant:
    """Unknown account and wrong password look alike: same refusal, same work, same throttling."""
    address = email_from(email)
    await _count_attempt(context, context.safe.mark(LOGIN, address))
    async with context.uow.read(SHARED) as session:
        found = await accounts.find_credentials(session, context.safe.marks(LOGIN, address))
    matches = await context.hasher.verify(found.password_hash if found else None, password)
    if found is None or not matches:
        LOGINS_FAILED.labels("password").inc()
        await _note_failure(context, address, found)
        raise WrongCredentials
    await _settle_attempt(context, address, found, password)
    return await start_session(context, found.account_id)


async def start_session(context: IdentityContext, account_id: AccountId) -> Grant:
    """A new family with its first refresh token; Unauthenticated when the account is gone."""
    async with context.uow.begin(SHARED) as work:
        now = await work.now()
        account = await accounts.lock_account(work, account_id)
        if account is None or account.erased_at is not None:
            raise Unauthenticated
        session = Session(SessionId(new_id()), account_id, now + LONGEST, False, now, False)
        await sessions.insert_session(work, session, now)
        await sessions.revoke_beyond(work, account_id, MOST_PER_ACCOUNT, now, now + KEPT_AFTER_END)
        refresh_token = await _add_token(work, session, now)
        work.audit(audited.logged_in(account_id, "password"))
    return replace(access_grant(context, account), refresh_token=refresh_token)


def access_grant(context: IdentityContext, account: Account) -> Grant:
    """An access token alone, with the account's roles as they are now."""
    token = context.signer.sign(account.id, account.roles)
    return Grant(account.id, token.text, token.expires_in)


async def refresh(context: IdentityContext, token: str) -> Grant:
    """One token for another. One that was used before revokes its whole family, and that is kept."""
    async with context.uow.begin(SHARED) as work:
        session = await sessions.lock_by_token(work, _hash(token))
        account = await accounts.find_account(work, session.account_id) if session else None
        renewed = await _renew(work, session, token) if session else None
    if account is None or renewed is None:
        raise InvalidRefreshToken
    return replace(access_grant(context, account), refresh_token=renewed)


async def logout(context: IdentityContext, token: str) -> None:
    """The token's family ends, whichever of its tokens this is; an unknown one says nothing."""
    async with context.uow.begin(SHARED) as work:
        now = await work.now()
        session = await sessions.lock_by_token(work, _hash(token))
        if session is not None:
            await sessions.revoke(work, session.id, now, now + KEPT_AFTER_END)


async def _count_attempt(context: IdentityContext, mark: bytes) -> None:
    """Counted, and committed, before the password is looked at."""
    async with context.uow.begin(SHARED) as work:
        now = await work.now()
        made = await attempts.lock_attempts(work, mark)
        if wait := made.wait(now):
            raise TooManyAttempts(wait.total_seconds())
        await attempts.save_attempts(work, mark, made.count(now), now + FORGOTTEN_AFTER)


async def _note_failure(context: IdentityContext, address: Email, found: Credentials | None) -> None:
    """On record for an account. For nobody's address as much is written, so that the time does not tell them apart."""
    async with context.uow.begin(SHARED) as work:
        if found is not None:
            work.audit(audited.login_failed(found.account_id, "password"))
        else:
            await attempts.lock_attempts(work, context.safe.mark(LOGIN, address))


async def _settle_attempt(context: IdentityContext, address: Email, found: Credentials, password: str) -> None:
    """It was the owner: forget the failures, and keep a hash of today's strength."""
    stored = found.password_hash
    fresh = await context.hasher.hash(password) if stored and context.hasher.is_outdated(stored) else None
    async with context.uow.begin(SHARED) as work:
        await attempts.forget_attempts(work, context.safe.mark(LOGIN, address))
        if stored and fresh:
            await accounts.replace_password_hash(work, found.account_id, stored, fresh)


async def _renew(work: Work, session: Session, token: str) -> str | None:
    now = await work.now()
    presented = session.present(now)
    if presented is Presented.REUSED:
        await sessions.revoke(work, session.id, now, now + KEPT_AFTER_END)
        work.audit(audited.refresh_reused(session))
        log.warning("refresh.reused", account_id=str(session.account_id), session_id=str(session.id))
    if presented is not Presented.GOOD:
        return None
    await sessions.use_token(work, _hash(token), session.id, now)
    return await _add_token(work, session, now)


async def _add_token(work: Work, session: Session, now: datetime) -> str:
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    await sessions.insert_token(work, _hash(token), session.id, session.next_token_expires_at(now))
    return token


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()
