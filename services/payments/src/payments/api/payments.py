"""Paying."""

from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Annotated, Final, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field, model_validator

from common.app import context_of
from common.http import Body, Caller, InVertical, Key, Pesos, PlainNumber, misfit, once
from common.money import Money
from common.paging import Cursor, Limit, next_cursor
from contracts.ids import BookingId, PaymentId, ProviderId
from payments import usecases
from payments.domain.intent import Intent, IntentStatus, Purpose
from payments.domain.method import CASH, Card, Means, Payer
from payments.domain.purpose import Wish
from payments.domain.switches import Method
from payments.usecases import PaymentsContext, Receiver

router = APIRouter(tags=["payments"])
InContext = Annotated[PaymentsContext, Depends(context_of)]
# Printable ASCII, as MercadoPago takes it.
_EMAIL: Final = r"^[!-?A-~]+@[!-?A-~]+\.[!-?A-~]+$"
_CODE: Final = r"^[0-9A-Za-z_-]{1,40}$"


class CardBody(Body):
    """A card by the token that MercadoPago's script made of it in the payer's browser."""

    token: str = Field(pattern=r"^[0-9A-Za-z_-]{1,128}$", repr=False)
    method_id: str = Field(alias="paymentMethodId", pattern=_CODE)
    issuer_id: str | None = Field(default=None, pattern=_CODE)
    installments: Literal[1, 3, 6, 9, 12]


class IdentificationBody(Body):
    """The payer's document, e.g. DNI."""

    type: str = Field(pattern=r"^[A-Za-z]{2,10}$", repr=False)
    number: str = Field(pattern=r"^[0-9A-Za-z]{1,20}$", repr=False)


class PayerBody(Body):
    """Who pays: MercadoPago demands it."""

    email: str = Field(pattern=_EMAIL, max_length=254, repr=False)
    identification: IdentificationBody | None = None


def wish_of(booking_id: BookingId, purpose: Purpose, tip: Decimal | None) -> Wish:
    """What a client asks to pay; `tip` in pesos."""
    return Wish(booking_id, purpose, Money.from_units(tip) if tip is not None else None)


class PaymentRequest(Body):
    """Which booking to pay, what of it, and how. Only a tip has an amount of the client's; else it is reckoned here."""

    booking_id: UUID
    purpose: Purpose = Purpose.DUE
    tip: Annotated[Decimal | None, Field(gt=0, max_digits=12, decimal_places=2), PlainNumber] = None
    """Pesos, of a tip."""
    method: Method = Method.CHECKOUT_PRO
    card: CardBody | None = None
    payer: PayerBody | None = None

    @model_validator(mode="after")
    def _fits_its_method(self) -> Self:
        for name, ways in (("card", {Method.CARD}), ("payer", {Method.CARD, *CASH})):
            if self.method in ways and getattr(self, name) is None:
                raise misfit("needed_by_this_method", name)
            if self.method not in ways and getattr(self, name) is not None:
                raise misfit("not_of_this_method", name)
        return self

    def wish(self) -> Wish:
        """What of the booking."""
        return wish_of(BookingId(self.booking_id), self.purpose, self.tip)

    def means(self) -> Means | None:
        """None: MercadoPago's page asks the payer itself, a transfer is made elsewhere, and credit is ours to know."""
        if self.payer is None:
            return None
        card = Card(**self.card.model_dump()) if self.card is not None else None
        known = self.payer.identification
        return Means(
            self.method,
            Payer(self.payer.email, known.type if known else None, known.number if known else None),
            card,
        )


class TicketBody(Body):
    """Where cash is paid: the ticket to print, and the code for the cashier."""

    url: str
    code: str | None
    expires_at: datetime


class TransferBody(Body):
    """Where to transfer how much, and the reference to write into it; in time until `expiresAt`."""

    cbu: str
    alias: str
    reference: str
    amount: Pesos
    expires_at: datetime


class PaymentReply(Body):
    """A payment; `initPoint` is MercadoPago's page for the payer, open until `expiresAt`.

    `way` is how the payer chose to pay, `method` what MercadoPago calls it once it is paid.
    """

    id: PaymentId
    booking_id: BookingId
    provider_id: ProviderId
    purpose: Purpose
    status: IntentStatus
    amount: Pesos
    captured: Pesos
    refunded: Pesos
    currency: str
    way: Method
    method: str | None
    init_point: str | None
    ticket: TicketBody | None
    transfer: TransferBody | None
    expires_at: datetime
    created_at: datetime
    paid_at: datetime | None


class PaymentPage(Body):
    """Newest first; `nextCursor` is null on the last page."""

    items: list[PaymentReply]
    next_cursor: str | None


@router.post("/api/v1/payments", status_code=201, responses={402: {}})
async def create_payment(
    body: PaymentRequest, caller: Caller, vertical: InVertical, context: InContext, key: Key
) -> PaymentReply:
    """Begin to pay a booking, or go on with the payment begun: at most one of a purpose is open."""
    reply = partial(reply_of, receiver=context.receiver)
    who, wish, means, kept = caller.account_id, body.wish(), body.means(), once(key, reply)
    if body.method is Method.TRANSFER:
        return reply(await usecases.begin_transfer(context, vertical, who, wish, kept))
    if body.method is Method.CREDIT:
        return reply(await usecases.pay_with_credit(context, vertical, who, wish, kept))
    if means is None:
        return reply(await usecases.begin_payment(context, vertical, who, wish, kept))
    return reply(await usecases.pay_directly(context, vertical, who, wish, means, kept))


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
    items, ids = [reply_of(each, context.receiver) for each in page], [each.id for each in page]
    return PaymentPage(items=items, next_cursor=next_cursor(ids, limit))


@router.get("/api/v1/payments/{payment_id}")
async def get_payment(payment_id: UUID, caller: Caller, vertical: InVertical, context: InContext) -> PaymentReply:
    """One payment, for its client, the provider's owner or an operator."""
    found = await usecases.get_payment(context, vertical.id, PaymentId(payment_id), caller)
    return reply_of(found, context.receiver)


def reply_of(intent: Intent, receiver: Receiver | None = None) -> PaymentReply:
    """A payment as it is shown; `receiver` is where a transfer goes."""
    names = PaymentReply.model_fields.keys() - {"amount", "captured", "refunded", "currency", "ticket", "transfer"}
    return PaymentReply(
        **{name: getattr(intent, name) for name in names},
        amount=intent.amount.as_units(),
        captured=intent.captured.as_units(),
        refunded=intent.refunded.as_units(),
        currency=intent.amount.currency,
        ticket=_ticket(intent),
        transfer=_transfer(intent, receiver),
    )


def _ticket(intent: Intent) -> TicketBody | None:
    if intent.ticket_url is None or not intent.is_open:
        return None
    return TicketBody(url=intent.ticket_url, code=intent.ticket_code, expires_at=intent.expires_at)


def _transfer(intent: Intent, receiver: Receiver | None) -> TransferBody | None:
    if intent.transfer_code is None or receiver is None or not intent.is_open:
        return None
    return TransferBody(
        cbu=receiver.cbu,
        alias=receiver.alias,
        reference=intent.transfer_code,
        amount=intent.amount.as_units(),
        expires_at=intent.expires_at,
    )
