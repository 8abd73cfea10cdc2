"""A vertical switched off takes no new bookings, and keeps every promise it made."""

from collections.abc import AsyncIterator
from typing import Any, Final
from uuid import UUID

import httpx
import pytest
from pydantic import ValidationError
from services.booking.tests.builders import Paying, Shop, days_ahead

from booking.app import SERVICE
from booking.settings import Settings
from booking.usecases import BookingContext
from common.testing import Databases, Tokens, api_client, settings_for
from contracts.ids import AccountId, BookingId, new_id

BOOKINGS: Final = "/api/v1/bookings"
LINK_KEY: Final = "a link key of these tests, long enough"


@pytest.fixture
async def off(databases: Databases, tokens: Tokens) -> AsyncIterator[tuple[httpx.AsyncClient, BookingContext]]:
    """The service restarted with the barbers switched off."""
    settings = settings_for(Settings, databases, link_key=LINK_KEY, paused_verticals=["barber"])
    async with api_client(SERVICE, settings, tokens) as client_and_context:
        yield client_and_context


async def test_a_new_booking_is_refused_by_name_and_told_when_to_come_back(
    off: tuple[httpx.AsyncClient, BookingContext], shop: Shop, as_client: dict[str, str]
) -> None:
    reply = await off[0].post(BOOKINGS, json=shop.wish(days_ahead(1)), headers=as_client)
    assert (reply.status_code, reply.json()["type"]) == (503, "urn:barberpro:problem:vertical-paused")
    assert reply.headers["retry-after"] == "60"
    assert reply.json()["detail"] == "Por el momento no tomamos reservas nuevas. Probá de nuevo en unos minutos."


async def test_another_vertical_takes_bookings_meanwhile(
    off: tuple[httpx.AsyncClient, BookingContext], tokens: Tokens
) -> None:
    http, context = off
    shop = await Shop(vertical="psychology").open(context)
    headers = tokens.bearer(AccountId(new_id())) | {"X-Vertical": "psychology"}
    reply = await http.post(BOOKINGS, json=shop.wish(days_ahead(3)), headers=headers)
    assert reply.status_code == 201, reply.text


async def test_a_hold_made_before_is_read_confirmed_by_its_payment_and_cancelled(
    http: httpx.AsyncClient,
    off: tuple[httpx.AsyncClient, BookingContext],
    shop: Shop,
    client: AccountId,
    as_client: dict[str, str],
) -> None:
    made: dict[str, Any] = (await http.post(BOOKINGS, json=shop.wish(days_ahead(2)), headers=as_client)).json()
    paying = Paying(off[1], shop, BookingId(UUID(made["id"])), client)
    await paying.begun()
    await paying.confirmed()
    read = await off[0].get(f"{BOOKINGS}/{made['id']}", headers=as_client)
    assert (read.status_code, read.json()["status"]) == (200, "confirmed")
    cancelled = await off[0].post(f"{BOOKINGS}/{made['id']}/cancel", headers=as_client)
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")


async def test_free_slots_are_shown_all_the_same(off: tuple[httpx.AsyncClient, BookingContext], shop: Shop) -> None:
    day = days_ahead(1).date().isoformat()
    query = {"serviceId": str(shop.service_id), "from": day, "to": day}
    assert (await off[0].get("/api/v1/availability", params=query)).status_code == 200


def test_a_vertical_that_does_not_exist_cannot_be_switched_off(databases: Databases) -> None:
    with pytest.raises(ValidationError, match="no such vertical: astrology"):
        settings_for(Settings, databases, link_key=LINK_KEY, paused_verticals=["astrology"])
