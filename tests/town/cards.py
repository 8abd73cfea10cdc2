"""Payers who pay without MercadoPago's page: by a card whose token their browser made, or in cash."""

from typing import Any, Final
from uuid import uuid4

from tests.town.client import BARBER, Call, Json
from tests.town.people import Account
from tests.town.town import Town

from sandbox.testing import a_card

PUBLIC_KEY: Final = "TEST-00000000-0000-4000-8000-000000000000"
"""What a browser has in place of our token."""
VISA_BIN: Final = "450995"


async def card_of(town: Town, holder: str, installments: int = 1) -> Json:
    """The body of a payment by a card; the number goes from the browser to MercadoPago and to nobody else."""
    made = await town.outside.http.post("/v1/card_tokens", params={"public_key": PUBLIC_KEY}, json=a_card(holder))
    made.raise_for_status()
    return {"token": made.json()["id"], "paymentMethodId": "visa", "installments": installments}


def paying(client: Account, booking: Json, method: str, card: Json | None = None) -> Call:
    """The request that pays; one call is one intention."""
    body: dict[str, Any] = {"bookingId": booking["id"], "method": method, "payer": {"email": client.contact.email}}
    if card is not None:
        body["card"] = card
    return Call("POST", "/api/v1/payments", BARBER, client.token, body, key=uuid4().hex)


async def plans(town: Town, client: Account, booking: Json) -> dict[int, Json]:
    """What it costs to pay by this card, by the number of installments."""
    query = {"bookingId": booking["id"], "bin": VISA_BIN, "paymentMethodId": "visa"}
    found = await town.gateway.ask(Call("GET", "/api/v1/payments/installments", BARBER, client.token, query=query))
    return {one["installments"]: one for one in found["items"]}
