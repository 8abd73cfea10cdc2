"""What operators do about the bank's movements: say what a transfer is about. The account is of every vertical."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from common.auth import Principal
from common.errors import NotFound
from common.money import Money
from common.settings import SHARED
from contracts.ids import PaymentId, RefundId
from payments import store
from payments.domain.approval import NotAwaitingApproval
from payments.domain.bank import MovementKind
from payments.domain.bank import MovementStatus as Status
from payments.domain.refund import Refund, RefundStatus
from payments.domain.transfer import TransferDiffers, TransferSettled, is_left_of
from payments.store.matching import Matching
from payments.usecases import audited_transfers as audited
from payments.usecases.context import PaymentsContext
from payments.usecases.matching import carry_out, decide
from payments.usecases.returning import can_be_returned, carries_out

log = structlog.get_logger()
_OPEN = (Status.UNMATCHED, Status.MATCHING, Status.SUSPENSE)
_ENDED = (Status.MATCHED,)


@dataclass(frozen=True, slots=True)
class SeenTransfer:
    """A transfer as an operator sees it; of whom it came from the last digits only."""

    id: str
    at: datetime
    amount: Money
    status: Status
    reference: str | None
    origin_cbu: str | None
    origin_cuit: str | None
    vertical: str | None
    payment_id: PaymentId | None


async def list_transfers(
    context: PaymentsContext, caller: Principal, *, matched: bool, after: str | None, most: int
) -> Sequence[SeenTransfer]:
    """Clients' transfers, oldest first, for operators of all verticals. Forbidden."""
    caller.must_be(SHARED, "operator")
    async with context.uow.begin(SHARED) as work:
        page = await store.matching.page_transfers(work, _ENDED if matched else _OPEN, after, most)
        work.audit(audited.transfers_read(caller))
    return [_seen(each) for each in page]


async def match_transfer(
    context: PaymentsContext, scope: str, caller: Principal, movement_id: str, payment_id: PaymentId
) -> SeenTransfer:
    """Say that a transfer pays that payment; the same again changes nothing.

    Forbidden, NotFound, TransferDiffers, TransferSettled.
    """
    caller.must_be(SHARED, "operator")
    known = await _find(context, movement_id, MovementKind.TRANSFER_IN)
    if not _is_about(known, scope, payment_id):
        async with context.uow.read(scope) as session:
            intent = await store.find_intent(session, payment_id)
        if intent is None:
            raise NotFound
        if known.status is not Status.SUSPENSE:
            raise TransferSettled
        if not is_left_of(intent, known.movement):
            raise TransferDiffers
        await _put_on_record(context, scope, caller, known, payment_id)
        known = await decide(context, movement_id, {Status.SUSPENSE}, scope, payment_id) or known
        if not _is_about(known, scope, payment_id):
            raise TransferSettled
    await carry_out(context, movement_id)
    return _seen(await _find(context, movement_id, MovementKind.TRANSFER_IN))


async def transfer_refund(
    context: PaymentsContext, scope: str, caller: Principal, refund_id: RefundId, movement_id: str
) -> Refund:
    """Say that a transfer of ours, which the bank shows, gave that refund back; it counts with a second person's word.

    Forbidden, NotFound, NotAwaitingApproval, SamePerson, TransferDiffers, TransferSettled.
    """
    caller.must_be(SHARED, "operator")
    known = await _find(context, movement_id, MovementKind.TRANSFER_OUT)
    if not _is_about(known, scope, refund_id):
        if known.status is not Status.SUSPENSE:
            raise TransferSettled
        if not await _second_word(context, scope, caller, refund_id, known):
            return await _refund(context, scope, refund_id)
        known = await decide(context, movement_id, {Status.SUSPENSE}, scope, refund_id) or known
        if not _is_about(known, scope, refund_id):
            raise TransferSettled
    await carry_out(context, movement_id)
    return await _refund(context, scope, refund_id)


async def _second_word(
    context: PaymentsContext, scope: str, caller: Principal, refund_id: RefundId, known: Matching
) -> bool:
    """Whether this is the second person's about that transfer; the first's is kept."""
    async with context.uow.begin(scope) as work:
        intent_id = await store.find_intent_of_refund(work, refund_id)
        intent = await store.lock_intent(work, intent_id) if intent_id is not None else None
        refund = await store.lock_refund(work, refund_id)
        if intent is None or refund is None:
            raise NotFound
        charge = next((one for one in await store.find_charges(work, intent.id) if one.id == refund.charge_id), None)
        if charge is None or refund.status is not RefundStatus.BLOCKED or not can_be_returned(refund, charge):
            raise NotAwaitingApproval
        if not carries_out(refund, known.movement):
            raise TransferDiffers
        said = refund.sent_by_hand(caller.account_id, known.movement.id)
        await store.save_refund(work, said, problem="transferred, says one person")
        work.audit(audited.refund_transferred(refund, known.movement, caller))
        return said == refund


async def _put_on_record(
    context: PaymentsContext, scope: str, caller: Principal, known: Matching, payment_id: PaymentId
) -> None:
    async with context.uow.begin(scope) as work:
        work.audit(audited.transfer_matched(known.movement, payment_id, caller))
    log.info("transfer.matched_by_hand", movement_id=known.movement.id, payment_id=str(payment_id))


async def _find(context: PaymentsContext, movement_id: str, kind: MovementKind) -> Matching:
    async with context.uow.read(SHARED) as session:
        known = await store.matching.find_matching(session, movement_id)
    if known is None or known.movement.kind is not kind:
        raise NotFound
    return known


async def _refund(context: PaymentsContext, scope: str, refund_id: RefundId) -> Refund:
    async with context.uow.read(scope) as session:
        refund = await store.find_refund(session, refund_id)
    if refund is None:
        raise NotFound
    return refund


def _is_about(known: Matching, scope: str, about: PaymentId | RefundId) -> bool:
    decided = known.status in {Status.MATCHING, Status.MATCHED}
    return decided and (known.vertical, known.matched_id) == (scope, about)


def _seen(known: Matching) -> SeenTransfer:
    movement, decided = known.movement, known.status in {Status.MATCHING, Status.MATCHED}
    return SeenTransfer(
        id=movement.id,
        at=movement.at,
        amount=movement.amount,
        status=known.status,
        reference=movement.reference,
        origin_cbu=movement.origin_cbu,
        origin_cuit=movement.origin_cuit,
        vertical=known.vertical if decided else None,
        payment_id=PaymentId(known.matched_id) if decided and known.matched_id is not None else None,
    )
