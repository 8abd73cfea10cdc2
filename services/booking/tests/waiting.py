"""Somebody waits, and the jobs that make and end offers."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

import httpx
from services.booking.tests.builders import Shop

from booking import usecases
from booking.usecases import BookingContext
from common.testing import Tokens
from contracts.ids import AccountId, new_id

BOOKINGS = "/api/v1/bookings"
WAITLIST = "/api/v1/waitlist"
HALF = timedelta(minutes=30)
HOUR = timedelta(hours=1)


@dataclass
class Person:
    """One client at the API."""

    http: httpx.AsyncClient
    tokens: Tokens
    account: AccountId = field(default_factory=lambda: AccountId(new_id()))

    @property
    def headers(self) -> dict[str, str]:
        return self.tokens.bearer(self.account)

    async def books(self, shop: Shop, start: datetime, **more: object) -> dict[str, Any]:
        reply = await self.http.post(BOOKINGS, json=shop.wish(start, **more), headers=self.headers)
        assert reply.status_code == 201, reply.text
        return dict(reply.json())

    async def asks_to_wait(self, shop: Shop, start: datetime, end: datetime, **more: object) -> httpx.Response:
        body = {"serviceId": str(shop.service_id), "from": start.isoformat(), "to": end.isoformat(), **more}
        return await self.http.post(WAITLIST, json=body, headers=self.headers)

    async def waits(self, shop: Shop, start: datetime, end: datetime | None = None, **more: object) -> Self:
        """For that slot, or for a longer window."""
        reply = await self.asks_to_wait(shop, start, end or start + timedelta(minutes=shop.minutes), **more)
        assert reply.status_code == 201, reply.text
        return self

    async def acts(self, booking: dict[str, Any] | str, verb: str, **body: object) -> httpx.Response:
        about = booking if isinstance(booking, str) else booking["id"]
        return await self.http.post(f"{BOOKINGS}/{about}/{verb}", json=body or None, headers=self.headers)

    async def wait(self) -> dict[str, Any]:
        """The newest of one's own."""
        return dict((await self.http.get(WAITLIST, headers=self.headers)).json()["items"][0])

    async def offer(self) -> str | None:
        """What is held for one, if anything is."""
        found = (await self.wait())["bookingId"]
        return None if found is None else str(found)


async def run(context: BookingContext) -> None:
    """The jobs until nothing is due."""
    for _ in range(20):
        done = await usecases.settle_due_holds(context, "barber") + await usecases.offer_freed(context, "barber")
        if done == 0:
            return
    raise AssertionError("the jobs do not come to rest")


async def offers_of(context: BookingContext, wait: dict[str, Any]) -> int:
    """How often a wait was offered something."""
    async with context.uow.read("barber") as session:
        query = "SELECT count(*) FROM offer WHERE waiting_id = $1"
        return int(await session.connection.fetchval(query, UUID(wait["id"])))
