"""The ways to pay."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from pydantic import PlainSerializer

from common.app import context_of
from common.errors import Unauthenticated
from common.http import Body, Caller, InVertical, MaybeCaller, Pesos, PlainNumber
from contracts.ids import BookingId
from payments import usecases
from payments.api.payments import wish_of
from payments.domain.installments import PayerCost
from payments.domain.intent import Purpose
from payments.domain.switches import Method
from payments.usecases import MethodOffer, PaymentsContext

router = APIRouter(tags=["payments"])
InContext = Annotated[PaymentsContext, Depends(context_of)]
OfBooking = Annotated[BookingId, Query(alias="bookingId")]
MaybeOfBooking = Annotated[BookingId | None, Query(alias="bookingId")]
Bin = Annotated[str, Query(alias="bin", pattern=r"^[0-9]{6,8}$", description="The card's first six to eight digits")]
Brand = Annotated[str | None, Query(alias="paymentMethodId", pattern=r"^[0-9A-Za-z_-]{1,40}$")]
Issuer = Annotated[str | None, Query(alias="issuerId", pattern=r"^[0-9A-Za-z_-]{1,40}$")]
OfPurpose = Annotated[Purpose, Query()]
OfTip = Annotated[
    Decimal | None, Query(gt=0, max_digits=12, decimal_places=2, description="Pesos, of a tip"), PlainNumber
]
Percent = Annotated[Decimal, PlainSerializer(float, return_type=float)]

_NAMES: Final[Mapping[Method, tuple[str, Sequence[str]]]] = {
    Method.CHECKOUT_PRO: (
        "MercadoPago",
        ("credit_card", "debit_card", "prepaid_card", "account_money", "bank_transfer"),
    ),
    Method.CARD: ("Tarjeta", ("credit_card", "debit_card", "prepaid_card")),
    Method.RAPIPAGO: ("Rapipago", ("ticket",)),
    Method.PAGOFACIL: ("Pago Fácil", ("ticket",)),
    Method.TRANSFER: ("Transferencia bancaria", ("bank_transfer",)),
    Method.CREDIT: ("Saldo a favor", ("client_credit",)),
}


class MethodBody(Body):
    """One way to pay: `kinds` are what the payer may use there, `refusal` names why it is not offered."""

    id: Method
    name: str
    kinds: Sequence[str]
    offered: bool
    refusal: str | None


class MethodPage(Body):
    """The ways to pay in this vertical, or for one booking."""

    items: list[MethodBody]


class InstallmentsBody(Body):
    """One number of installments. `rate`, `cft` and `tea` are in percent; the law wants the last two shown."""

    installments: int
    installment_amount: Pesos
    total_amount: Pesos
    rate: Percent
    cft: Percent
    tea: Percent
    recommended_message: str


class InstallmentsPage(Body):
    """Fewest installments first; empty when MercadoPago knows no such card."""

    items: list[InstallmentsBody]


@router.get("/api/v1/payments/methods", responses={409: {}})
async def list_methods(
    vertical: InVertical,
    context: InContext,
    caller: MaybeCaller,
    booking_id: MaybeOfBooking = None,
    purpose: OfPurpose = Purpose.DUE,
    tip: OfTip = None,
) -> MethodPage:
    """The ways to pay that are not switched off; with `bookingId` all of them, and what keeps one from that booking."""
    if booking_id is None:
        offers = await usecases.list_methods(context)
    elif caller is None:
        raise Unauthenticated
    else:
        offers = await usecases.list_methods_for(
            context, vertical, caller.account_id, wish_of(booking_id, purpose, tip)
        )
    return MethodPage(items=[_method(each) for each in offers])


@router.get("/api/v1/payments/installments", responses={409: {}})
async def list_installments(
    vertical: InVertical,
    context: InContext,
    caller: Caller,
    booking_id: OfBooking,
    digits: Bin,
    brand: Brand = None,
    issuer: Issuer = None,
    purpose: OfPurpose = Purpose.DUE,
    tip: OfTip = None,
) -> InstallmentsPage:
    """What is due for a booking, its balance or a tip, in installments with this card."""
    card = (digits, brand, issuer)
    costs = await usecases.list_installments(
        context, vertical, caller.account_id, wish_of(booking_id, purpose, tip), card
    )
    return InstallmentsPage(items=[_installments(each) for each in costs])


def _method(offer: MethodOffer) -> MethodBody:
    name, kinds = _NAMES[offer.method]
    refusal = offer.refusal.slug() if offer.refusal is not None else None
    return MethodBody(id=offer.method, name=name, kinds=kinds, offered=refusal is None, refusal=refusal)


def _installments(cost: PayerCost) -> InstallmentsBody:
    if cost.rates is None:
        raise LookupError("a cost without CFT and TEA is not shown")
    return InstallmentsBody(
        installments=cost.installments,
        installment_amount=cost.each.as_units(),
        total_amount=cost.total.as_units(),
        rate=cost.rate,
        cft=cost.rates.cft,
        tea=cost.rates.tea,
        recommended_message=cost.message,
    )
