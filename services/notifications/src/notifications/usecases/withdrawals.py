"""What a withdrawal calls for: its one-time code to the client, and a receipt once it is proved."""

import structlog

from common.telemetry import current_traceparent
from common.uow import Work
from contracts.envelope import Event
from contracts.payments import WithdrawalCode, WithdrawalConfirmed
from notifications import store
from notifications.domain.notification import Channel, SealedCode
from notifications.domain.plan import Withdrawal, plan_withdrawal_code, plan_withdrawn
from notifications.usecases.context import NotificationsContext
from notifications.usecases.planning import rules_for

log = structlog.get_logger()


async def send_withdrawal_code(_context: NotificationsContext, work: Work, event: Event[WithdrawalCode]) -> None:
    """By the one channel that the person named; it stays closed until it is sent."""
    fact = event.data
    try:
        channel = Channel(fact.channel)
    except ValueError:
        log.warning("withdrawal.unknown_channel", withdrawal_id=str(fact.withdrawal_id))
        return
    code = SealedCode(fact.key_id, fact.nonce, fact.sealed)
    planned = plan_withdrawal_code(_withdrawal(fact), channel, code, fact.expires_at, await work.now())
    await store.insert_planned(work, [planned], current_traceparent())


async def tell_withdrawal(context: NotificationsContext, work: Work, event: Event[WithdrawalConfirmed]) -> None:
    """The receipt that the law asks for."""
    rules = await rules_for(context, work, event.data.client_id)
    planned = plan_withdrawn(_withdrawal(event.data), rules, await work.now())
    await store.insert_planned(work, [*planned], current_traceparent())


def _withdrawal(fact: WithdrawalCode | WithdrawalConfirmed) -> Withdrawal:
    return Withdrawal(fact.withdrawal_id, fact.client_id, fact.booking_id, fact.tracking_code)
