"""What a road in a test has at its ends: the service's HTTP, its database, MercadoPago, and payers without its page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import httpx
from services.payments.tests.fake import FakeMercadoPago

from common.testing import Tokens
from common.uow import UnitOfWork
from contracts.ids import AccountId, BookingId, PaymentId, new_id
from payments.usecases import PaymentsContext

SCOPE: Final = "barber"
EMAIL: Final = "ana.canario@ejemplo.com.ar"


class Held(Protocol):
    """As much of a booking as its payer needs to know."""

    id: BookingId
    client_id: AccountId


@dataclass
class Ends:
    """Reads and payments of any test."""

    http: httpx.AsyncClient
    context: PaymentsContext
    tokens: Tokens
    mercadopago: FakeMercadoPago

    @property
    def uow(self) -> UnitOfWork:
        return self.context.uow

    async def pay_with(self, booked: Held, method: str, **more: Any) -> httpx.Response:
        """The client pays without MercadoPago's page; `headers` go as such, the rest into the body."""
        auth = self.tokens.bearer(booked.client_id) | more.pop("headers", {})
        body = {"bookingId": str(booked.id), "method": method, "payer": {"email": EMAIL}} | more
        return await self.http.post("/api/v1/payments", json=body, headers=auth)

    async def pay_by_card(self, booked: Held, holder: str = "APRO", **more: Any) -> httpx.Response:
        """With a card whose holder's name decides; a `token` given is used as it is."""
        token = more.pop("token", None) or self.card_of(holder)
        installments = more.pop("installments", 1)
        card = {"token": token, "paymentMethodId": "visa", "issuerId": "310", "installments": installments}
        return await self.pay_with(booked, "card", card=card, **more)

    def card_of(self, holder: str = "APRO") -> str:
        """A token that MercadoPago's script made of a card."""
        token = new_id().hex
        self.mercadopago.tokens[token] = holder
        return token

    async def id_of(self, booked: Held) -> PaymentId:
        """The booking's newest payment."""
        row = await self.row("SELECT id FROM intent WHERE booking_id = $1 ORDER BY id DESC LIMIT 1", booked.id)
        return PaymentId(row["id"])

    async def attempts(self, payment_id: PaymentId) -> list[str]:
        rows = await self.rows("SELECT status FROM attempt WHERE intent_id = $1 ORDER BY n", payment_id)
        return [row["status"] for row in rows]

    async def kept(self, payment_id: PaymentId) -> list[Any]:
        """What is kept of tokens and payers."""
        rows = await self.rows("SELECT means FROM attempt WHERE intent_id = $1 AND means IS NOT NULL", payment_id)
        return [row["means"] for row in rows]

    async def row(self, query: str, *values: object) -> Mapping[str, Any]:
        """One row of the vertical's schema."""
        (row,) = await self.rows(query, *values)
        return row

    async def rows(self, query: str, *values: object, scope: str = SCOPE) -> list[Mapping[str, Any]]:
        async with self.uow.read(scope) as session:
            found: list[Mapping[str, Any]] = await session.connection.fetch(query, *values)
        return found
