"""Four weeks in a row at the API."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
from services.booking.tests.builders import Paying, Shop, days_ahead

from booking.usecases import BookingContext
from common.testing import published
from contracts.ids import AccountId, BookingId

BOOKINGS = "/api/v1/bookings"
SERIES = f"{BOOKINGS}/series"
WEEK = timedelta(weeks=1)


@dataclass
class Four:
    """Four weeks in a row, and how they stand now."""

    http: httpx.AsyncClient
    context: BookingContext
    headers: dict[str, str]
    made: dict[str, Any]
    leader: Paying

    @property
    def ids(self) -> list[str]:
        return [one["id"] for one in self.made["bookings"]]

    async def shown(self) -> list[dict[str, Any]]:
        found = await self.http.get(f"{SERIES}/{self.made['id']}", headers=self.headers)
        by_id = {one["id"]: one for one in found.json()["bookings"]}
        return [by_id[one] for one in self.ids]

    async def statuses(self) -> list[str]:
        return [one["status"] for one in await self.shown()]

    async def told(self, number: int | None = None) -> list[Any]:
        """Facts of one of them, or of the series."""
        subject = self.made["id"] if number is None else self.ids[number]
        return [event.data for event in await published(self.context.uow, "barber", UUID(subject))]

    async def post(self, verb: str, **body: object) -> httpx.Response:
        return await self.http.post(f"{SERIES}/{self.made['id']}/{verb}", json=body, headers=self.headers)


async def book_four(
    http: httpx.AsyncClient,
    context: BookingContext,
    shop: Shop,
    client: AccountId,
    headers: dict[str, str],
    wish: dict[str, object] | None = None,
) -> Four:
    """In two days for the first time, unless the test wishes something else."""
    wish = wish or shop.wish(days_ahead(2), rule="FREQ=WEEKLY;COUNT=4")
    made = (await http.post(SERIES, json=wish, headers=headers)).json()
    leader = Paying(context, shop, BookingId(UUID(made["bookings"][0]["id"])), client)
    return Four(http, context, headers, made, leader)
