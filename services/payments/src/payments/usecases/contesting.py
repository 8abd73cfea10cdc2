"""What a payment's snapshot and its disputes have to do with each other. The caller holds the intent."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from common.uow import Work
from contracts.payments import PaymentDisputed
from payments import store
from payments.domain.charge import CONTESTED, Charge, ChargeStatus, Contest, Snapshot
from payments.domain.dispute import Dispute, DisputeKind, DisputeStatus, decided_by
from payments.domain.intent import Intent, IntentStatus
from payments.metrics import DISPUTES, PROVIDER
from payments.store import Case
from payments.usecases import audited
from payments.usecases.facts import tell

log = structlog.get_logger()
BETWEEN_LOOKS: Final = timedelta(hours=1)
LOST_CASE: Final = "dispute_lost"
DOCUMENTS_CASE: Final = "dispute_documents_due"


def is_contested(charges: Sequence[Charge], seen: Snapshot) -> bool:
    """Whether the payment is contested now or was so until now."""
    known = {charge.status for charge in charges if charge.id == seen.id}
    return bool(CONTESTED & {seen.status, *known})


async def with_verdict(work: Work, seen: Snapshot) -> Snapshot:
    """The payment with what its chargeback tells already and itself not yet."""
    return decided_by(seen, await store.disputes.find_disputes(work, seen.id))


async def follow(work: Work, intent: Intent, charge: Charge, now: datetime) -> None:
    """Bring the payment's disputes up to it, and have its chargeback looked for when nobody told of any."""
    disputes = await store.disputes.find_disputes(work, charge.id)
    told_of = any(each.kind is DisputeKind.CHARGEBACK for each in disputes)
    if charge.status is ChargeStatus.CHARGED_BACK and not told_of:
        await store.disputes.seek_dispute(work, charge.id, intent.id)
    for each in disputes:
        intent = await _bring_up(work, intent, charge, each, now)
    if charge.contest is Contest.NONE or charge.contest is Contest.WON:
        await store.close_case(work, LOST_CASE, charge.id)


async def _bring_up(work: Work, intent: Intent, charge: Charge, before: Dispute, now: datetime) -> Intent:
    after = before.followed(charge, now)
    if intent.status is IntentStatus.DISPUTED and after.news not in {"", after.told}:
        after = replace(after, told=after.news)
        intent = await _announce(work, intent, after)
    open_still = not after.is_decided or charge.contest is Contest.OPEN
    if after != before or not open_still:
        await store.disputes.save_dispute(work, after, BETWEEN_LOOKS if open_still else None)
    if after.status is not before.status:
        await _tell_operators(work, intent, after)
    return intent


async def _announce(work: Work, intent: Intent, dispute: Dispute) -> Intent:
    """The payment is told once more as disputed, now with the dispute and until when documents are wanted."""
    intent = intent.told()
    await store.save_intent(work, intent)
    due = dispute.status is DisputeStatus.DOCUMENTS_DUE
    owner = await store.find_owner(work, intent.provider_id)
    deadline = dispute.deadline if due else None
    await work.publish(tell(PaymentDisputed, intent, dispute_id=dispute.id, deadline=deadline, owner_id=owner))
    return intent


async def _tell_operators(work: Work, intent: Intent, dispute: Dispute) -> None:
    """What needs a person is a case, for as long as it does."""
    work.audit(audited.dispute_moved(dispute))
    work.after_commit(lambda: DISPUTES.labels(PROVIDER, dispute.kind.value, dispute.status.value).inc())
    log.info("dispute.moved", dispute_id=dispute.id, payment_id=str(intent.id), status=dispute.status)
    if dispute.status is DisputeStatus.DOCUMENTS_DUE:
        found = f"documents for {dispute.kind} until {dispute.deadline or 'nobody says when'}"
        await store.open_case(work, Case(DOCUMENTS_CASE, dispute.id, found, intent))
    else:
        await store.close_case(work, DOCUMENTS_CASE, dispute.id)
