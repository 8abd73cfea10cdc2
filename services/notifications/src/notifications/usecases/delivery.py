"""Sending what is due: leased in one transaction, sent outside of any, marked in a second with its event."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from hashlib import sha256
from typing import Final, TypeAlias

import structlog
from opentelemetry.trace import SpanKind

from common import telemetry
from common.contacts import Contact, UnreadableContactError, unseal
from common.due import OneByOne, settle_due
from common.inbox import OUTAGES
from common.uow import Work
from common.verticals import Vertical
from contracts.identity import AccountContact
from contracts.ids import NotificationId
from contracts.notifications import Channel as PublicChannel
from contracts.notifications import NotificationFailed, NotificationSent
from notifications import store
from notifications.domain.dossier import judge
from notifications.domain.notification import CODES, LEASE, Channel, Notification, Reason, Status
from notifications.domain.outcome import Accepted, Outcome, Refused, TryLater, Unclear
from notifications.usecases.context import NotificationsContext, house
from notifications.usecases.letters import write_letter
from notifications.usecases.metrics import DELIVERIES, UNDECIDED

log = structlog.get_logger()
BATCH: Final = 6
"""Messages in flight per channel and vertical: no more than the pool has connections to mark them with."""
_LINES: Final = {step: f"notification.{step}" for step in ("sent", "failed", "void", "waiting", "retried", "rerouted")}
_MARK_AGAIN_SECONDS: Final = (0.2, 1.0, 3.0)
_UNREADABLE_WAIT: Final = timedelta(minutes=1)
_Judged: TypeAlias = tuple[store.Due, Notification]
"""A due row as it was found, and as it is written."""


async def deliver_whatsapp(context: NotificationsContext, scope: str) -> int:
    """One batch of due WhatsApp messages; how many rows were looked at."""
    return await deliver(context, scope, Channel.WHATSAPP)


async def deliver_email(context: NotificationsContext, scope: str) -> int:
    """One batch of due e-mails; how many rows were looked at."""
    return await deliver(context, scope, Channel.EMAIL)


async def deliver(context: NotificationsContext, scope: str, channel: Channel) -> int:
    """One batch of one channel, so that a slow channel holds up no other."""
    if channel in context.paused:
        return 0
    vertical = context.verticals.get(scope)
    count, leased = await _lease(context, vertical, channel)
    results = await asyncio.gather(*(_deliver(context, vertical, due) for due in leased), return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return count


async def _lease(
    context: NotificationsContext, vertical: Vertical, channel: Channel
) -> tuple[int, Sequence[store.Due]]:
    """Judge each due row by what is known now; those to be sent are ours for the time of a lease."""
    judged: list[_Judged] = []
    apart = OneByOne(
        partial(_find_due, context, vertical.id, channel),
        partial(_judge_one, context, vertical, channel, judged),
        partial(_put_off, context, vertical.id),
    )
    count = await settle_due(f"deliver_{channel}", partial(_judge_batch, context, vertical, channel, judged), apart)
    ours = [replace(due, notification=after) for due, after in judged if after.status is Status.SENDING]
    return count, ours


async def _judge_batch(
    context: NotificationsContext, vertical: Vertical, channel: Channel, judged: list[_Judged]
) -> int:
    async with context.uow.begin(vertical.id) as work:
        found = await _judge(work, await store.lock_due(work, channel, BATCH, house(vertical)))
    _keep(judged, found)
    return len(found)


async def _judge_one(
    context: NotificationsContext, vertical: Vertical, channel: Channel, judged: list[_Judged], one: NotificationId
) -> None:
    async with context.uow.begin(vertical.id) as work:
        found = await _judge(work, await store.lock_due_one(work, channel, one, house(vertical)))
    _keep(judged, found)


async def _judge(work: Work, dues: Sequence[store.Due]) -> list[_Judged]:
    now = await work.now()
    found = [(due, judge(due.notification, due.dossier, now)) for due in dues]
    for due, after in found:
        with telemetry.span("notification due", traceparent=after.traceparent):
            await _save(work, due.notification, after)
    return found


def _keep(judged: list[_Judged], found: Sequence[_Judged]) -> None:
    """Only what was committed."""
    for due, after in found:
        _tell(due.notification, after)
    judged += found


async def _find_due(context: NotificationsContext, scope: str, channel: Channel) -> Sequence[NotificationId]:
    async with context.uow.read(scope) as session:
        return await store.find_due(session, channel, BATCH)


async def _put_off(context: NotificationsContext, scope: str, one: NotificationId) -> None:
    async with context.uow.begin(scope) as work:
        await store.put_off(work, one, _UNREADABLE_WAIT)


async def _deliver(context: NotificationsContext, vertical: Vertical, due: store.Due) -> None:
    ours = due.notification
    ids = {"notification.id": str(ours.id), "channel": ours.channel.value, "template": ours.template.value}
    with telemetry.span("notification delivery", SpanKind.CLIENT, ours.traceparent, ids):
        outcome = await _send(context, vertical, due)
        after = await _mark(context, vertical.id, ours, outcome)
        if after is not None:
            _tell(ours, after)


async def _send(context: NotificationsContext, vertical: Vertical, due: store.Due) -> Outcome:
    ours = due.notification
    if due.contact is None:
        return TryLater(Reason.NO_CONTACT)
    try:
        contact = unseal(due.contact, context.contact_keys)
        letter = write_letter(
            vertical, context.public_url, due, contact, _code_of(context, ours, contact), ours.due_at - LEASE
        )
        return await context.senders[ours.channel].send(letter)
    except UnreadableContactError:
        return TryLater(Reason.UNREADABLE)
    except Exception:
        # Rendering may fail in any way; one bad message must not stop the others, and is tried again after a repair.
        log.exception("notification.broken", notification_id=str(ours.id))
        return TryLater(Reason.BROKEN)


def _code_of(context: NotificationsContext, ours: Notification, contact: Contact) -> str | None:
    """The one-time code the message is about: closed in its row, or in the contact that it proves."""
    if ours.template not in CODES:
        return None
    if ours.code is not None:
        contact = unseal(
            AccountContact(
                account_id=ours.account_id,
                version=0,
                key_id=ours.code.key_id,
                nonce=ours.code.nonce,
                sealed=ours.code.sealed,
            ),
            context.contact_keys,
        )
    return contact.verification.code if contact.verification is not None else None


async def _mark(context: NotificationsContext, scope: str, ours: Notification, outcome: Outcome) -> Notification | None:
    """Write the outcome, insisting through a short outage: a mark that is lost makes the message a doubt."""
    for pause in _MARK_AGAIN_SECONDS:
        try:
            return await _mark_once(context, scope, ours, outcome)
        except OUTAGES:
            await asyncio.sleep(pause)
    return await _mark_once(context, scope, ours, outcome)


async def _mark_once(
    context: NotificationsContext, scope: str, ours: Notification, outcome: Outcome
) -> Notification | None:
    async with context.uow.begin(scope) as work:
        now = await work.now()
        match outcome:
            case Accepted(message_id):
                after = ours.sent(now, sha256(message_id.encode()).hexdigest())
            case Refused(reason):
                after = ours.refused(reason)
            case TryLater(reason, at_least):
                after = ours.put_off(now, reason, at_least)
            case Unclear(reason):
                after = ours.unclear(now, reason)
        if await _save(work, ours, after):
            return after
    log.warning("notification.lease_lost", notification_id=str(ours.id))
    return None


async def _save(work: Work, before: Notification, after: Notification) -> bool:
    """The row, and beside it the event when this is its end. False when the lease was lost meanwhile."""
    if not await store.save_notification(work, before, after):
        return False
    facts = {
        "version": after.version,
        "notification_id": after.id,
        "account_id": after.account_id,
        "booking_id": after.booking_id,
        "channel": PublicChannel(after.channel),
        "template": after.template.value,
    }
    if after.status is Status.SENT:
        await work.publish(NotificationSent.model_validate(facts))
    elif after.status is Status.FAILED:
        await work.publish(NotificationFailed.model_validate(facts | {"reason": after.reason}))
    return True


def _tell(before: Notification, after: Notification) -> None:
    """Count and log a step, after its commit. Ids only."""
    if after.doubts > before.doubts:
        UNDECIDED.labels(after.channel).inc()
    if after.status is Status.SENDING:
        return
    step = after.status.value
    if after.status is Status.PENDING:
        step = "waiting" if after.waits > before.waits else "retried"
        if after.channel is not before.channel:
            step = "rerouted"
    DELIVERIES.labels(after.channel, step).inc()
    tell = log.warning if after.status is Status.FAILED else log.info
    tell(
        _LINES[step],
        notification_id=str(after.id),
        booking_id=str(after.booking_id) if after.booking_id is not None else None,
        channel=after.channel.value,
        template=after.template.value,
        reason=after.reason,
        trace_id=telemetry.trace_id_of(after.traceparent),
    )
