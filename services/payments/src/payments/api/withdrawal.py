"""The withdrawal (botón de arrepentimiento), for anybody: without a login, a code at once."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from common.app import context_of
from common.http import Body, InVertical, Key, once
from contracts.ids import BookingId, WithdrawalId
from payments import usecases
from payments.domain.reach import Reach
from payments.domain.withdrawal import Withdrawal, WithdrawalStatus
from payments.usecases import PaymentsContext

router = APIRouter(tags=["withdrawal"])
InContext = Annotated[PaymentsContext, Depends(context_of)]


class WithdrawalRequest(Body):
    """The booking, and the e-mail or the phone with which it was made: one of the two."""

    booking_id: UUID
    email: Annotated[str, Field(max_length=254)] | None = None
    phone: Annotated[str, Field(max_length=40)] | None = None


class WithdrawalReply(Body):
    """The same whether anything was found or not. A one-time code comes to the contact where it is the client's."""

    id: WithdrawalId
    tracking_code: str


class CodeBody(Body):
    """The six digits."""

    code: Annotated[str, Field(pattern=r"^[0-9]{6}$")]


class WithdrawalState(Body):
    """`open` until it is proved; then `confirmed`, `refunding`, `done`. `refused` and `expired` changed nothing."""

    id: WithdrawalId
    tracking_code: str
    status: WithdrawalStatus
    reason: str | None
    created_at: datetime
    confirmed_at: datetime | None


@router.post("/api/v1/withdrawal", status_code=202)
async def ask_withdrawal(
    body: WithdrawalRequest, vertical: InVertical, context: InContext, key: Key
) -> WithdrawalReply:
    """Ask to take back a booking of the last ten days."""
    reach = Reach.of(body.email, body.phone)
    of = BookingId(body.booking_id)
    return _reply(await usecases.ask_withdrawal(context, vertical.id, of, reach, once(key, _reply, 202)))


@router.post("/api/v1/withdrawal/{withdrawal_id}/confirm")
async def confirm_withdrawal(
    withdrawal_id: UUID, body: CodeBody, vertical: InVertical, context: InContext
) -> WithdrawalState:
    """Prove it with the code: the booking is cancelled and all that was paid goes back."""
    found = await usecases.confirm_withdrawal(context, vertical.id, WithdrawalId(withdrawal_id), body.code)
    return _state(found)


@router.get("/api/v1/withdrawal/{withdrawal_id}")
async def get_withdrawal(
    withdrawal_id: UUID,
    tracking_code: Annotated[str, Query(alias="trackingCode", max_length=20)],
    vertical: InVertical,
    context: InContext,
) -> WithdrawalState:
    """How far it is, for whoever has the tracking code."""
    found = await usecases.get_withdrawal(context, vertical.id, WithdrawalId(withdrawal_id), tracking_code)
    return _state(found)


def _reply(withdrawal: Withdrawal) -> WithdrawalReply:
    return WithdrawalReply(id=withdrawal.id, tracking_code=withdrawal.tracking_code)


def _state(withdrawal: Withdrawal) -> WithdrawalState:
    return WithdrawalState(
        id=withdrawal.id,
        tracking_code=withdrawal.tracking_code,
        status=withdrawal.status,
        reason=withdrawal.refusal,
        created_at=withdrawal.created_at,
        confirmed_at=withdrawal.confirmed_at,
    )
