"""How to look into what a notification is about: one line per topic. What is nobody's here is told as an orphan."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from payments.domain.charge import ChargeId, Snapshot
from payments.domain.dispute import DisputeId, DisputeSeen
from payments.domain.judgement import Outcome
from payments.domain.notice import Topic
from payments.domain.reference import Reference, parse_reference
from payments.store import Case
from payments.usecases.apply import apply_snapshots
from payments.usecases.context import PaymentsContext
from payments.usecases.disputes import see_dispute
from payments.usecases.orphans import orphan_case

_STRANGE: Final = "no reference of ours"
_NO_INTENT: Final = "no such intent"


@dataclass(frozen=True, slots=True)
class Orphan:
    """Something at MercadoPago that belongs to nobody here: `case` is what a person is shown."""

    why: str
    case: Case


Look = Callable[[PaymentsContext, str], Awaitable[Sequence[Orphan]]]


async def _look_at_payment(context: PaymentsContext, payment_id: str) -> Sequence[Orphan]:
    snapshot = await context.mercadopago.payment(ChargeId(payment_id))
    reference = _ours(context, snapshot)
    if reference is None:
        return [_orphan_payment(_STRANGE, snapshot)]
    (outcome,) = await apply_snapshots(context.uow, reference.vertical, [snapshot])
    return [_orphan_payment(_NO_INTENT, snapshot)] if outcome is Outcome.UNKNOWN else []


async def _look_at_order(context: PaymentsContext, order_id: str) -> Sequence[Orphan]:
    orphans: list[Orphan] = []
    for each in await context.mercadopago.merchant_order(order_id):
        orphans += await _look_at_payment(context, each)
    return orphans


async def _look_at_chargeback(context: PaymentsContext, chargeback_id: str) -> Sequence[Orphan]:
    return await _look_at_dispute(context, await context.mercadopago.chargeback(DisputeId(chargeback_id)))


async def _look_at_claim(context: PaymentsContext, claim_id: str) -> Sequence[Orphan]:
    return await _look_at_dispute(context, await context.mercadopago.claim(DisputeId(claim_id)))


async def _look_at_dispute(context: PaymentsContext, seen: DisputeSeen) -> Sequence[Orphan]:
    """A dispute is kept with each of its payments."""
    if not seen.charge_ids:
        return [_orphan_dispute("about no payment", seen)]
    orphans: list[Orphan] = []
    for each in seen.charge_ids:
        orphans += await _look_at_disputed(context, seen, each)
    return orphans


async def _look_at_disputed(context: PaymentsContext, seen: DisputeSeen, charge_id: ChargeId) -> Sequence[Orphan]:
    snapshot = await context.mercadopago.payment(charge_id)
    reference = _ours(context, snapshot)
    if reference is None:
        return [_orphan_dispute(_STRANGE, seen)]
    async with context.uow.begin(reference.vertical) as work:
        outcome = await see_dispute(work, seen, snapshot, await work.now())
    return [_orphan_dispute(_NO_INTENT, seen)] if outcome is Outcome.UNKNOWN else []


LOOKS: Final[Mapping[Topic, Look]] = {
    Topic.PAYMENT: _look_at_payment,
    Topic.ORDER: _look_at_order,
    Topic.CHARGEBACK: _look_at_chargeback,
    Topic.CLAIM: _look_at_claim,
}


def _ours(context: PaymentsContext, snapshot: Snapshot) -> Reference | None:
    reference = parse_reference(snapshot.external_reference)
    return reference if reference is not None and reference.vertical in context.uow.scopes else None


def _orphan_payment(why: str, snapshot: Snapshot) -> Orphan:
    return Orphan(why, orphan_case(snapshot, why))


def _orphan_dispute(why: str, seen: DisputeSeen) -> Orphan:
    amount = f" {seen.amount}" if seen.amount is not None else ""
    return Orphan(why, Case("orphan_dispute", seen.id, f"{why}: {seen.kind}{amount}"))
