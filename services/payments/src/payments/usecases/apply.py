"""`apply_snapshot`: the one way in which what MercadoPago shows changes anything here.

The API's reply, webhooks, the poller, the closing and refunds all come through it. State, ledger and outbox change in
the caller's transaction; what does not fit becomes a case and is acknowledged all the same.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from common.telemetry import span
from common.uow import UnitOfWork, Work
from contracts.ids import RefundId, new_id
from contracts.payments import PaymentFact
from payments import store
from payments.domain.attempt import AttemptStatus
from payments.domain.charge import Charge, ChargeStatus, Snapshot
from payments.domain.intent import Intent, IntentStatus, Purpose
from payments.domain.judgement import Outcome, Ruling, judge
from payments.domain.position import Place
from payments.domain.reference import parse_reference
from payments.domain.refund import Match, Refund, RefundOrigin
from payments.metrics import ATTEMPTS, PROVIDER, REFUNDS
from payments.usecases import audited, contesting
from payments.usecases.earning import REFUND_WAIT
from payments.usecases.facts import tell_step
from payments.usecases.posting import post

log = structlog.get_logger()

_ATTEMPT_OF: dict[IntentStatus, AttemptStatus] = {
    IntentStatus.AWAITING_PAYER: AttemptStatus.SENT,
    IntentStatus.PROCESSING: AttemptStatus.PENDING,
    IntentStatus.AUTHORIZED: AttemptStatus.AUTHORIZED,
    IntentStatus.PAID: AttemptStatus.SUCCEEDED,
    IntentStatus.PAID_LATE: AttemptStatus.SUCCEEDED,
    # Seen only after the money had gone back or was contested.
    IntentStatus.PARTIALLY_REFUNDED: AttemptStatus.SUCCEEDED,
    IntentStatus.REFUNDED: AttemptStatus.SUCCEEDED,
    IntentStatus.DISPUTED: AttemptStatus.SUCCEEDED,
}
# MercadoPago's page stays open once it is paid: it is shut, and looked at once more for a second payment. Not at once:
# the payer is still on it, being led back to us.
_SHUT_AFTER: Final = timedelta(seconds=5)
_FAULTS = {ChargeStatus.APPROVED: "none", ChargeStatus.CANCELLED: "none"}
_PAYERS_FAULT = "cc_rejected"


async def apply_snapshots(uow: UnitOfWork, scope: str, snapshots: Iterable[Snapshot]) -> list[Outcome]:
    """Each in the order given, all in one transaction."""
    async with uow.begin(scope) as work:
        now = await work.now()
        return [await apply_snapshot(work, snapshot, now) for snapshot in snapshots]


async def apply_snapshot(work: Work, snapshot: Snapshot, now: datetime) -> Outcome:
    """Bring the intent up to what the snapshot shows. UNKNOWN when it is no payment of this vertical's intents."""
    reference = parse_reference(snapshot.external_reference)
    known = reference is not None and reference.vertical == work.scope
    intent = await store.lock_intent(work, reference.intent_id) if reference is not None and known else None
    if intent is None:
        return Outcome.UNKNOWN
    with span("payment snapshot", traceparent=intent.traceparent):
        charges = await store.find_charges_and(work, intent.id, snapshot.id)
        refunds = await store.find_refunds(work, snapshot.id)
        contested = contesting.is_contested(charges, snapshot)
        seen = await contesting.with_verdict(work, snapshot) if contested else snapshot
        ruling = judge(intent, charges, refunds, seen, now)
        await _write(work, intent, seen, ruling)
        if contested and ruling.charge is not None:
            await contesting.follow(work, ruling.intent or intent, ruling.charge, now)
        log.info(
            "payment.snapshot",
            payment_id=str(intent.id),
            charge_id=snapshot.id,
            charge_status=snapshot.status,
            outcome=ruling.outcome,
            status=(ruling.intent or intent).status,
        )
    return ruling.outcome


async def _write(work: Work, intent: Intent, seen: Snapshot, ruling: Ruling) -> None:
    if ruling.difference is not None:
        found = f"{seen.status} {seen.amount} on {intent.status} {intent.amount}"
        await store.open_case(work, store.Case(ruling.difference, seen.id, found, intent))
    if ruling.charge is not None:
        await store.save_charge(work, ruling.charge)
    if ruling.charge is None or ruling.intent is None:
        return
    if ruling.charge.lost:
        found = f"{ruling.charge.lost} went back by a dispute"
        await store.open_case(work, store.Case(contesting.LOST_CASE, seen.id, found, ruling.intent))
        await store.withdrawals.hurry_withdrawals(work, [intent.booking_id])
    intent = ruling.intent.ticketed(seen.ticket)
    await store.save_intent(work, intent)
    if ruling.over:
        await store.close_soon(work, intent.id, "cancelled")
    await _follow_attempt(work, intent, seen)
    facts = await _book(work, ruling, intent, ruling.charge, seen)
    await work.publish(*facts)
    _count(work, ruling.charge)


