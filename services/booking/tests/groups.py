"""Group sessions as the tests make them."""

from datetime import datetime
from functools import partial
from typing import Any, Final

import httpx
from services.booking.tests.builders import Shop, exhaust

from booking import usecases
from booking.usecases import BookingContext
from common.testing import Tokens
from contracts.ids import AccountId, new_id

BOOKINGS: Final = "/api/v1/bookings"
SESSIONS: Final = "/api/v1/sessions"


def wish(shop: Shop, starts_at: datetime, seats: int = 3, minimum: int = 1, **more: object) -> dict[str, object]:
    """The body that opens one, with the shop's first member of staff."""
    at = {"staffId": str(shop.staff[0]), "placeId": str(shop.place_id)}
    return shop.wish(starts_at, seats=seats, minimum=minimum, **at, **more)


async def opened(http: httpx.AsyncClient, tokens: Tokens, shop: Shop, starts_at: datetime, **terms: Any) -> str:
    """A session of the shop's."""
    reply = await http.post(SESSIONS, json=wish(shop, starts_at, **terms), headers=owner_of(tokens, shop))
    assert reply.status_code == 201, reply.text
    return str(reply.json()["id"])


async def join(
    http: httpx.AsyncClient, tokens: Tokens, session_id: str, client: AccountId | None = None
) -> httpx.Response:
    """Somebody, or this client, asks for a seat."""
    return await http.post(
        BOOKINGS, json={"sessionId": session_id}, headers=tokens.bearer(client or AccountId(new_id()))
    )


async def decide(context: BookingContext) -> None:
    """Whether each session that is due takes place."""
    await exhaust(partial(usecases.decide_sessions, context, "barber"))


def owner_of(tokens: Tokens, shop: Shop) -> dict[str, str]:
    return tokens.bearer(shop.owner, "client provider:barber")


def slug(reply: httpx.Response) -> str:
    return str(reply.json()["type"]).rpartition(":")[2]
