"""What providers and operators read of the ledger."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query
from pydantic import PlainSerializer
from starlette.responses import StreamingResponse

from common.app import context_of
from common.http import Body, Caller, FirstDay, InVertical, LastDay
from common.money import Money
from contracts.ids import ProviderId
from payments import usecases
from payments.domain.report import By, Earned, Standing
from payments.usecases import Earnings, NextPayout, PaymentsContext

router = APIRouter(tags=["money"])
InContext = Annotated[PaymentsContext, Depends(context_of)]
OfProvider = Annotated[UUID, Path(alias="providerId")]
Signed = Annotated[Decimal, PlainSerializer(lambda pesos: float(pesos), return_type=float)]
"""Pesos that may be negative: refunds after the service, debts."""


class EarnedBody(Body):
    """`key` is a day, a service's id, MercadoPago's name of a method, or `due`, `balance` or `tip`.

    `gross` is what clients paid; `tips` are in it, and in `net` whole.
    """

    key: str
    payments: int
    gross: Signed
    commission: Signed
    vat: Signed
    net: Signed
    tips: Signed

    @classmethod
    def of(cls, one: Earned) -> "EarnedBody":
        return cls(key=one.key, payments=one.payments, **_shares(one))


class StandingBody(Body):
    """What the provider has with us now: `payable` is its own, `held` of services to come, or contested."""

    payable: Signed
    held: Signed

    @classmethod
    def of(cls, one: Standing) -> "StandingBody":
        return cls(payable=one.payable.as_units(), held=one.held.as_units())


class NextPayoutBody(Body):
    """When payouts are reckoned next, and what would be paid now if it is at least `minimum`."""

    at: datetime
    payable: Signed
    minimum: Signed

    @classmethod
    def of(cls, one: NextPayout) -> "NextPayoutBody":
        return cls(at=one.at, payable=one.payable.as_units(), minimum=one.minimum.as_units())


class EarningsReply(Body):
    """Earnings of the days from `from` to `to`, both included, in Argentina's calendar."""

    first: date
    last: date
    items: list[EarnedBody]
    standing: StandingBody
    next_payout: NextPayoutBody | None

    @classmethod
    def of(cls, found: Earnings) -> "EarningsReply":
        return cls(
            first=found.span.first,
            last=found.span.last,
            items=[EarnedBody.of(one) for one in found.lines],
            standing=StandingBody.of(found.standing),
            next_payout=NextPayoutBody.of(found.next_payout) if found.next_payout is not None else None,
        )


class AccountBody(Body):
    """One account's balance: + what we have or lost, - what we owe or earned."""

    account: str
    currency: str
    balance: Signed


class TrialBalanceReply(Body):
    """`total` is zero, or the ledger is wrong."""

    items: list[AccountBody]
    total: Signed


@router.get("/api/v1/providers/{providerId}/earnings")
async def get_earnings(
    provider_id: OfProvider,
    caller: Caller,
    vertical: InVertical,
    context: InContext,
    first: FirstDay = None,
    last: LastDay = None,
    by: Annotated[By, Query()] = By.DAY,
) -> EarningsReply:
    """What a provider earned, by day, service, method or purpose, for its owner and operators."""
    days = (first, last)
    return EarningsReply.of(
        await usecases.read_earnings(context, vertical.id, caller, ProviderId(provider_id), days, by)
    )


@router.get(
    "/api/v1/providers/{providerId}/earnings/csv",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {}}}},
)
async def get_statement(
    provider_id: OfProvider,
    caller: Caller,
    vertical: InVertical,
    context: InContext,
    first: FirstDay = None,
    last: LastDay = None,
) -> StreamingResponse:
    """The same entry by entry, as comma-separated values."""
    found = await usecases.open_statement(context, vertical.id, caller, ProviderId(provider_id), (first, last))
    name = f"ingresos-{provider_id}-{found.span.first}-{found.span.last}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return StreamingResponse(found.rows(), headers=headers, media_type="text/csv; charset=utf-8")


@router.get("/api/v1/payments/trial-balance")
async def get_trial_balance(
    caller: Caller, vertical: InVertical, context: InContext, shared: bool = False
) -> TrialBalanceReply:
    """Every account of the vertical's ledger; with `shared=true` of the one of no vertical, for all's operators."""
    found = await usecases.read_trial_balance(context, vertical.id, caller, shared=shared)
    items = [
        AccountBody(account=account, currency=currency, balance=Money(minor, currency).as_units())
        for currency, accounts in found.items()
        for account, minor in accounts.items()
    ]
    return TrialBalanceReply(items=items, total=sum((one.balance for one in items), Decimal(0)))


def _shares(one: Earned) -> dict[str, Decimal]:
    return {name: getattr(one, name).as_units() for name in ("gross", "commission", "vat", "net", "tips")}
