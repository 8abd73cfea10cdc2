"""Payouts: where a provider is paid, what was paid, and operators' approvals."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field, StringConstraints, model_validator
from starlette.responses import Response

from common.app import context_of
from common.http import Body, Caller, InVertical, Pesos, misfit
from common.money import Money
from common.paging import Cursor, Limit, next_cursor
from contracts.ids import PayoutId, ProviderId
from payments import usecases
from payments.domain.bank import BatchId
from payments.domain.bank_account import masked, parse_cbu, parse_cuit
from payments.domain.payout import Payout, PayoutStatus
from payments.domain.payout_account import AccountStatus, PayoutAccount, Schedule, Wanted
from payments.usecases import PaymentsContext

router = APIRouter(tags=["payouts"])
InContext = Annotated[PaymentsContext, Depends(context_of)]
OfProvider = Annotated[UUID, Path(alias="providerId")]
Number = Annotated[str, StringConstraints(min_length=1, max_length=40)]
Alias = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.-]{6,20}$", to_lower=True)]


class AccountRequest(Body):
    """A CBU, CVU or alias, not both, and its holder's CUIT or CUIL; nothing below `minimum` pesos is paid out."""

    cbu: Number | None = None
    alias: Alias | None = None
    cuit: Number
    schedule: Schedule
    minimum: Pesos = Field(default=Decimal(0))

    @model_validator(mode="after")
    def _has_one_name(self) -> Self:
        if (self.cbu is None) == (self.alias is None):
            raise misfit("just_one_of_these", "cbu", "alias")
        return self

    def wanted(self) -> Wanted:
        """InvalidCbu, InvalidCuit."""
        cbu = parse_cbu(self.cbu) if self.cbu is not None else None
        return Wanted(cbu, self.alias, parse_cuit(self.cuit), self.schedule, Money.from_units(self.minimum))


class AccountReply(Body):
    """Of the CBU only the last four digits are shown. Nothing is paid before `usableFrom`, where there is one."""

    provider_id: ProviderId
    cbu: str | None
    alias: str | None
    schedule: Schedule
    minimum: Pesos
    status: AccountStatus
    reason: str | None
    usable_from: datetime | None
    next_payout_at: datetime

    @classmethod
    def of(cls, one: PayoutAccount) -> Self:
        return cls(
            provider_id=one.provider_id,
            cbu=masked(one.cbu) if one.cbu else None,
            alias=one.alias,
            schedule=one.schedule,
            minimum=one.minimum.as_units(),
            status=one.status,
            reason=one.reason,
            usable_from=one.usable_from,
            next_payout_at=one.due_at,
        )


class PayoutReply(Body):
    """What was earned in the days from `firstDay` to `lastDay`, both included. `reason` says why it was not paid."""

    id: PayoutId
    provider_id: ProviderId
    status: PayoutStatus
    amount: Pesos
    currency: str
    first_day: date
    last_day: date
    batch_id: UUID | None
    reason: str | None

    @classmethod
    def of(cls, one: Payout) -> Self:
        names = cls.model_fields.keys() - {"amount", "currency"}
        money = {"amount": one.amount.as_units(), "currency": one.amount.currency}
        return cls(**{name: getattr(one, name) for name in names}, **money)


class PayoutPage(Body):
    """Newest first; `nextCursor` is null on the last page."""

    items: list[PayoutReply]
    next_cursor: str | None


@router.put("/api/v1/providers/{providerId}/payout-account")
async def put_account(
    body: AccountRequest, provider_id: OfProvider, caller: Caller, vertical: InVertical, context: InContext
) -> AccountReply:
    """Name the account that earnings are paid to, by the provider's owner. Another one is paid after 24 hours."""
    wanted = body.wanted()
    return AccountReply.of(
        await usecases.name_payout_account(context, vertical.id, caller, ProviderId(provider_id), wanted)
    )


@router.get("/api/v1/providers/{providerId}/payout-account")
async def get_account(
    provider_id: OfProvider, caller: Caller, vertical: InVertical, context: InContext
) -> AccountReply:
    """The account that earnings are paid to, for the provider's owner and operators."""
    return AccountReply.of(await usecases.read_payout_account(context, vertical.id, caller, ProviderId(provider_id)))


@router.get("/api/v1/providers/{providerId}/payouts")
async def list_of_provider(
    provider_id: OfProvider,
    caller: Caller,
    vertical: InVertical,
    context: InContext,
    cursor: Cursor,
    limit: Limit = 50,
) -> PayoutPage:
    """A provider's payouts, for its owner and operators."""
    who = ProviderId(provider_id)
    return _page(await usecases.list_of_provider(context, vertical.id, caller, who, cursor, limit), limit)


@router.get("/api/v1/payouts")
async def list_payouts(
    caller: Caller,
    vertical: InVertical,
    context: InContext,
    cursor: Cursor,
    status: Annotated[PayoutStatus | None, Query()] = None,
    limit: Limit = 50,
) -> PayoutPage:
    """Everybody's payouts, for operators."""
    return _page(await usecases.list_payouts(context, vertical.id, caller, status, cursor, limit), limit)


@router.post("/api/v1/payouts/{payout_id}/approve")
async def approve(payout_id: UUID, caller: Caller, vertical: InVertical, context: InContext) -> PayoutReply:
    """Say yes to a large payout; it goes when a second operator has said so too."""
    return PayoutReply.of(await usecases.approve_payout(context, vertical.id, caller, PayoutId(payout_id)))


@router.post("/api/v1/payouts/{payout_id}/reject")
async def reject(payout_id: UUID, caller: Caller, vertical: InVertical, context: InContext) -> PayoutReply:
    """Say no to a large payout, or give up one that the bank has and does not pay: its money is payable again."""
    return PayoutReply.of(await usecases.reject_payout(context, vertical.id, caller, PayoutId(payout_id)))


@router.get(
    "/api/v1/payouts/batches/{batch_id}/file",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}}},
)
async def get_batch_file(batch_id: UUID, caller: Caller, vertical: InVertical, context: InContext) -> Response:
    """A batch as comma-separated values, for a bank that takes files. For operators."""
    text = await usecases.read_batch_file(context, vertical.id, caller, BatchId(batch_id))
    headers = {
        "Content-Disposition": f'attachment; filename="lote-{batch_id}.csv"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


def _page(found: Sequence[Payout], limit: int) -> PayoutPage:
    return PayoutPage(
        items=[PayoutReply.of(each) for each in found], next_cursor=next_cursor([each.id for each in found], limit)
    )
