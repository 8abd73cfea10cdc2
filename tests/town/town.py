"""What a test is given, and the steps that stories are made of."""

import os
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import httpx
import pytest
from tests.town.client import BARBER, Call, Gateway, Json
from tests.town.outside import Outside
from tests.town.people import Account, People
from tests.town.records import Records
from tests.town.shops import Shop, Slot

from common.testing import eventually
from localstack.stack import Stack

ON_STACK: Final = pytest.mark.xdist_group("stack")
"""One worker owns the stack: every test that needs it carries this."""
FOR_MINUTES: Final = pytest.mark.skipif(
    os.environ.get("TEST_FAULTS") != "1", reason="takes the whole stack for minutes: TEST_FAULTS=1, as `make faults`"
)
"""Too long for `make test`."""
CONFIRMATION_SECONDS: Final = 20.0
"""For a payment's way through webhook, Kafka and back, also on a busy machine."""


@dataclass(frozen=True, slots=True)
class Town:
    """The stack and everybody who has to do with it."""

    stack: Stack
    gateway: Gateway
    outside: Outside
    people: People
    records: Records

    async def try_to_book(self, client: Account, shop: Shop, slot: Slot, **more: Any) -> httpx.Response:
        """Whatever the answer is. `staff_id` may name whom to book; `headers` travel with the request."""
        return await self.gateway.send(booking_call(client, shop, slot, **more))

    async def book(self, client: Account, shop: Shop, slot: Slot, **more: Any) -> Json:
        """A booking just made."""
        return dict(await self.gateway.ask(booking_call(client, shop, slot, **more)))

    async def begin_payment(self, client: Account, booking: Json, vertical: str = BARBER, **wish: Any) -> Json:
        """A payment with MercadoPago's page behind it; `wish` says of what, if not of the due."""
        call = payment_call(client, booking, vertical, **wish)
        return dict(await self.gateway.ask(call, max(self.gateway.patience, CONFIRMATION_SECONDS)))

    async def buy(self, client: Account, shop: Shop, slot: Slot, **more: Any) -> tuple[Json, Json]:
        """A confirmed booking, and MercadoPago's payment for it."""
        booking = await self.book(client, shop, slot, **more)
        payment = await self.begin_payment(client, booking, shop.vertical)
        charge = await self.outside.pay(payment)
        return await self.until(client, booking, "confirmed", shop.vertical), charge

    async def see(self, client: Account, booking: Json, vertical: str = BARBER) -> Json:
        """The booking as its client sees it now."""
        path = f"/api/v1/bookings/{booking['id']}"
        return dict(await self.gateway.ask(Call("GET", path, vertical, client.token)))

    async def until(
        self,
        client: Account,
        booking: Json,
        status: str,
        vertical: str = BARBER,
        seconds: float = CONFIRMATION_SECONDS,
    ) -> Json:
        """The booking once it has come to this."""

        async def arrived() -> Json | None:
            now = await self.see(client, booking, vertical)
            return now if now["status"] == status else None

        return await eventually(arrived, seconds)


def booking_call(
    client: Account,
    shop: Shop,
    slot: Slot,
    staff_id: str | None = None,
    headers: dict[str, str] | None = None,
    key: str | None = None,
) -> Call:
    """The request that books a slot; one call is one intention, so sending it again changes nothing."""
    body = {"serviceId": shop.service_id, "startsAt": slot.starts_at.isoformat()}
    if staff_id is not None:
        body["staffId"] = staff_id
    key = key or uuid4().hex
    return Call("POST", "/api/v1/bookings", shop.vertical, client.token, body, headers=headers or {}, key=key)


def payment_call(client: Account, booking: Json, vertical: str = BARBER, **wish: Any) -> Call:
    """The request that begins to pay."""
    body = {"bookingId": booking["id"], **wish}
    return Call("POST", "/api/v1/payments", vertical, client.token, body, key=uuid4().hex)
