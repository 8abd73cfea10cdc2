"""Earning: once the service is over, what a payment brought and keeps is shared out in the ledger."""

from datetime import timedelta
from typing import Final

import structlog

from common.settings import SHARED
from common.telemetry import span
from common.uow import Work
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
_BATCH: Final = 50


async def earn_what_is_over(context: PaymentsContext, scope: str) -> int:
    """Share out what is due. While money is going back nothing is: the provider would see it come and go."""
    if scope == SHARED or context.upgrading.earning_paused:
        return 0
    async with context.uow.begin(scope) as work:
        due = await store.claim_earnings(work, _BATCH)
        for intent in due:
            going_back = await store.is_going_back(work, intent.id)
            if going_back is None:
                await _earn(work, intent)
            else:
                await store.earn_later(work, intent.id, _GOING_BACK_WAIT if going_back else _STUCK_WAIT)
    return len(due)


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
