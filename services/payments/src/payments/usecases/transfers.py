"""`begin_transfer`: a client is told where to transfer what, and under which reference. Nobody else is asked."""

from dataclasses import replace
from datetime import datetime

import structlog

from common.errors import NotFound
from common.idempotency import Once
from common.telemetry import span
from common.uow import Work
from common.verticals import Vertical
from contracts.ids import AccountId
from payments import store
from payments.domain.intent import Intent
from payments.domain.payable import Payable, PaymentChanging
from payments.domain.purpose import Wanted, Wish
from payments.domain.switches import Method
from payments.domain.transfer import TRANSFER_DAYS, code_of
from payments.usecases.begin import is_wanted, lock_for_payment, new_intent
from payments.usecases.context import PaymentsContext
from payments.usecases.facts import tell_pending
from payments.usecases.wanting import slowly, wait_for_payable, want

log = structlog.get_logger()


async def begin_transfer(
    context: PaymentsContext, vertical: Vertical, client_id: AccountId, wish: Wish, once: Once | None
) -> Intent:
    """The booking's open intent of that purpose with its reference. A named refusal when it cannot be paid so now."""
    payable = await wait_for_payable(context, vertical.id, wish.booking_id, wish.purpose)
    if payable.client_id != client_id:
        raise NotFound
    with span("payment begun", traceparent=payable.traceparent):
        async with context.uow.begin(vertical.id, once) as work:
            now = await work.now()
            payable, latest, request_key = await lock_for_payment(work, wish, once)
            wanted = await want(work, vertical, payable, latest, wish)
            if latest is None or not latest.is_open:
                context.switches.admit(Method.TRANSFER)
                context.upgrading.admit(wish.purpose)
                wanted = slowly(wanted, payable, now, TRANSFER_DAYS)
                return await work.finish(await _insert(context, work, payable, wanted, now, request_key))
            if latest.way is Method.TRANSFER and is_wanted(latest, wanted, now):
                return await work.finish(latest)
            await store.close_soon(work, latest.id, "amount_or_way_changed")
    raise PaymentChanging


async def _insert(
    context: PaymentsContext, work: Work, payable: Payable, wanted: Wanted, now: datetime, request_key: str | None
) -> Intent:
    """There is no attempt: nothing is asked of MercadoPago, now or when it is closed."""
    made = new_intent(context, payable, wanted, now, Method.TRANSFER).opened()
    intent = replace(made, transfer_code=code_of(made.id))
    await store.insert_intent(work, intent, request_key)
    await work.publish(tell_pending(intent, context.receiver))
    log.info("payment.offered", payment_id=str(intent.id), booking_id=str(intent.booking_id))
    return intent
