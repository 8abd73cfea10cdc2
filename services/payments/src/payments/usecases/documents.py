"""Documents for disputes: taken from the provider, handed in at MercadoPago together, and then forgotten."""

from datetime import timedelta
from functools import partial
from typing import Final

import structlog

from common.auth import Principal
from common.errors import NotFound
from common.settings import SHARED
from contracts.ids import new_id
from payments import store
from payments.clients import RefusedError
from payments.domain.backoff import delay
from payments.domain.dispute import Dispute, DisputeId, Papers
from payments.domain.document import Document, DocumentId, DocumentStatus, kind_of, must_take
from payments.metrics import DOCUMENTS, PROVIDER
from payments.store import Case
from payments.store.documents import Sending
from payments.usecases import audited
from payments.usecases.context import PaymentsContext
from payments.usecases.disputes import look_at_dispute
from payments.usecases.rights import may_manage
from payments.usecases.trying import or_put_off, side_by_side

log = structlog.get_logger()
_BATCH: Final = 4
_LEASE: Final = timedelta(seconds=90)
GATHERING: Final = timedelta(minutes=10)
"""MercadoPago may read what it has as soon as it has any: each file waits this long for the next one."""
_FIRST_WAIT: Final = timedelta(minutes=1)
_LONGEST_WAIT: Final = timedelta(minutes=15)
_MANY_TRIES: Final = 15
_PASSING: Final = frozenset({401, 403})
"""A token that does not work says nothing about the documents."""
_TAKEN: Final = frozenset({Papers.REVIEW_PENDING, Papers.VALID, Papers.INVALID})


async def add_document(
    context: PaymentsContext, scope: str, caller: Principal, dispute_id: DisputeId, content: bytes
) -> tuple[Dispute, dict[str, int]]:
    """Keep a file until MercadoPago has it; the very same one again changes nothing. A named refusal when it is late,
    not wanted, one too many, too large or of another kind; NotFound unless the caller may send any.
    """
    async with context.uow.begin(scope) as work:
        dispute = await store.disputes.lock_dispute(work, dispute_id)
        if dispute is None or not await may_manage(work, scope, caller, dispute.provider_id):
            raise NotFound
        must_take(dispute, content, await store.documents.count_documents(work, dispute_id), await work.now())
        document = Document(DocumentId(new_id()), dispute_id, kind_of(content), content)
        if await store.documents.insert_document(work, document):
            work.audit(audited.document_taken(document, dispute, caller))
            await store.documents.send_soon(work, dispute_id, GATHERING)
        return dispute, await store.documents.find_document_counts(work, dispute_id)


async def send_documents(context: PaymentsContext, scope: str) -> int:
    """Hand in what waits, all files of a dispute together."""
    if scope == SHARED:
        return 0
    async with context.uow.begin(scope) as work:
        due = await store.documents.claim_sendings(work, _BATCH, _LEASE)
    return await side_by_side(
        or_put_off(_send(context, scope, each), partial(_put_off, context, scope, each), dispute_id=each.dispute.id)
        for each in due
    )


async def _send(context: PaymentsContext, scope: str, sending: Sending) -> None:
    dispute = sending.dispute
    async with context.uow.begin(scope) as work:
        documents, unclear = await store.documents.find_unsent(work, dispute.id)
        now = await work.now()
    # What was asked before and not answered may have arrived: MercadoPago is looked at before it is asked again.
    shown = await context.mercadopago.chargeback(dispute.outside_id) if unclear else None
    if shown is not None and shown.papers in _TAKEN:
        # What came since was never sent: it is due at once, and MercadoPago says whether it still takes it.
        await _end(context, scope, dispute, unclear, DocumentStatus.ACCEPTED)
    elif dispute.is_decided or (dispute.deadline is not None and now >= dispute.deadline):
        await _end(context, scope, dispute, documents, DocumentStatus.REFUSED, "too late")
    elif documents:
        await _hand_in(context, scope, dispute, documents)
    else:
        await _end(context, scope, dispute, documents, DocumentStatus.ACCEPTED)


async def _hand_in(context: PaymentsContext, scope: str, dispute: Dispute, documents: list[Document]) -> None:
    async with context.uow.begin(scope) as work:
        await store.documents.mark_sent(work, documents)
    try:
        await context.mercadopago.document_chargeback(dispute.outside_id, documents, f"dd:{documents[-1].id}")
    except RefusedError as refusal:
        if refusal.status in _PASSING:
            raise
        await _end(context, scope, dispute, documents, DocumentStatus.REFUSED, str(refusal))
        return
    await _end(context, scope, dispute, documents, DocumentStatus.ACCEPTED)
    await look_at_dispute(context, scope, dispute)


async def _end(
    context: PaymentsContext,
    scope: str,
    dispute: Dispute,
    documents: list[Document],
    status: DocumentStatus,
    why: str | None = None,
) -> None:
    async with context.uow.begin(scope) as work:
        await store.documents.end_documents(work, documents, status)
        await store.documents.sending_done(work, dispute.id)
        if not documents:
            return
        work.audit(audited.documents_ended(dispute, status.value, len(documents)))
        if why is not None:
            intent = await store.find_intent(work, dispute.intent_id)
            await store.open_case(work, Case("dispute_documents_refused", dispute.id, why, intent))
        work.after_commit(lambda: DOCUMENTS.labels(PROVIDER, status.value).inc(len(documents)))
    log.info("dispute.documents", dispute_id=dispute.id, status=status, count=len(documents), reason=why)


async def _put_off(context: PaymentsContext, scope: str, sending: Sending, why: str, at_least: timedelta) -> None:
    async with context.uow.begin(scope) as work:
        wait = max(delay(sending.tries, _FIRST_WAIT, _LONGEST_WAIT), at_least)
        await store.documents.send_later(work, sending.dispute.id, wait)
        if sending.tries >= _MANY_TRIES:
            intent = await store.find_intent(work, sending.dispute.intent_id)
            await store.open_case(work, Case("dispute_documents_fail", sending.dispute.id, why, intent))
