"""Earning: once the service is over, what a payment brought and keeps is shared out in the ledger."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Final

import structlog

from common.due import OneByOne, settle_due
from common.settings import SHARED
from common.telemetry import span
from common.uow import Work
from contracts.ids import PaymentId
from payments import store
from payments.domain import ledger
from payments.domain.intent import Intent
from payments.usecases.context import PaymentsContext
from payments.usecases.posting import post

log = structlog.get_logger()
REFUND_WAIT: Final = timedelta(seconds=5)
"""Booking tells of a cancellation and of its refund in two topics: by then the refund is known."""
_GOING_BACK_WAIT: Final = timedelta(seconds=30)
_STUCK_WAIT: Final = timedelta(hours=1)
_UNREADABLE_WAIT: Final = timedelta(minutes=1)
_BATCH: Final = 50


async def earn_what_is_over(context: PaymentsContext, scope: str) -> int:
    """Share out what is due. While money is going back nothing is: the provider would see it come and go."""
    if scope == SHARED or context.upgrading.earning_paused:
        return 0
    apart = OneByOne(
        partial(_find_due, context, scope), partial(_settle_one, context, scope), partial(_put_off, context, scope)
    )
    return await settle_due("earn_what_is_over", partial(_settle_batch, context, scope), apart)


async def _settle_batch(context: PaymentsContext, scope: str) -> int:
    async with context.uow.begin(scope) as work:
        due = await store.claim_earnings(work, _BATCH)
        for intent in due:
            await _settle(work, intent)
    return len(due)


async def _find_due(context: PaymentsContext, scope: str) -> Sequence[PaymentId]:
    async with context.uow.read(scope) as session:
        return await store.find_due_earnings(session, _BATCH)


async def _settle_one(context: PaymentsContext, scope: str, intent_id: PaymentId) -> None:
    async with context.uow.begin(scope) as work:
        if (intent := await store.lock_due_earning(work, intent_id)) is not None:
            await _settle(work, intent)


async def _put_off(context: PaymentsContext, scope: str, intent_id: PaymentId) -> None:
    async with context.uow.begin(scope) as work:
        await store.put_off_earning(work, intent_id, _UNREADABLE_WAIT)


async def _settle(work: Work, intent: Intent) -> None:
    going_back = await store.is_going_back(work, intent.id)
    if going_back is None:
        await _earn(work, intent)
    else:
        await store.earn_later(work, intent.id, _GOING_BACK_WAIT if going_back else _STUCK_WAIT)


async def _earn(work: Work, intent: Intent) -> None:
    with span("payment earned", traceparent=intent.traceparent):
        charges = await store.find_charges(work, intent.id)
        if any(ledger.lacks_hold(each) for each in charges):
            await store.earn_later(work, intent.id, _STUCK_WAIT)
            return
        for charge in charges:
            for entry in ledger.earn(intent, charge):
                await post(work, intent, charge.id, entry)
        await store.earn_done(work, intent.id)
        log.info("payment.earned", payment_id=str(intent.id), booking_id=str(intent.booking_id))
