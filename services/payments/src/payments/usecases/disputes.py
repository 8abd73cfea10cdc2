"""Disputes: seen with their payments in one transaction, looked at until they are decided, and looked for."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

import structlog

from common.auth import Principal
from common.errors import NotFound
from common.settings import SHARED
from common.uow import Work
from contracts.ids import ProviderId
from payments import store
from payments.clients import MissingError
from payments.domain.charge import ChargeId, Snapshot
from payments.domain.dispute import Dispute, DisputeId, DisputeKind, DisputeSeen, DisputeStatus, opened
from payments.domain.intent import Intent
from payments.domain.judgement import Outcome
from payments.domain.reference import parse_reference
from payments.store import Case
from payments.store.disputes import Listed, Untold
from payments.usecases import audited, contesting
from payments.usecases.apply import apply_snapshot
from payments.usecases.context import PaymentsContext
from payments.usecases.rights import must_manage, owner_for
from payments.usecases.trying import or_put_off, side_by_side

log = structlog.get_logger()
_BATCH: Final = 8
_MANY_SEARCHES: Final = 48
"""About two days."""


async def see_dispute(work: Work, seen: DisputeSeen, snapshot: Snapshot, now: datetime) -> Outcome:
    """Bring a dispute and its payment up to what MercadoPago shows. UNKNOWN when the payment is none of ours."""
    reference = parse_reference(snapshot.external_reference)
    if reference is None or reference.vertical != work.scope:
        return Outcome.UNKNOWN
    intent = await store.lock_intent(work, reference.intent_id)
    if intent is None:
        return Outcome.UNKNOWN
    # The dispute first: it may know the verdict before its payment does.
    await _keep(work, intent, seen, snapshot)
    outcome = await apply_snapshot(work, snapshot, now)
    after = await store.lock_intent(work, intent.id)
    charge = next((each for each in await store.find_charges(work, intent.id) if each.id == snapshot.id), None)
    if after is not None and charge is not None:
        await contesting.follow(work, after, charge, now)
    return outcome


async def _keep(work: Work, intent: Intent, seen: DisputeSeen, snapshot: Snapshot) -> None:
    seen = seen.about(snapshot.id)
    known = {each.outside_id: each for each in await store.disputes.find_disputes(work, snapshot.id)}
    before = known.get(seen.id)
    after = (before or opened(seen, intent, snapshot.id)).shown(seen)
    if after == before:
        return
    saved = await store.disputes.save_dispute(work, after, contesting.BETWEEN_LOOKS)
    if not saved and before is None and len(seen.charge_ids) > 1:
        saved = await store.disputes.save_dispute(work, after.beside(), contesting.BETWEEN_LOOKS)
    if not saved:
        await store.open_case(work, Case("dispute_id_reused", seen.id, f"{seen.kind} of {snapshot.id}", intent))
    elif before is None:
        work.audit(audited.dispute_moved(after))
        await _note_first(work, intent, seen, snapshot)


async def _note_first(work: Work, intent: Intent, seen: DisputeSeen, snapshot: Snapshot) -> None:
    if seen.kind is DisputeKind.CHARGEBACK:
        await store.disputes.end_untold(work, snapshot.id)
    log.warning("dispute.opened", dispute_id=seen.id, kind=seen.kind, payment_id=str(intent.id))
    left = snapshot.amount - snapshot.refunded
    if seen.amount is not None and seen.amount != left:
        # The whole of what is left is held and, if it comes to that, lost: MercadoPago says so of the payment only.
        found = f"{seen.amount} contested of {left}"
        await store.open_case(work, Case("dispute_amount_differs", seen.id, found, intent))


async def look_at_disputes(context: PaymentsContext, scope: str) -> int:
    """Ask MercadoPago about open disputes, each hourly, and about payments charged back without one."""
    if scope == SHARED:
        return 0
    async with context.uow.begin(scope) as work:
        due = await store.disputes.claim_dispute_looks(work, _BATCH, contesting.BETWEEN_LOOKS)
        sought = await store.disputes.claim_untold(work, _BATCH)
    looks = [
        or_put_off(
            look_at_dispute(context, scope, each), partial(_look_later, context, scope, each.id), dispute_id=each.id
        )
        for each in due
    ]
    searches = [
        or_put_off(
            _search(context, scope, each),
            partial(_seek_later, context, scope, each.charge_id),
            charge_id=each.charge_id,
        )
        for each in sought
    ]
    return await side_by_side([*looks, *searches])


async def look_at_dispute(context: PaymentsContext, scope: str, dispute: Dispute) -> None:
    """Apply what MercadoPago shows of it and of its payment now."""
    ask = context.mercadopago.chargeback if dispute.kind is DisputeKind.CHARGEBACK else context.mercadopago.claim
    try:
        found = [await ask(dispute.outside_id)]
    except MissingError:
        # MercadoPago keeps payments longer than disputes: the payment may tell how it ended.
        found = []
    await _see(context, scope, dispute.charge_id, found)


async def _search(context: PaymentsContext, scope: str, search: Untold) -> None:
    if found := await context.mercadopago.find_chargebacks(search.charge_id):
        await _see(context, scope, search.charge_id, found)
    elif search.tries >= _MANY_SEARCHES:
        async with context.uow.begin(scope) as work:
            intent = await store.find_intent(work, search.intent_id)
            case = Case(
                "dispute_not_found", search.charge_id, "charged back, and MercadoPago has no chargeback", intent
            )
            await store.open_case(work, case)
            await store.disputes.end_untold(work, search.charge_id)


async def _see(context: PaymentsContext, scope: str, charge_id: ChargeId, found: Sequence[DisputeSeen]) -> None:
    snapshot = await context.mercadopago.payment(charge_id)
    async with context.uow.begin(scope) as work:
        now = await work.now()
        await apply_snapshot(work, snapshot, now)
        for seen in found:
            await see_dispute(work, seen, snapshot, now)


async def _look_later(
    context: PaymentsContext, scope: str, dispute_id: DisputeId, why: str, at_least: timedelta
) -> None:
    """The next look is set already; it may be sooner than MercadoPago wants it."""
    log.info("dispute.look_failed", subject=dispute_id, reason=why)
    async with context.uow.begin(scope) as work:
        await store.disputes.look_no_sooner(work, dispute_id, at_least)


async def _seek_later(context: PaymentsContext, scope: str, charge_id: ChargeId, why: str, at_least: timedelta) -> None:
    log.info("dispute.look_failed", subject=charge_id, reason=why)
    async with context.uow.begin(scope) as work:
        await store.disputes.seek_no_sooner(work, charge_id, at_least)


async def get_dispute(
    context: PaymentsContext, scope: str, caller: Principal, dispute_id: DisputeId
) -> tuple[Dispute, dict[str, int]]:
    """One dispute and how many documents it has, by status. NotFound unless the caller may see it."""
    async with context.uow.read(scope) as session:
        dispute = await store.disputes.find_dispute(session, dispute_id)
        if dispute is None:
            raise NotFound
        owner = await must_manage(session, scope, caller, dispute.provider_id)
        documents = await store.documents.find_document_counts(session, dispute_id)
    if owner != caller.account_id:
        async with context.uow.begin(scope) as work:
            work.audit(audited.dispute_read(dispute, caller))
    return dispute, documents


async def list_disputes(
    context: PaymentsContext, scope: str, caller: Principal, status: DisputeStatus | None, before: UUID, most: int
) -> list[Listed]:
    """The vertical's disputes, for operators. Forbidden."""
    caller.must_be(scope, "operator")
    async with context.uow.begin(scope) as work:
        work.audit(audited.disputes_read(None, caller))
        return await store.disputes.page_disputes(work, status, before, most)


async def list_disputes_of(
    context: PaymentsContext, scope: str, caller: Principal, provider_id: ProviderId, before: UUID, most: int
) -> list[Listed]:
    """A provider's disputes, for its owner and operators. NotFound for anybody else."""
    async with context.uow.read(scope) as session:
        owner = await owner_for(session, scope, caller, provider_id)
        found = await store.disputes.page_disputes_of(session, provider_id, before, most)
    if owner != caller.account_id:
        async with context.uow.begin(scope) as work:
            work.audit(audited.disputes_read(provider_id, caller))
    return found
