"""Both MercadoPagos as the suite of the port sees them, and what it asks of them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from common.money import Money
from contracts.ids import new_id
from payments.clients import MercadoPago, Offer, Order
from payments.domain.charge import ChargeId
from payments.domain.method import Card, Means, Payer
from payments.domain.switches import Method

Pay = Callable[[str, str], Awaitable[ChargeId]]
OrderOf = Callable[[str, list[ChargeId]], Awaitable[str]]


@dataclass(frozen=True)
class World:
    """A MercadoPago, and a payer at its hosted page."""

    port: MercadoPago
    pay: Pay
    card: Callable[[str], Awaitable[str]]
    order: OrderOf
    """The id of the order of a page and its payments."""

    async def page(self, **changes: object) -> tuple[str, str]:
        """A page made for a new reference: its id and the reference."""
        offer = an_offer(**changes)
        return (await self.port.create_preference(offer, f"pi:{new_id()}:a1")).id, offer.external_reference

    async def paid(self, holder: str = "APRO", **changes: object) -> tuple[ChargeId, str]:
        page, reference = await self.page(**changes)
        return await self.pay(page, holder), reference


def an_offer(**changes: object) -> Offer:
    values: dict[str, object] = {
        "external_reference": f"barber.{new_id()}",
        "title": "Turno",
        "amount": Money(123_456),
        "expires_at": datetime.now(UTC) + timedelta(minutes=10),
        "notification_url": "http://127.0.0.1:9/api/v1/webhooks/mercadopago",
        "back_urls": {"success": "http://localhost/pago/aprobado"},
    }
    return Offer(**(values | changes))  # type: ignore[arg-type]  # a builder


def an_order(token: str, installments: int = 1, email: str = "ana@ejemplo.com.ar") -> Order:
    return Order(
        external_reference=f"barber.{new_id()}",
        title="Turno",
        amount=Money(123_456),
        notification_url="http://127.0.0.1:9/api/v1/webhooks/mercadopago",
        means=Means(Method.CARD, Payer(email, "DNI", "12345678"), Card(token, "visa", installments, "310")),
    )
