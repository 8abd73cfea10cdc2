"""Contacts: kept sealed, forgotten on erasure, and the one-time codes that travel in them."""

from datetime import datetime

import structlog

from common.contacts import Contact, Verification, unseal
from common.telemetry import current_traceparent
from common.uow import Work
from contracts.envelope import Event
from contracts.identity import AccountContact, AccountErased
from contracts.ids import AccountId
from notifications import store
from notifications.domain.notification import Channel, Reason
from notifications.domain.plan import plan_code
from notifications.usecases.context import NotificationsContext

log = structlog.get_logger()


async def keep_contact(context: NotificationsContext, work: Work, event: Event[AccountContact]) -> None:
    """Keep the newest copy as it came; a tombstone deletes it. It is opened here only to see what it reaches."""
    fact = event.data
    if fact.is_tombstone:
        await _forget(work, fact.account_id)
        return
    contact = unseal(fact, context.contact_keys)
    kept = await store.upsert_contact(work, fact, _reachable(contact))
    if kept and contact.verification is not None and _is_mine(context, work.scope, contact.verification):
        await _plan_code(work, fact, contact.verification)


async def forget_account(_context: NotificationsContext, work: Work, event: Event[AccountErased]) -> None:
    """The person is to be forgotten: the copy goes, and whatever was still to be sent."""
    await _forget(work, event.data.account_id)


async def _forget(work: Work, account_id: AccountId) -> None:
    await store.erase_contact(work, account_id)
    await store.void_of_account(work, account_id, Reason.ERASED)


async def _plan_code(work: Work, fact: AccountContact, verification: Verification) -> None:
    try:
        channel = Channel(verification.channel)
    except ValueError:
        log.warning("verification.unknown_channel", account_id=str(fact.account_id))
        return
    expires_at = datetime.fromisoformat(verification.expires_at)
    code = plan_code(fact.account_id, fact.version, channel, expires_at, await work.now())
    await store.insert_planned(work, [code], current_traceparent())


def _is_mine(context: NotificationsContext, scope: str, verification: Verification) -> bool:
    """Every vertical reads the shared topic, one sends: that of the request, or else this process's first."""
    named = verification.vertical
    return scope == (named if named in context.verticals else min(context.uow.scopes))


def _reachable(contact: Contact) -> list[Channel]:
    found = {Channel.WHATSAPP: contact.phone, Channel.EMAIL: contact.email}
    return [channel for channel, address in found.items() if address]