async def _book(work: Work, ruling: Ruling, intent: Intent, charge: Charge, seen: Snapshot) -> list[PaymentFact]:
    """The ledger's entries and the refunds' rows; the facts in the order in which things happened."""
    for entry in ruling.entries:
        await post(work, intent, charge.id, entry)
    if ruling.captured is not None:
        work.audit(audited.captured(intent, charge, ruling.captured))
        if charge.at is not Place.CREDIT:
            await store.close_soon(work, intent.id, "paid", _SHUT_AFTER)
        await _check_price(work, intent, charge)
        # Late money may be of a booking that has ended already.
        await store.earn_soon(work, [intent.booking_id], REFUND_WAIT)
    if ruling.surplus:
        await _give_back_surplus(work, charge)
    refunds = {match.seen.id: await _settle_refund(work, intent, charge, match) for match in ruling.matches}
    owner = (
        await store.find_owner(work, intent.provider_id) if any(step.is_of_dispute for step in ruling.steps) else None
    )
    return [
        tell_step(
            replace(step, intent=step.intent.ticketed(seen.ticket)),
            seen.detail,
            refunds[step.match.seen.id] if step.match is not None else None,
            owner,
        )
        for step in ruling.steps
    ]


async def _check_price(work: Work, intent: Intent, charge: Charge) -> None:
    """A balance paid on a page while the provider took it at the place: a person has to ask which of them it was."""
    payable = await store.find_payable(work, intent.booking_id) if intent.purpose is Purpose.BALANCE else None
    if payable is None:
        return
    settled = await store.find_settled(work, intent.booking_id, payable.price.currency)
    if settled.minor > payable.price.minor:
        found = f"{settled} of {payable.price} are paid, here and at the place"
        await store.open_case(work, store.Case("overpaid", charge.id, found, intent))


async def _give_back_surplus(work: Work, charge: Charge) -> None:
    """A second payment of one intent is nobody's: it goes back by itself."""
    refund = Refund(
        RefundId(new_id()), charge.intent_id, charge.id, charge.left, RefundOrigin.SURPLUS, "second-payment"
    )
    if refund.amount:
        await store.insert_refund(work, refund)
        work.audit(audited.refund_asked(refund))
        log.warning("payment.surplus", payment_id=str(charge.intent_id), charge_id=charge.id)


async def _settle_refund(work: Work, intent: Intent, charge: Charge, match: Match) -> Refund:
    work.after_commit(lambda: REFUNDS.labels(PROVIDER, "done").inc())
    refund_id = match.refund.id if match.refund is not None else RefundId(new_id())
    work.audit(audited.refund_done(intent, refund_id, charge, match.seen.amount))
    await store.withdrawals.hurry_withdrawals(work, [intent.booking_id])
    if match.refund is not None:
        done = match.refund.done(match.seen.id)
        await store.save_refund(work, done)
        await store.close_cases_of_refund(work, done.id)
        return done
    origin = RefundOrigin.SURPLUS if charge.surplus else RefundOrigin.EXTERNAL
    found = Refund(refund_id, intent.id, charge.id, match.seen.amount, origin, "found")
    made = found.done(match.seen.id)
    await store.insert_refund(work, made)
    await store.open_case(work, store.Case("refund_nobody_asked_for", match.seen.id, charge.id, intent))
    return made


async def _follow_attempt(work: Work, intent: Intent, seen: Snapshot) -> None:
    attempts = await store.find_attempts(work, intent.id)
    target, problem = _ATTEMPT_OF.get(intent.status), None
    if intent.is_direct and intent.status is IntentStatus.AWAITING_PAYER:
        # Made by us, it is over; on the hosted page the payer goes on by themselves.
        target, problem = AttemptStatus.DECLINED, seen.detail
        if intent.is_cash:
            await store.close_soon(work, intent.id, "hold_ran_out")
    if attempts and target is not None and (after := attempts[-1].followed(target, problem)) != attempts[-1]:
        await store.save_attempt(work, after)


def _count(work: Work, charge: Charge) -> None:
    if charge.at is not Place.MERCADOPAGO:
        return
    if charge.status in {ChargeStatus.APPROVED, ChargeStatus.REJECTED, ChargeStatus.CANCELLED} and not charge.refunded:
        fault = _FAULTS.get(charge.status) or ("payer" if charge.detail.startswith(_PAYERS_FAULT) else "provider")
        work.after_commit(lambda: ATTEMPTS.labels(PROVIDER, charge.status, fault).inc())
