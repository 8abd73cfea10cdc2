"""Refunds that people ask for: operators of any payment, a provider's owner of its own. Much money needs two people."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import structlog

from common.auth import Principal
from common.errors import Forbidden, NotFound
from common.idempotency import Once
from common.money import Money
from common.uow import Work
from contracts.ids import PaymentId, RefundId, new_id
from payments import store
from payments.domain.approval import needs_second_person
from payments.domain.charge import Charge
from payments.domain.intent import Intent
from payments.domain.refund import (
    NothingToRefund,
    Refund,
    RefundExceedsCapture,
    RefundOrigin,
    RefundReason,
    RefundStatus,
)
from payments.domain.refundable import asked_by_people, left_to_ask
from payments.usecases import audited
from payments.usecases.context import PaymentsContext
from payments.usecases.reading import may_see

log = structlog.get_logger()


async def give_back(
    context: PaymentsContext,
    scope: str,
    caller: Principal,
    payment_id: PaymentId,
    amount: Money | None,
    reason: RefundReason,
    once: Once | None,
) -> Refund:
    """Ask for a refund; without an amount of all that is left. What is on its way or waits counts as gone.

    NotFound, Forbidden (the client), NothingToRefund, RefundExceedsCapture, RefundTooLate, RefundWhileDisputed.
    """
    async with context.uow.begin(scope, once) as work:
        intent = await store.lock_intent(work, payment_id)
        origin = await _origin(work, intent, caller)
        if intent is None or origin is None:
            raise NotFound
        now = await work.now()
        refunds = await store.find_refunds_of_intent(work, intent.id)
        charge = await _charge_that_counts(work, intent)
        left = left_to_ask(charge, refunds, now, intent.paid_at)
        wanted = _within(left, amount)
        waits = needs_second_person(asked_by_people(refunds) + wanted, context.refund_limit)
        status = RefundStatus.AWAITING_APPROVAL if waits else RefundStatus.DUE
        of = charge.id if charge is not None else None
        new = Refund(RefundId(new_id()), intent.id, of, wanted, origin, reason.value, status)
        refund = replace(new, asked_by=caller.account_id, created_at=now)
        await store.insert_refund(work, refund)
        work.audit(audited.refund_asked(refund))
        log.info("refund.asked", refund_id=str(refund.id), payment_id=str(intent.id), status=refund.status)
        return await work.finish(refund)


async def approve_refund(
    context: PaymentsContext, scope: str, caller: Principal, refund_id: RefundId, once: Once | None
) -> Refund:
    """A second operator lets it go. Forbidden, NotFound, NotAwaitingApproval, SamePerson, RefundExceedsCapture."""
    caller.must_be(scope, "operator")
    async with context.uow.begin(scope, once) as work:
        intent, refund = await _lock_both(work, refund_id)
        approved = refund.approved(caller.account_id)
        others = [each for each in await store.find_refunds_of_intent(work, intent.id) if each.id != refund.id]
        # What booking asked back meanwhile has gone first: it asks whatever waits here.
        charge = await _charge_that_counts(work, intent)
        _within(left_to_ask(charge, others, await work.now(), intent.paid_at), refund.amount)
        return await _decide(work, approved, caller)


async def reject_refund(
    context: PaymentsContext, scope: str, caller: Principal, refund_id: RefundId, once: Once | None
) -> Refund:
    """A second operator stops it. Forbidden, NotFound, NotAwaitingApproval, SamePerson."""
    caller.must_be(scope, "operator")
    async with context.uow.begin(scope, once) as work:
        _, refund = await _lock_both(work, refund_id)
        return await _decide(work, refund.rejected(caller.account_id), caller)


async def list_refunds(
    context: PaymentsContext, scope: str, payment_id: PaymentId, caller: Principal, before: UUID, most: int
) -> Sequence[Refund]:
    """A payment's refunds, newest first, for its client, the provider's owner and operators. NotFound."""
    async with context.uow.read(scope) as session:
        intent = await store.find_intent(session, payment_id)
        if intent is None or not await may_see(session, scope, caller, intent.client_id, intent.provider_id):
            raise NotFound
        page = await store.page_refunds(session, intent.id, before, most)
    if caller.account_id != intent.client_id:
        async with context.uow.begin(scope) as work:
            work.audit(audited.refunds_read(intent, caller))
    return page


async def _origin(work: Work, intent: Intent | None, caller: Principal) -> RefundOrigin | None:
    """As whom the caller asks; None for a stranger. Forbidden for the client: it cancels, or withdraws."""
    if intent is None:
        return None
    if caller.has("operator", work.scope):
        return RefundOrigin.OPERATOR
    if await store.find_owner(work, intent.provider_id) == caller.account_id:
        return RefundOrigin.PROVIDER
    if caller.account_id == intent.client_id:
        raise Forbidden
    return None


async def _charge_that_counts(work: Work, intent: Intent) -> Charge | None:
    """A surplus goes back by itself."""
    charges = await store.find_charges(work, intent.id)
    return next((each for each in charges if each.captured and not each.surplus), None)


def _within(left: Money, amount: Money | None) -> Money:
    if left <= Money.zero(left.currency) and amount is None:
        raise NothingToRefund
    wanted = left if amount is None else amount
    if left < wanted:
        raise RefundExceedsCapture(left=float(max(left.minor, 0)) / 100)
    return wanted


async def _lock_both(work: Work, refund_id: RefundId) -> tuple[Intent, Refund]:
    """The intent first: everything about it goes through that one lock."""
    intent_id = await store.find_intent_of_refund(work, refund_id)
    intent = await store.lock_intent(work, intent_id) if intent_id is not None else None
    refund = await store.lock_refund(work, refund_id)
    if intent is None or refund is None:
        raise NotFound
    return intent, refund


async def _decide(work: Work, refund: Refund, caller: Principal) -> Refund:
    await store.decide_refund(work, refund)
    work.audit(audited.refund_decided(refund, caller.account_id))
    log.info("refund.decided", refund_id=str(refund.id), status=refund.status)
    return await work.finish(refund)
