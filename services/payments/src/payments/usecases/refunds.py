"""Refunds: asked for by booking or caused by a second payment, made at MercadoPago once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Final

import structlog

from common.due import OneByOne, settle_due
from common.money import Money
from common.settings import SHARED
from common.telemetry import span
from common.uow import Work
from contracts.booking import BookingRefundDue
from contracts.envelope import Event
from contracts.ids import RefundId
from payments import store
from payments.clients import RefusedError
from payments.domain.backoff import again_in, spread
from payments.domain.charge import Charge, ChargeId, Contest, RefundSeen
from payments.domain.intent import Intent
from payments.domain.position import Place
from payments.domain.refund import Refund, RefundOrigin, RefundStatus
from payments.domain.refundable import fitted, is_explained
from payments.domain.transfer import movement_id_of
from payments.metrics import PROVIDER, REFUNDS
from payments.store import Case
from payments.usecases import audited, returning
from payments.usecases.apply import apply_snapshot
from payments.usecases.context import PaymentsContext
from payments.usecases.crediting import give_back_credit
from payments.usecases.payables import remember_bookings
from payments.usecases.trying import or_put_off, side_by_side

log = structlog.get_logger()
_BATCH: Final = 8
_LEASE: Final = timedelta(seconds=60)
_FIRST_WAIT: Final = timedelta(seconds=1)
_LONGEST_WAIT: Final = timedelta(minutes=15)
_MANY_TRIES: Final = 15
_UNREADABLE_WAIT: Final = timedelta(minutes=1)
_CONTESTED_WAIT: Final = timedelta(minutes=10)
_PASSING: Final = frozenset({401, 403})
"""A token that does not work says nothing about the refund."""
_MAY_PASS: Final = frozenset({"2063", "4296", "4040"})
"""Bad state, already refunded: what a refund of ours whose answer was lost brings about, shown a while later. Too much:
others gave some back that we had not seen; the next try is of what is left."""
_MANY_REFUSALS: Final = 10
"""About eight minutes of waiting."""
_UNDER_WAY: Final = "accepted, not carried out yet"


async def ask_refund(context: PaymentsContext, work: Work, event: Event[BookingRefundDue]) -> None:
    """Booking wants money back. The refund's id is booking's, so asking again is harmless."""
    await remember_bookings(context, work, [event])
    told = event.data
    intent = await store.lock_intent(work, told.payment_id)
    amount = Money.of(told.amount)
    if intent is None or amount <= Money.zero(amount.currency):
        found = f"{amount} of payment {told.payment_id}"
        await store.open_case(work, Case("refund_without_payment", str(told.refund_id), found))
        return
    refund = Refund(told.refund_id, intent.id, None, amount, RefundOrigin.BOOKING, told.reason)
    if await store.insert_refund(work, refund):
        work.audit(audited.refund_asked(refund))


@dataclass(frozen=True, slots=True)
class Taken:
    """A refund in our hands: whose it is, and of which charge. While that is `contested` it is only looked at."""

    refund: Refund
    intent: Intent
    charge_id: ChargeId
    contested: bool = False


async def make_due_refunds(context: PaymentsContext, scope: str) -> int:
    """Give back what is due."""
    if scope == SHARED:
        return 0
    taken: list[Taken] = []
    apart = OneByOne(
        partial(_find_due, context, scope), partial(_take_up, context, scope, taken), partial(_later, context, scope)
    )
    looked_at = await settle_due("make_due_refunds", partial(_take_up_batch, context, scope, taken), apart)
    await side_by_side(
        or_put_off(_make(context, scope, each), partial(_put_off, context, scope, each), refund_id=str(each.refund.id))
        for each in taken
    )
    return looked_at


async def _take_up_batch(context: PaymentsContext, scope: str, taken: list[Taken]) -> int:
    for looked_at in range(_BATCH):
        if not await _take_up(context, scope, taken, None):
            return looked_at
    return _BATCH


async def _take_up(context: PaymentsContext, scope: str, taken: list[Taken], refund_id: RefundId | None) -> bool:
    """Take the refund that waited longest, or that one; whether there was any."""
    async with context.uow.begin(scope) as work:
        refund = await store.lock_due_refund(work, refund_id)
        sent = await _take(work, refund) if refund is not None else None
    taken += [sent] if sent is not None else []
    return refund is not None


async def _find_due(context: PaymentsContext, scope: str) -> Sequence[RefundId]:
    async with context.uow.read(scope) as session:
        return await store.find_due_refunds(session, _BATCH)


async def _later(context: PaymentsContext, scope: str, refund_id: RefundId) -> None:
    async with context.uow.begin(scope) as work:
        await store.put_off_refund(work, refund_id, _UNREADABLE_WAIT)


async def _take(work: Work, refund: Refund) -> Taken | None:
    """Mark it as sent, or give it up: never more goes back than was captured, and one at a time per charge."""
    intent = await store.lock_intent(work, refund.intent_id)
    if intent is None:
        return None
    charges = await store.find_charges(work, intent.id)
    charge = next((each for each in charges if _is_of(refund, each)), None)
    if charge is not None and charge.contest is Contest.OPEN:
        # The payer's bank may take the money back too, and then the payer would have it twice.
        await store.save_refund(work, refund, spread(_CONTESTED_WAIT, refund.id), "the payment is contested")
        return Taken(refund, intent, charge.id, contested=True)
    if charge is None:
        await _end(work, refund, RefundStatus.BLOCKED, _exceeds(refund, intent, Money.zero(refund.amount.currency)))
        return None
    if charge.at is Place.BANK:
        await _leave_to_people(work, refund, intent, charge)
        return None
    others = [each for each in await store.find_refunds(work, charge.id) if each.id != refund.id]
    if any(each.status is RefundStatus.SENT for each in others):
        await store.save_refund(work, refund, again_in=_FIRST_WAIT)
        return None
    fit = await _fit(work, refund, intent, charge, others)
    if fit is None:
        return None
    if charge.at is Place.CREDIT:
        await give_back_credit(work, fit, intent, charge, others)
        return None
    sent = fit.sent(charge.id)
    await store.save_refund(work, sent, again_in=_LEASE)
    work.audit(audited.refund_sent(sent, charge.id))
    return Taken(sent, intent, charge.id)


async def _fit(work: Work, refund: Refund, intent: Intent, charge: Charge, others: Sequence[Refund]) -> Refund | None:
    """As much of it as there is, None when it is given up; a case when others' refunds do not explain that."""
    fit = fitted(charge, refund)
    if fit == refund:
        return fit
    case, explained = _exceeds(refund, intent, charge.left), is_explained(charge, refund, others)
    log.info("refund.exceeds", refund_id=str(refund.id), found=case.found, explained=explained)
    if fit is None and explained and not charge.left:
        await _give_up(work, refund.of(charge.id), RefundStatus.ABANDONED, case.found)
    elif fit is None:
        await _end(work, refund.of(charge.id), RefundStatus.BLOCKED, case)
    elif not explained:
        await store.open_case(work, case)
    return fit


