"""A provider calls off a whole day."""

from datetime import date, time
from typing import Any
from uuid import UUID

import httpx
import pytest
from services.booking.tests.builders import ZONE, Paying, Shop, days_ahead

from booking.usecases import BookingContext
from common.testing import Tokens, published
from contracts.booking import BookingCancelled
from contracts.ids import AccountId, BookingId, new_id
from contracts.providers import DepositPart

BOOKINGS = "/api/v1/bookings"
CANCEL_DAY = f"{BOOKINGS}/cancel-day"
DAY = days_ahead(3).astimezone(ZONE).date()


def wish(shop: Shop, day: date = DAY, **more: str) -> dict[str, str]:
    return {"providerId": str(shop.provider_id), "date": str(day), **more}


@pytest.fixture
async def booked(http: httpx.AsyncClient, shop: Shop, tokens: Tokens) -> list[dict[str, Any]]:
    """One with each barber on the day, and one the day after."""
    bodies = [shop.wish(days_ahead(3), staffId=str(one)) for one in shop.staff] + [shop.wish(days_ahead(4))]
    clients = [tokens.bearer(AccountId(new_id())) for _ in bodies]
    return [
        (await http.post(BOOKINGS, json=body, headers=client)).json()
        for body, client in zip(bodies, clients, strict=True)
    ]


async def statuses(http: httpx.AsyncClient, booked: list[dict[str, Any]], owner: dict[str, str]) -> list[str]:
    return [(await http.get(f"{BOOKINGS}/{one['id']}", headers=owner)).json()["status"] for one in booked]


async def test_all_that_stands_of_the_day_is_cancelled_once_with_all_money_back(
    http: httpx.AsyncClient,
    context: BookingContext,
    shop: Shop,
    booked: list[dict[str, Any]],
    as_owner: dict[str, str],
) -> None:
    await Paying(context, shop, BookingId(UUID(booked[0]["id"])), AccountId(new_id())).confirmed()
    replies = [await http.post(CANCEL_DAY, json=wish(shop, reason="closed"), headers=as_owner) for _ in range(2)]
    assert [reply.json() for reply in replies] == [{"cancelled": 2}, {"cancelled": 0}]
    assert await statuses(http, booked, as_owner) == ["cancelled", "cancelled", "held"]
    told = await published(context.uow, "barber", UUID(booked[0]["id"]))
    assert [event.type for event in told][-2:] == ["booking.cancelled", "booking.refund_due"]
    cancelled = told[-2].data
    assert isinstance(cancelled, BookingCancelled)
    assert (cancelled.reason, cancelled.cancelled_by) == ("closed", "provider")
    shown = (await http.get(f"{BOOKINGS}/{booked[0]['id']}", headers=as_owner)).json()
    assert (shown["paid"], shown["refunded"]) == (3000, 3000)


async def test_more_than_a_transaction_holds_are_cancelled_all_the_same(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens
) -> None:
    shop = await Shop(barbers=3, chairs=3, deposit=DepositPart()).open(context)
    starts = [days_ahead(3, time(9 + slot // 2, slot % 2 * 30)) for slot in range(18)]
    for start in starts:
        for staff in shop.staff:
            body = shop.wish(start, staffId=str(staff))
            assert (await http.post(BOOKINGS, json=body, headers=tokens.bearer(AccountId(new_id())))).status_code == 201
    owner = tokens.bearer(shop.owner, "client provider:barber")
    assert (await http.post(CANCEL_DAY, json=wish(shop), headers=owner)).json() == {"cancelled": 54}


async def test_the_day_of_one_member_of_staff_leaves_the_others(
    http: httpx.AsyncClient, shop: Shop, booked: list[dict[str, Any]], as_owner: dict[str, str]
) -> None:
    one = wish(shop, staffId=str(shop.staff[1]))
    assert (await http.post(CANCEL_DAY, json=one, headers=as_owner)).json() == {"cancelled": 1}
    assert await statuses(http, booked, as_owner) == ["held", "cancelled", "held"]


async def test_the_day_of_somebody_who_is_not_on_the_staff_is_not_found(
    http: httpx.AsyncClient, shop: Shop, booked: list[dict[str, Any]], as_owner: dict[str, str]
) -> None:
    nobodys, idle = wish(shop, staffId=str(new_id())), wish(shop, staffId=str(shop.staff[1]))
    assert (await http.post(CANCEL_DAY, json=nobodys, headers=as_owner)).status_code == 404
    replies = [(await http.post(CANCEL_DAY, json=idle, headers=as_owner)).json() for _ in range(2)]
    assert replies == [{"cancelled": 1}, {"cancelled": 0}]
    assert await statuses(http, booked, as_owner) == ["held", "cancelled", "held"]


async def test_staff_call_off_what_they_attend_and_nothing_else(
    http: httpx.AsyncClient, shop: Shop, booked: list[dict[str, Any]], tokens: Tokens, as_owner: dict[str, str]
) -> None:
    me, other = shop.staff
    headers = tokens.bearer(shop.accounts[me])
    others = await http.post(CANCEL_DAY, json=wish(shop, staffId=str(other)), headers=headers)
    assert others.status_code == 404
    assert (await http.post(CANCEL_DAY, json=wish(shop), headers=headers)).json() == {"cancelled": 1}
    assert await statuses(http, booked, as_owner) == ["cancelled", "held", "held"]


async def test_a_stranger_and_a_client_call_off_nobodys_day(
    http: httpx.AsyncClient, shop: Shop, booked: list[dict[str, Any]], tokens: Tokens, as_client: dict[str, str]
) -> None:
    assert booked
    for headers in (as_client, tokens.bearer(AccountId(new_id()), "client provider:barber")):
        assert (await http.post(CANCEL_DAY, json=wish(shop), headers=headers)).status_code == 404


async def test_why_is_one_of_few_words_since_the_rest_is_nobodys_business(
    http: httpx.AsyncClient, shop: Shop, as_owner: dict[str, str]
) -> None:
    reply = await http.post(CANCEL_DAY, json=wish(shop, reason="tengo fiebre"), headers=as_owner)
    assert reply.status_code == 422
