"""Giving money back, by people."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import Field

from common.app import context_of
from common.http import Body, Caller, InVertical, Key, Pesos, PlainNumber, once
from common.money import Money
from common.paging import Cursor, Limit, next_cursor
from contracts.ids import PaymentId, RefundId
from payments import usecases
from payments.api.transfers import NAME
from payments.domain.refund import Refund, RefundOrigin, RefundReason, RefundStatus
from payments.usecases import PaymentsContext

router = APIRouter(tags=["refunds"])
InContext = Annotated[PaymentsContext, Depends(context_of)]


class RefundRequest(Body):
    """How much to give back, in pesos, and why; without `amount` all that is left."""

    amount: Annotated[Decimal, Field(gt=0, le=1_000_000_000, decimal_places=2), PlainNumber] | None = None
    reason: RefundReason


class TransferredRequest(Body):
    """Which transfer of ours, as the bank shows it, gave the money back."""

    movement_id: str = Field(pattern=NAME)


class RefundReply(Body):
    """A refund: `awaiting_approval` until a second operator decides, `done` once the money went back."""

    id: RefundId
    payment_id: PaymentId
    amount: Pesos
    currency: str
    status: RefundStatus
    origin: RefundOrigin
    reason: str
    created_at: datetime | None


class RefundPage(Body):
    """Newest first; `nextCursor` is null on the last page."""

    items: list[RefundReply]
    next_cursor: str | None


@router.post("/api/v1/payments/{payment_id}/refunds", status_code=201)
async def create_refund(
    payment_id: UUID, body: RefundRequest, caller: Caller, vertical: InVertical, context: InContext, key: Key
) -> RefundReply:
    """Give back a payment, or a part of it: operators any, a provider's owner its own."""
    amount = Money.from_units(body.amount) if body.amount is not None else None
    of, why = PaymentId(payment_id), body.reason
    return _reply(await usecases.give_back(context, vertical.id, caller, of, amount, why, once(key, _reply)))


@router.get("/api/v1/payments/{payment_id}/refunds")
async def list_refunds(
    payment_id: UUID, caller: Caller, vertical: InVertical, context: InContext, cursor: Cursor, limit: Limit = 50
) -> RefundPage:
    """A payment's refunds, for its client, the provider's owner or an operator."""
    page = await usecases.list_refunds(context, vertical.id, PaymentId(payment_id), caller, cursor, limit)
    ids = [each.id for each in page]
    return RefundPage(items=[_reply(each) for each in page], next_cursor=next_cursor(ids, limit))


@router.post("/api/v1/refunds/{refund_id}/approve")
async def approve_refund(
    refund_id: UUID, caller: Caller, vertical: InVertical, context: InContext, key: Key
) -> RefundReply:
    """Let a large refund go; by an operator who did not ask for it."""
    again = once(key, _reply, 200)
    return _reply(await usecases.approve_refund(context, vertical.id, caller, RefundId(refund_id), again))


@router.post("/api/v1/refunds/{refund_id}/reject")
async def reject_refund(
    refund_id: UUID, caller: Caller, vertical: InVertical, context: InContext, key: Key
) -> RefundReply:
    """Stop a large refund; by an operator who did not ask for it."""
    again = once(key, _reply, 200)
    return _reply(await usecases.reject_refund(context, vertical.id, caller, RefundId(refund_id), again))


@router.post("/api/v1/refunds/{refund_id}/done")
async def refund_is_done(
    refund_id: UUID, body: TransferredRequest, caller: Caller, vertical: InVertical, context: InContext
) -> RefundReply:
    """Say that a refund by bank transfer was made; it counts once two operators named the transfer."""
    of = RefundId(refund_id)
    return _reply(await usecases.transfer_refund(context, vertical.id, caller, of, body.movement_id))


def _reply(refund: Refund) -> RefundReply:
    return RefundReply(
        id=refund.id,
        payment_id=refund.intent_id,
        amount=refund.amount.as_units(),
        currency=refund.amount.currency,
        status=refund.status,
        origin=refund.origin,
        reason=refund.reason,
        created_at=refund.created_at,
    )