def _exceeds(refund: Refund, intent: Intent, left: Money) -> Case:
    return Case("refund_exceeds_capture", str(refund.id), f"{refund.amount} wanted, {left} left", intent)


async def _leave_to_people(work: Work, refund: Refund, intent: Intent, charge: Charge) -> None:
    """MercadoPago has nothing to give back: people transfer it, to where the movement says that it came from."""
    found = f"transfer {refund.amount} to where {movement_id_of(charge.id)} came from"
    by_hand = replace(refund, charge_id=charge.id)
    await _end(work, by_hand, RefundStatus.BLOCKED, Case(returning.CASE, str(refund.id), found, intent))


def _is_of(refund: Refund, charge: Charge) -> bool:
    if refund.charge_id is not None:
        return refund.charge_id == charge.id
    return bool(charge.captured) and not charge.surplus


async def _make(context: PaymentsContext, scope: str, taken: Taken) -> None:
    refund = taken.refund
    with span("refund", traceparent=taken.intent.traceparent):
        if taken.contested:
            await _see(context, scope, taken)
            return
        # A try whose answer was lost may have been carried out: what is there is looked at before asking again.
        if refund.tries > 1 and await _see(context, scope, taken):
            return
        # What has a name there was accepted: asking again would say nothing new.
        named = refund.found_id is not None
        if named or not await _ask(context, scope, taken):
            await _put_off(context, scope, taken, _UNDER_WAY)


