"""Calling a booking off: what goes back, and the link by which a guest does it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from services.booking.tests.builders import Paying, Shop, days_ahead

from booking.usecases import BookingContext
from common.testing import Databases, Tokens, published
from contracts.ids import AccountId, BookingId, new_id

BOOKINGS = "/api/v1/bookings"


@pytest.mark.parametrize(
    ("before_start", "refunded"),
    [(timedelta(hours=13), 3000), (timedelta(hours=4), 1500), (timedelta(hours=1), 0)],
)
async def test_a_cancellation_gives_back_what_the_policy_says(
    http: httpx.AsyncClient,
    shop: Shop,
    context: BookingContext,
    as_client: dict[str, str],
    client: AccountId,
    clock: Databases,
    before_start: timedelta,
    refunded: int,
) -> None:
    start = days_ahead(2)
    made = (await http.post(BOOKINGS, json=shop.wish(start), headers=as_client)).json()
    await Paying(context, shop, BookingId(UUID(made["id"])), client).confirmed()
    async with context.uow.begin("barber") as work:
        now = await work.now()
    await clock.shift_clock("barber", start - before_start - now)
    cancelled = await http.post(f"{BOOKINGS}/{made['id']}/cancel", headers=as_client)
    assert (cancelled.json()["status"], cancelled.json()["refunded"]) == ("cancelled", refunded)
    types = [event.type for event in await published(context.uow, "barber", UUID(made["id"]))]
    assert types.count("booking.refund_due") == (1 if refunded else 0)


async def test_a_cancellation_by_the_provider_gives_all_of_it_back(
    http: httpx.AsyncClient, shop: Shop, made: dict[str, Any], paying: Paying, tokens: Tokens
) -> None:
    await paying.confirmed()
    owner = tokens.bearer(shop.owner, "client provider:barber")
    assert (await http.post(f"{BOOKINGS}/{made['id']}/cancel", headers=owner)).json()["refunded"] == 3000


async def test_a_booking_is_cancelled_once(
    http: httpx.AsyncClient, made: dict[str, Any], as_client: dict[str, str]
) -> None:
    replies = [await http.post(f"{BOOKINGS}/{made['id']}/cancel", headers=as_client) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [200, 409]


async def test_the_link_opens_and_cancels_the_booking_without_an_account(
    http: httpx.AsyncClient, made: dict[str, Any]
) -> None:
    token = made["link"].rpartition("/")[2]
    assert (await http.get(f"{BOOKINGS}/by-link/{token}")).json()["id"] == made["id"]
    assert (await http.post(f"{BOOKINGS}/by-link/{token}/cancel")).json()["status"] == "cancelled"


async def test_a_repeated_booking_is_answered_with_its_link_and_no_link_is_stored(
    http: httpx.AsyncClient, context: BookingContext, shop: Shop, as_client: dict[str, str]
) -> None:
    key = {"Idempotency-Key": str(new_id())}
    wish = shop.wish(days_ahead(2))
    first, again = [await http.post(BOOKINGS, json=wish, headers=as_client | key) for _ in range(2)]
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["idempotent-replayed"] == "true"
    token = first.json()["link"].rpartition("/")[2]
    cancels = [await http.post(f"{BOOKINGS}/by-link/{token}/cancel", headers=key) for _ in range(2)]
    assert [reply.json()["status"] for reply in cancels] == ["cancelled", "cancelled"]
    async with context.uow.read("barber") as session:
        stored = await session.connection.fetch("SELECT * FROM idempotency WHERE key = $1", key["Idempotency-Key"])
    assert (len(stored), token in str(stored)) == (2, False)


async def test_a_forged_link_opens_nothing(http: httpx.AsyncClient, made: dict[str, Any]) -> None:
    token = made["link"].rpartition("/")[2]
    for forged in (token[:-2] + "AA", "x", token + "AAAA", "%00"):
        assert (await http.get(f"{BOOKINGS}/by-link/{forged}")).status_code == 404
