"""Giving back money that came by a bank transfer: people transfer it, and it counts once the bank shows it."""

import structlog

from common.uow import Work
from contracts.ids import RefundId
from payments import store
from payments.domain.bank import Movement, MovementKind
from payments.domain.charge import Charge, RefundSeen
from payments.domain.refund import Refund, RefundStatus
from payments.domain.transfer import charge_id_of, went_back
from payments.usecases.apply import apply_snapshot

log = structlog.get_logger()
CASE: str = "refund_by_bank"


def carries_out(refund: Refund, movement: Movement) -> bool:
    """Whether that transfer of ours may be the refund."""
    left = movement.kind is MovementKind.TRANSFER_OUT and movement.amount.currency == refund.amount.currency
    return left and movement.amount.minor == -refund.amount.minor


async def book_return(work: Work, refund_id: RefundId, movement: Movement) -> bool:
    """Count the transfer as that refund; False when it does not fit. The same again changes nothing."""
    intent_id = await store.find_intent_of_refund(work, refund_id)
    intent = await store.lock_intent(work, intent_id) if intent_id is not None else None
    refund = await store.lock_refund(work, refund_id)
    if intent is None or refund is None:
        return False
    name = charge_id_of(movement.id)
    if refund.status is RefundStatus.DONE:
        return refund.found_id == name
    charge = next((each for each in await store.find_charges(work, intent.id) if each.id == refund.charge_id), None)
    if charge is None or not can_be_returned(refund, charge) or not carries_out(refund, movement):
        return False
    await store.save_refund(work, refund.found(name))
    before = [
        RefundSeen(each.found_id, each.amount, done=True)
        for each in await store.find_refunds(work, charge.id)
        if each.status is RefundStatus.DONE and each.found_id is not None
    ]
    await apply_snapshot(work, went_back(work.scope, intent, charge, before, movement), await work.now())
    await store.close_case(work, CASE, str(refund_id))
    return True


def can_be_returned(refund: Refund, charge: Charge) -> bool:
    """Whether people are to transfer it back."""
    is_its_own = refund.status is RefundStatus.BLOCKED and refund.charge_id == charge.id
    return is_its_own and refund.amount <= charge.left
