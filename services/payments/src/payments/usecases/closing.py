"""Closing: after it MercadoPago takes no money for an intent any more, and what it took before is known.

The hosted page is expired first, then payments are looked for: money cannot slip in between.
"""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Final

import structlog

from common.settings import SHARED
from common.telemetry import span
from common.uow import Work
from contracts.ids import PaymentId
from contracts.payments import PaymentClosed
from payments import store
from payments.clients import MercadoPago, MissingError, RefusedError
from payments.domain.attempt import AttemptStatus
from payments.domain.backoff import again_in
from payments.domain.charge import UNDECIDED, Snapshot
from payments.domain.intent import Intent
from payments.domain.reference import Reference
from payments.domain.slow import here_by
from payments.store import Case, Closing
from payments.usecases.apply import apply_snapshot
from payments.usecases.context import PaymentsContext
from payments.usecases.facts import tell
from payments.usecases.trying import or_put_off, side_by_side

log = structlog.get_logger()
_BATCH: Final = 8
_LEASE: Final = timedelta(seconds=60)
_FIRST_WAIT: Final = timedelta(seconds=1)
_LONGEST_WAIT: Final = timedelta(minutes=5)
_MANY_TRIES: Final = 15
_CASE: Final = "closing_fails"


async def close_due_payments(context: PaymentsContext, scope: str) -> int:
    """Close what booking or the payer's time asked to close."""
    if scope == SHARED:
        return 0
    async with context.uow.begin(scope) as work:
        due = await store.claim_closings(work, _BATCH, _LEASE)
    return await side_by_side(
        or_put_off(
            _close(context, scope, each), partial(_put_off, context, scope, each), payment_id=str(each.intent.id)
        )
        for each in due
    )


async def close_run_out_pages(context: PaymentsContext, scope: str) -> int:
    """Balances and tips whose page has run out, or whose slow money would be here: nobody else asks to close them."""
    if scope == SHARED:
        return 0
    async with context.uow.begin(scope) as work:
        return await store.close_run_out(work, _BATCH, here_by(await work.now()))


async def _close(context: PaymentsContext, scope: str, closing: Closing) -> None:
    with span("payment closing", traceparent=closing.intent.traceparent):
        reference = str(Reference(scope, closing.intent.id))
        async with context.uow.read(scope) as session:
            attempts = await store.find_attempts(session, closing.intent.id)
        pages = {each.preference_id for each in attempts if each.preference_id is not None}
        if attempts and not closing.intent.is_direct:
            pages |= set(await context.mercadopago.find_preferences(reference))
        for page in sorted(pages):
            await _expire_page(context.mercadopago, page)
        seen = await _settle_payments(context.mercadopago, reference) if attempts else []
        async with context.uow.begin(scope) as work:
            await _finish(work, closing, pages, seen)


async def _expire_page(mercadopago: MercadoPago, page: str) -> None:
    try:
        await mercadopago.close_preference(page)
    except MissingError:
        log.warning("payment.page_missing", page=page)


async def _settle_payments(mercadopago: MercadoPago, reference: str) -> list[Snapshot]:
    """Every payment of the intent, decided: what was undecided is cancelled, or turns out to be decided by now."""
    return [
        await _cancel(mercadopago, found) if found.status in UNDECIDED else found
        for found in await mercadopago.find_payments(reference)
    ]


async def _cancel(mercadopago: MercadoPago, found: Snapshot) -> Snapshot:
    try:
        return await mercadopago.cancel_payment(found.id)
    except RefusedError:
        return await mercadopago.payment(found.id)


async def _finish(work: Work, closing: Closing, pages: set[str], seen: Sequence[Snapshot]) -> None:
    now = await work.now()
    for snapshot in seen:
        await apply_snapshot(work, snapshot, now)
    intent = await store.lock_intent(work, closing.intent.id)
    if intent is None:
        return
    attempts = await store.find_attempts(work, intent.id)
    behind = any(each.is_busy(now) or (each.preference_id or "") not in {"", *pages} for each in attempts)
    charges = await store.find_charges(work, intent.id)
    statuses = {each.status for each in seen} | {each.status for each in charges}
    if behind or statuses & UNDECIDED:
        # A page or a payment was made meanwhile, or a payment would not be cancelled: look again.
        await _again(work, closing, "a page being made" if behind else "a payment that cannot be cancelled")
        return
    await store.close_done(work, intent.id)
    await store.close_case(work, _CASE, str(intent.id))
    if intent.is_open:
        await _give_up(work, intent, closing)


async def _give_up(work: Work, intent: Intent, closing: Closing) -> None:
    closed = intent.closed(hold_ran_out=closing.hold_ran_out).told()
    await store.save_intent(work, closed)
    for attempt in (await store.find_attempts(work, intent.id))[-1:]:
        await store.save_attempt(work, attempt.followed(AttemptStatus.CANCELLED))
    await work.publish(tell(PaymentClosed, closed))
    log.info("payment.closed", payment_id=str(closed.id), booking_id=str(closed.booking_id), status=closed.status)


async def _put_off(context: PaymentsContext, scope: str, closing: Closing, why: str, at_least: timedelta) -> None:
    async with context.uow.begin(scope) as work:
        await _again(work, closing, why, at_least)


async def _again(work: Work, closing: Closing, why: str, at_least: timedelta = timedelta(0)) -> None:
    payment_id: PaymentId = closing.intent.id
    wait = again_in(closing.tries, _FIRST_WAIT, _LONGEST_WAIT, payment_id, at_least)
    await store.close_soon(work, payment_id, "hold_ran_out", wait)
    if closing.tries >= _MANY_TRIES:
        await store.open_case(work, Case(_CASE, str(payment_id), why, closing.intent))