async def _ask(context: PaymentsContext, scope: str, taken: Taken) -> bool:
    """Whether nothing is left to wait for."""
    refund = taken.refund
    try:
        made = await context.mercadopago.refund(taken.charge_id, refund.amount, refund.key)
    except RefusedError as error:
        if error.status in _PASSING:
            raise
        if not await _see(context, scope, taken):
            await _refused(context, scope, taken, error)
        return True
    if made is not None:
        await _note(context, scope, refund, made.id)
    if _has_failed(made):
        await _fail(context, scope, taken)
        return True
    return await _see(context, scope, taken)


def _has_failed(found: RefundSeen | None) -> bool:
    return found is not None and found.failed


async def _note(context: PaymentsContext, scope: str, refund: Refund, found_id: str) -> None:
    """Keep MercadoPago's id at once, whatever comes of looking at the payment."""
    async with context.uow.begin(scope) as work:
        await store.lock_intent(work, refund.intent_id)
        current = await store.lock_refund(work, refund.id)
        if current is not None and current.status is RefundStatus.SENT:
            await store.save_refund(work, current.found(found_id), again_in=_LEASE)


async def _see(context: PaymentsContext, scope: str, taken: Taken) -> bool:
    """Apply what MercadoPago shows of the payment; whether this refund has come to an end."""
    snapshot = await context.mercadopago.payment(taken.charge_id)
    async with context.uow.begin(scope) as work:
        await apply_snapshot(work, snapshot, await work.now())
        current = await store.lock_refund(work, taken.refund.id)
    if current is None or current.status is not RefundStatus.SENT:
        return True
    mine = next((found for found in snapshot.refunds if found.id == current.found_id), None)
    if _has_failed(mine):
        await _fail(context, scope, taken)
    return _has_failed(mine)


async def _fail(context: PaymentsContext, scope: str, taken: Taken) -> None:
    """MercadoPago took the refund on and did not carry it out: a person has to."""
    case = Case("refund_failed", str(taken.refund.id), f"refund of {taken.charge_id} rejected", taken.intent)
    async with context.uow.begin(scope) as work:
        if (current := await _lock_sent(work, taken)) is not None:
            await _end(work, current, RefundStatus.REFUSED, case)


async def _refused(context: PaymentsContext, scope: str, taken: Taken, refusal: RefusedError) -> None:
    """Refused for good, or by a MercadoPago that does not show yet what it did: then only when it stays so."""
    async with context.uow.begin(scope) as work:
        if (current := await _lock_sent(work, taken)) is None:
            return
        current = current.refused()
        if refusal.codes & _MAY_PASS and current.refusals < _MANY_REFUSALS:
            wait = again_in(current.refusals, _FIRST_WAIT, _LONGEST_WAIT, current.id)
            await store.save_refund(work, current, wait, str(refusal))
            return
        case = Case("refund_refused", str(current.id), str(refusal), taken.intent)
        await _end(work, current, RefundStatus.REFUSED, case)


async def _lock_sent(work: Work, taken: Taken) -> Refund | None:
    """The refund while it is ours to decide: a webhook may have settled it meanwhile."""
    await store.lock_intent(work, taken.intent.id)
    current = await store.lock_refund(work, taken.refund.id)
    return current if current is not None and current.status is RefundStatus.SENT else None


async def _end(work: Work, refund: Refund, status: RefundStatus, case: Case) -> None:
    await store.open_case(work, case)
    await _give_up(work, refund, status, case.found)


async def _give_up(work: Work, refund: Refund, status: RefundStatus, why: str) -> None:
    await store.save_refund(work, refund.ended(status), problem=why)
    work.audit(audited.refund_given_up(refund, status))
    work.after_commit(lambda: REFUNDS.labels(PROVIDER, status.value).inc())
    log.warning("refund.ended", refund_id=str(refund.id), status=status, reason=why)


async def _put_off(
    context: PaymentsContext, scope: str, taken: Taken, why: str, at_least: timedelta = timedelta(0)
) -> None:
    async with context.uow.begin(scope) as work:
        if (current := await _lock_sent(work, taken)) is None:
            return
        wait = again_in(current.tries, _FIRST_WAIT, _LONGEST_WAIT, current.id, at_least)
        await store.save_refund(work, current, wait, why)
        if current.tries >= _MANY_TRIES:
            await store.open_case(work, Case(store.SLOW_REFUND, str(current.id), why, taken.intent))
