"""Clients' bank transfers as operators see them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query

from common.app import context_of
from common.http import Body, Caller, InVertical, Pesos
from common.paging import Limit
from contracts.ids import PaymentId
from payments import usecases
from payments.domain.bank import MovementStatus
from payments.domain.bank_account import Cbu, masked
from payments.usecases import PaymentsContext, SeenTransfer

router = APIRouter(tags=["transfers"])
InContext = Annotated[PaymentsContext, Depends(context_of)]
NAME = r"^[!-~]{1,200}$"
"""The bank's id of a movement."""
MovementId = Annotated[str, Path(pattern=NAME)]
After = Annotated[str | None, Query(alias="cursor", pattern=NAME)]


class Which(StrEnum):
    """Those of which nobody knows yet what they pay, or the others."""

    UNMATCHED = "unmatched"
    MATCHED = "matched"


class MatchRequest(Body):
    """What the transfer pays."""

    payment_id: UUID


class TransferReply(Body):
    """A transfer that came in. Of whom it came from only the last four digits are shown."""

    id: str
    at: datetime
    amount: Pesos
    currency: str
    status: MovementStatus
    reference: str | None
    origin_cbu: str | None
    origin_cuit: str | None
    vertical: str | None
    payment_id: PaymentId | None

    @classmethod
    def of(cls, one: SeenTransfer) -> Self:
        names = cls.model_fields.keys() - {"amount", "currency", "origin_cbu", "origin_cuit"}
        return cls(
            **{name: getattr(one, name) for name in names},
            amount=one.amount.as_units(),
            currency=one.amount.currency,
            origin_cbu=_hidden(one.origin_cbu),
            origin_cuit=_hidden(one.origin_cuit),
        )


class TransferPage(Body):
    """Oldest first; `nextCursor` is null on the last page."""

    items: list[TransferReply]
    next_cursor: str | None


@router.get("/api/v1/payments/transfers")
async def list_transfers(
    caller: Caller,
    context: InContext,
    status: Annotated[Which, Query()] = Which.UNMATCHED,
    cursor: After = None,
    limit: Limit = 50,
) -> TransferPage:
    """Clients' transfers to our account, which is of every vertical: for operators of all."""
    matched = status is Which.MATCHED
    page = await usecases.list_transfers(context, caller, matched=matched, after=cursor, most=limit)
    return TransferPage(
        items=[TransferReply.of(each) for each in page], next_cursor=page[-1].id if len(page) == limit else None
    )


@router.post("/api/v1/payments/transfers/{movement_id}/match")
async def match_transfer(
    movement_id: MovementId, body: MatchRequest, caller: Caller, vertical: InVertical, context: InContext
) -> TransferReply:
    """Say which payment of this vertical a transfer pays; it must be of just what is left to pay."""
    of = PaymentId(body.payment_id)
    return TransferReply.of(await usecases.match_transfer(context, vertical.id, caller, movement_id, of))


def _hidden(number: str | None) -> str | None:
    return masked(Cbu(number)) if number is not None else None
