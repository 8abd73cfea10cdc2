"""Clients' credit."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field, PlainSerializer

from common.app import context_of
from common.http import Body, Caller, InVertical, Key, Pesos, PlainNumber, once
from common.money import Money
from common.paging import Cursor, Limit, next_cursor
from contracts.ids import AccountId, CreditId, PaymentId
from payments import usecases
from payments.domain.credit import CreditKind, CreditMovement, CreditReason, CreditStatus
from payments.usecases import Credits, Gift, PaymentsContext

router = APIRouter(tags=["credits"])
InContext = Annotated[PaymentsContext, Depends(context_of)]
Change = Annotated[Decimal, PlainSerializer(lambda pesos: int(pesos) if pesos == int(pesos) else float(pesos))]
"""Pesos, below zero where it gets less."""


class CreditRequest(Body):
    """How much credit a client gets, in pesos, and why."""

    client_id: UUID
    amount: Annotated[Decimal, Field(gt=0, le=1_000_000_000, decimal_places=2), PlainNumber]
    reason: CreditReason


class CreditReply(Body):
    """One change of a client's credit: a grant is `awaiting_approval` until a second operator decides.

    `paymentId` is what it was spent on or came back from.
    """

    id: CreditId
    client_id: AccountId
    kind: CreditKind
    amount: Change
    currency: str
    status: CreditStatus
    reason: CreditReason | None
    payment_id: PaymentId | None
    created_at: datetime


class CreditPage(Body):
    """What there is, and what made it, newest first; `nextCursor` is null on the last page."""

    client_id: AccountId
    balance: Pesos
    currency: str
    items: list[CreditReply]
    next_cursor: str | None


@router.post("/api/v1/credits", status_code=201)
async def create_credit(
    body: CreditRequest, caller: Caller, vertical: InVertical, context: InContext, key: Key
) -> CreditReply:
    """Give a client credit; by operators. Much of it waits for a second one."""
    gift = Gift(AccountId(body.client_id), Money.from_units(body.amount), body.reason)
    return _reply(await usecases.grant_credit(context, vertical.id, caller, gift, once(key, _reply)))


@router.get("/api/v1/credits")
async def list_credits(
    caller: Caller,
    vertical: InVertical,
    context: InContext,
    cursor: Cursor,
    limit: Limit = 50,
    client_id: Annotated[UUID | None, Query(alias="clientId", description="Another's, for operators")] = None,
) -> CreditPage:
    """The caller's own credit; a client's, for operators."""
    of = AccountId(client_id) if client_id is not None else None
    return _page(await usecases.list_credits(context, vertical.id, caller, of, cursor, limit), limit)


@router.post("/api/v1/credits/{credit_id}/approve")
async def approve_credit(
    credit_id: UUID, caller: Caller, vertical: InVertical, context: InContext, key: Key
) -> CreditReply:
    """Let much credit go; by an operator who did not ask for it."""
    again = once(key, _reply, 200)
    return _reply(await usecases.approve_credit(context, vertical.id, caller, CreditId(credit_id), again))


@router.post("/api/v1/credits/{credit_id}/reject")
async def reject_credit(
    credit_id: UUID, caller: Caller, vertical: InVertical, context: InContext, key: Key
) -> CreditReply:
    """Stop much credit; by an operator who did not ask for it."""
    again = once(key, _reply, 200)
    return _reply(await usecases.reject_credit(context, vertical.id, caller, CreditId(credit_id), again))


def _reply(movement: CreditMovement) -> CreditReply:
    return CreditReply(
        id=movement.id,
        client_id=movement.client_id,
        kind=movement.kind,
        amount=movement.amount.as_units(),
        currency=movement.amount.currency,
        status=movement.status,
        reason=movement.reason,
        payment_id=movement.payment_id,
        created_at=movement.created_at,
    )


def _page(found: Credits, limit: int) -> CreditPage:
    return CreditPage(
        client_id=found.account.client_id,
        balance=found.account.balance.as_units(),
        currency=found.account.balance.currency,
        items=[_reply(each) for each in found.movements],
        next_cursor=next_cursor([each.id for each in found.movements], limit),
    )
