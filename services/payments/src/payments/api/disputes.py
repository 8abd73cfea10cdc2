"""Disputes, for operators and the provider whom they are about."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request

from common.app import context_of
from common.http import Body, Caller, InVertical, Pesos
from common.paging import Cursor, Limit, next_cursor
from contracts.ids import BookingId, PaymentId, ProviderId
from payments import usecases
from payments.domain.dispute import Dispute, DisputeId, DisputeKind, DisputeStatus
from payments.domain.document import DocumentStatus, MediaType
from payments.store.disputes import Listed
from payments.usecases import PaymentsContext

router = APIRouter(tags=["disputes"])
InContext = Annotated[PaymentsContext, Depends(context_of)]
OfDispute = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.-]{1,100}$")]
_FILE: Final = {
    "requestBody": {
        "required": True,
        "content": {kind.value: {"schema": {"type": "string", "format": "binary"}} for kind in MediaType},
    }
}


class DisputeBody(Body):
    """`id` is MercadoPago's. `deadline` is until when documents are taken; `coverage` true when the money stays."""

    id: str
    kind: DisputeKind
    payment_id: PaymentId
    booking_id: BookingId
    provider_id: ProviderId
    amount: Pesos
    currency: str
    status: DisputeStatus
    deadline: datetime | None
    coverage: bool | None
    opened_at: datetime
    updated_at: datetime
    decided_at: datetime | None


class DocumentsBody(Body):
    """How many files there are: on their way to MercadoPago, taken by it, refused by it."""

    waiting: int
    accepted: int
    refused: int


class DisputeReply(DisputeBody):
    """One dispute and its documents."""

    documents: DocumentsBody


class DisputePage(Body):
    """Newest first; `nextCursor` is null on the last page."""

    items: list[DisputeBody]
    next_cursor: str | None


@router.get("/api/v1/disputes")
async def list_disputes(
    caller: Caller,
    vertical: InVertical,
    context: InContext,
    cursor: Cursor,
    status: Annotated[DisputeStatus | None, Query()] = None,
    limit: Limit = 50,
) -> DisputePage:
    """The vertical's disputes, for operators."""
    return _page(await usecases.list_disputes(context, vertical.id, caller, status, cursor, limit), limit)


@router.get("/api/v1/providers/{providerId}/disputes")
async def list_provider_disputes(
    provider_id: Annotated[UUID, Path(alias="providerId")],
    caller: Caller,
    vertical: InVertical,
    context: InContext,
    cursor: Cursor,
    limit: Limit = 50,
) -> DisputePage:
    """A provider's disputes, for its owner and operators."""
    of = ProviderId(provider_id)
    return _page(await usecases.list_disputes_of(context, vertical.id, caller, of, cursor, limit), limit)


@router.get("/api/v1/disputes/{dispute_id}")
async def get_dispute(dispute_id: OfDispute, caller: Caller, vertical: InVertical, context: InContext) -> DisputeReply:
    """One dispute, for the provider's owner and operators."""
    return _reply(*await usecases.get_dispute(context, vertical.id, caller, DisputeId(dispute_id)))


@router.post("/api/v1/disputes/{dispute_id}/documents", status_code=202, openapi_extra=_FILE)
async def add_document(
    dispute_id: OfDispute, request: Request, caller: Caller, vertical: InVertical, context: InContext
) -> DisputeReply:
    """One file as the body: PDF, PNG or JPEG, at most 1 MiB, ten for a dispute. They go to MercadoPago together."""
    content = await request.body()
    return _reply(*await usecases.add_document(context, vertical.id, caller, DisputeId(dispute_id), content))


def _page(found: list[Listed], limit: int) -> DisputePage:
    items = [DisputeBody(**_fields(each.dispute)) for each in found]
    return DisputePage(items=items, next_cursor=next_cursor([each.key for each in found], limit))


def _reply(dispute: Dispute, documents: dict[str, int]) -> DisputeReply:
    on_their_way = sum(documents.get(status, 0) for status in (DocumentStatus.WAITING, DocumentStatus.SENT))
    counts = {name: documents.get(name, 0) for name in (DocumentStatus.ACCEPTED, DocumentStatus.REFUSED)}
    return DisputeReply(**_fields(dispute), documents=DocumentsBody(waiting=on_their_way, **counts))


def _fields(dispute: Dispute) -> dict[str, object]:
    names = DisputeBody.model_fields.keys() - {"payment_id", "amount", "currency"}
    return {name: getattr(dispute, name) for name in names} | {
        "payment_id": dispute.intent_id,
        "amount": dispute.amount.as_units(),
        "currency": dispute.amount.currency,
    }
