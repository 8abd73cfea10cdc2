"""Opening accounts with a password."""

import asyncio
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import orjson
import structlog

from common.contacts import Contact
from common.idempotency import Once, Replayed
from common.inbox import OUTAGES
from common.settings import SHARED
from contracts.ids import AccountId, new_id
from identity.domain.account import OPERATOR, Account
from identity.domain.contact import email_from, name_from, phone_from
from identity.domain.refusals import EmailTaken
from identity.store import accounts
from identity.usecases import audited
from identity.usecases.context import IdentityContext
from identity.usecases.facts import publish_registered
from identity.usecases.sessions import LOGIN, Grant, start_session

log = structlog.get_logger()
_OPERATOR_NAME: Final = "Operaciones"
_TRIES: Final = 5


@dataclass(frozen=True, slots=True, repr=False)
class Registration:
    """Who registers, as they wrote it; `extra_roles` are scope tokens beside `client`."""

    email: str
    password: str
    name: str
    phone: str | None = None
    extra_roles: tuple[str, ...] = ()


async def register(context: IdentityContext, asked: Registration, once: Once | None) -> Grant:
    """Open the account and log it in. A repeated request logs in to the account that the first one opened."""
    try:
        account_id = await open_account(context, asked, once)
    except Replayed as before:
        account_id = AccountId(UUID(orjson.loads(before.body)["accountId"]))
    return await start_session(context, account_id)


async def open_account(context: IdentityContext, asked: Registration, once: Once | None = None) -> AccountId:
    """EmailTaken when the address has an account. With `once` only the account's id is remembered, never a token."""
    address = email_from(asked.email)
    phone = phone_from(asked.phone) if asked.phone is not None else None
    contact = Contact(name_from(asked.name), phone, address)
    password_hash = await context.hasher.hash(asked.password)
    account_id = AccountId(new_id())
    sealed = context.safe.close(account_id, contact)
    async with context.uow.begin(SHARED, once) as work:
        if await accounts.lock_marked(work, context.safe.marks(LOGIN, address)) is not None:
            raise EmailTaken
        account = Account.register(account_id, sealed, asked.extra_roles, await work.now())
        account = await publish_registered(work, account)
        if not await accounts.insert_account(work, account, context.safe.mark(LOGIN, address), password_hash):
            raise EmailTaken
        work.audit(*(audited.role_taken_on(account_id, role) for role in asked.extra_roles))
        return await work.finish(account_id)


async def ensure_first_operator(context: IdentityContext) -> None:
    """The operator whom the settings name is made unless the address has an account; two processes make one."""
    wanted = context.first_operator
    if wanted is None:
        return
    for attempt in range(1, _TRIES + 1):
        try:
            asked = Registration(wanted.email, wanted.password, _OPERATOR_NAME, extra_roles=(OPERATOR,))
            log.info("operator.made", account_id=str(await open_account(context, asked)))
        except EmailTaken:
            log.info("operator.present")
        except OUTAGES as error:
            log.warning("operator.again", error=type(error).__name__)
            await asyncio.sleep(attempt)
            continue
        return
