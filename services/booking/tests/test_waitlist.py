"""Waiting for a slot: who may, for how long, and in how many lines."""

import asyncio
from datetime import datetime, time, timedelta
from uuid import UUID

import httpx
import pytest
from services.booking.tests.builders import Shop, come, days_ahead
from services.booking.tests.waiting import HALF, HOUR, WAITLIST, Person

from booking import usecases
from booking.usecases import BookingContext
from common.audit import Entry
from common.testing import Databases, Tokens, on_record, published
from contracts.ids import AccountId, new_id
from contracts.waitlist import WaitlistClosed, WaitlistJoined


@pytest.fixture
def ana(http: httpx.AsyncClient, tokens: Tokens) -> Person:
    return Person(http, tokens)


async def test_who_waits_is_told_in_a_fact_and_sees_it(context: BookingContext, shop: Shop, ana: Person) -> None:
    start = days_ahead(2)
    made = (await ana.asks_to_wait(shop, start, start + HOUR, staffId=str(shop.staff[0]))).json()
    assert (made["status"], made["bookingId"]) == ("waiting", None)
    assert {**made, "link": None} == await ana.wait()
    (told,) = await published(context.uow, "barber", UUID(made["id"]))
    assert isinstance(told.data, WaitlistJoined)
    assert (told.data.wanted_from, told.data.staff_id) == (start, shop.staff[0])


async def test_a_client_waits_in_ten_lines_and_no_more_even_in_parallel(
    shop: Shop, ana: Person, http: httpx.AsyncClient
) -> None:
    starts = [days_ahead(3 + n) for n in range(10)]
    for start in starts[:7]:
        await ana.waits(shop, start)
    replies = await asyncio.gather(*(ana.asks_to_wait(shop, one, one + HOUR) for one in starts))
    assert {reply.status_code for reply in replies} <= {201, 409, 503}
    hours = 2
    while (reply := await ana.asks_to_wait(shop, starts[0], starts[0] + hours * HOUR)).status_code == 201:
        hours += 1
    assert (reply.json()["type"], reply.json()["most"]) == ("urn:barberpro:problem:too-many-waits", 10)
    items = (await http.get(WAITLIST, headers=ana.headers)).json()["items"]
    assert len(items) == 10
    left = await http.delete(f"{WAITLIST}/{items[0]['id']}", headers=ana.headers)
    assert (left.status_code, left.json()["status"]) == (200, "left")
    await ana.waits(shop, starts[0], starts[0] + hours * HOUR)


async def test_for_the_same_window_a_client_waits_once_even_in_parallel_until_it_leaves(
    shop: Shop, ana: Person, http: httpx.AsyncClient
) -> None:
    start = days_ahead(3)
    replies = await asyncio.gather(*(ana.asks_to_wait(shop, start, start + HOUR) for _ in range(4)))
    (wait,) = (await http.get(WAITLIST, headers=ana.headers)).json()["items"]
    refused = [reply.json() for reply in replies if reply.status_code == 409]
    assert [reply.status_code for reply in replies].count(201) == 1
    assert {(one["type"], one["waitlistId"]) for one in refused} <= {
        ("urn:barberpro:problem:already-waiting", wait["id"])
    }
    again = await ana.asks_to_wait(shop, start, start + HOUR)
    assert (again.status_code, again.json()["waitlistId"]) == (409, wait["id"])
    await ana.waits(shop, start, start + HOUR, staffId=str(shop.staff[0]))
    await http.delete(f"{WAITLIST}/{wait['id']}", headers=ana.headers)
    await ana.waits(shop, start, start + HOUR)


@pytest.mark.parametrize(
    ("begins", "ends", "status", "slug"),
    [
        (days_ahead(-2), days_ahead(-1), 422, "slot-in-past"),
        (days_ahead(1), days_ahead(61), 422, "beyond-horizon"),
        (days_ahead(-10), days_ahead(55), 422, "range-too-long"),
        (days_ahead(2), days_ahead(2, time(10, 20)), 422, "window-too-short"),
        (days_ahead(2), days_ahead(2), 422, "invalid-request"),
    ],
)
async def test_a_window_in_which_nothing_could_be_offered_is_refused(
    shop: Shop, ana: Person, begins: datetime, ends: datetime, status: int, slug: str
) -> None:
    reply = await ana.asks_to_wait(shop, begins, ends)
    assert (reply.status_code, reply.json()["type"]) == (status, f"urn:barberpro:problem:{slug}")


@pytest.mark.parametrize("wish", ["staffId", "placeId", "serviceId"])
async def test_nobody_waits_for_what_the_provider_does_not_have(shop: Shop, ana: Person, wish: str) -> None:
    start = days_ahead(2)
    assert (await ana.asks_to_wait(shop, start, start + HOUR, **{wish: str(new_id())})).status_code == 404


async def test_its_window_over_a_wait_lapses(
    context: BookingContext, shop: Shop, ana: Person, clock: Databases
) -> None:
    start = days_ahead(2)
    await ana.waits(shop, start)
    await come(clock, start + HALF + timedelta(seconds=1))
    while await usecases.lapse_waits(context, "barber"):
        pass
    wait = await ana.wait()
    assert wait["status"] == "lapsed"
    assert isinstance((await published(context.uow, "barber", UUID(wait["id"])))[-1].data, WaitlistClosed)


async def test_the_provider_sees_who_waits_an_operator_is_on_record_and_a_stranger_sees_nothing(
    http: httpx.AsyncClient,
    context: BookingContext,
    shop: Shop,
    ana: Person,
    tokens: Tokens,
    as_owner: dict[str, str],
) -> None:
    await ana.waits(shop, days_ahead(2))
    operator = AccountId(new_id())
    query = {"providerId": str(shop.provider_id)}
    readers = (as_owner, tokens.bearer(operator, "client operator:*"), ana.headers)
    replies = [await http.get(WAITLIST, params=query, headers=who) for who in readers]
    assert [reply.status_code for reply in replies] == [200, 200, 404]
    assert [(one["clientId"], one["link"]) for one in replies[0].json()["items"]] == [(str(ana.account), None)]
    assert await on_record(context.uow, "barber", shop.provider_id) == [
        Entry("waitlist.read", operator, shop.provider_id, {"waits": 1})
    ]


async def test_another_s_place_in_line_is_not_found(
    http: httpx.AsyncClient, shop: Shop, ana: Person, tokens: Tokens
) -> None:
    await ana.waits(shop, days_ahead(2))
    path = f"{WAITLIST}/{(await ana.wait())['id']}"
    assert (await http.delete(path, headers=tokens.bearer(AccountId(new_id())))).status_code == 404
    assert (await ana.wait())["status"] == "waiting"
