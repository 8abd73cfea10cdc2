"""Paying."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from common.app import context_of
from common.http import Body, Caller, InVertical, Key, Pesos, once
from common.paging import Cursor, Limit, next_cursor
from contracts.ids import BookingId, PaymentId, ProviderId
from payments import usecases
from payments.domain import switches
from payments.domain.intent import Intent, IntentStatus
from payments.usecases import PaymentsContext

router = APIRouter(tags=["payments"])
InContext = Annotated[PaymentsContext, Depends(context_of)]


class PaymentRequest(Body):
    """Which booking to pay; booking alone decides how much."""

    booking_id: UUID


class PaymentReply(Body):
    """A payment; `initPoint` is MercadoPago's page for the payer, open until `expiresAt`."""

    id: PaymentId
    booking_id: BookingId
    provider_id: ProviderId
    status: IntentStatus
    amount: Pesos
    captured: Pesos
    refunded: Pesos
    currency: str
    method: str | None
    init_point: str | None
    expires_at: datetime
    created_at: datetime
    paid_at: datetime | None


class PaymentPage(Body):
    """Newest first; `nextCursor` is null on the last page."""

    items: list[PaymentReply]
    next_cursor: str | None


class MethodBody(Body):
    """One way to pay: `kinds` are what the payer may use there."""

    id: str
    name: str
    kinds: list[str]


class MethodPage(Body):
    """The ways to pay offered in this vertical."""

    items: list[MethodBody]


_CHECKOUT_PRO: Final = MethodBody(
    id=switches.Method.CHECKOUT_PRO,
    name="MercadoPago",
    kinds=["credit_card", "debit_card", "prepaid_card", "account_money", "bank_transfer"],
)


_METHODS: Final = (_CHECKOUT_PRO,)


@router.post("/api/v1/payments", status_code=201)
async def create_payment(
    body: PaymentRequest, caller: Caller, vertical: InVertical, context: InContext, key: Key
) -> PaymentReply:
    """Begin to pay a booking, or go on with the payment begun: at most one is open."""
    booking_id, who = BookingId(body.booking_id), caller.account_id
    return reply_of(await usecases.begin_payment(context, vertical, who, booking_id, once(key, reply_of)))


@router.get("/api/v1/payments")
async def list_payments(
    booking_id: Annotated[BookingId, Query(alias="bookingId")],
    caller: Caller,
    vertical: InVertical,
    context: InContext,
    cursor: Cursor,
    limit: Limit = 50,
) -> PaymentPage:
    """A booking's payments, for its client, the provider's owner or an operator."""
    page = await usecases.list_of_booking(context, vertical.id, booking_id, caller, cursor, limit)
    return PaymentPage(
        items=[reply_of(each) for each in page], next_cursor=next_cursor([each.id for each in page], limit)
    )


@router.get("/api/v1/payments/methods")
async def list_methods(_vertical: InVertical, context: InContext) -> MethodPage:
    """The ways to pay that are not switched off. Cash is not among them yet: it takes days, a hold takes minutes."""
    return MethodPage(items=[each for each in _METHODS if context.switches.offered(switches.Method(each.id))])


@router.get("/api/v1/payments/{payment_id}")
async def get_payment(payment_id: UUID, caller: Caller, vertical: InVertical, context: InContext) -> PaymentReply:
    """One payment, for its client, the provider's owner or an operator."""
    return reply_of(await usecases.get_payment(context, vertical.id, PaymentId(payment_id), caller))


def reply_of(intent: Intent) -> PaymentReply:
    """A payment as it is shown."""
    names = PaymentReply.model_fields.keys() - {"amount", "captured", "refunded", "currency"}
    return PaymentReply(
        **{name: getattr(intent, name) for name in names},
        amount=intent.amount.as_units(),
        captured=intent.captured.as_units(),
        refunded=intent.refunded.as_units(),
        currency=intent.amount.currency,
    )
