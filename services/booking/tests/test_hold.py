"""Taking a slot, through the API on a real PostgreSQL."""

import asyncio
from datetime import datetime, time, timedelta
from functools import partial
from uuid import UUID

import httpx
import pytest
from services.booking.tests.builders import Shop, days_ahead

from booking import usecases
from booking.usecases import BookingContext
from common.testing import Tokens, answered, event, published
from contracts.booking import BookingCreated
from contracts.ids import AccountId, new_id
from contracts.providers import DepositPart, ProviderStatus

BOOKINGS = "/api/v1/bookings"


async def test_a_booking_is_held_with_its_deposit_due_and_told_to_the_others(
    http: httpx.AsyncClient, context: BookingContext, shop: Shop, as_client: dict[str, str]
) -> None:
    reply = await http.post(BOOKINGS, json=shop.wish(days_ahead(1)), headers=as_client)
    made = reply.json()
    assert (reply.status_code, made["status"], made["price"], made["dueNow"]) == (201, "held", 10000, 3000)
    (created,) = await published(context.uow, "barber", UUID(made["id"]))
    assert isinstance(created.data, BookingCreated)
    assert created.data.due_now.minor == 300_000


async def test_a_booking_with_nothing_due_is_confirmed_at_once(
    http: httpx.AsyncClient, context: BookingContext, as_client: dict[str, str]
) -> None:
    shop = await Shop(deposit=DepositPart()).open(context)
    made = (await http.post(BOOKINGS, json=shop.wish(days_ahead(1)), headers=as_client)).json()
    assert (made["status"], made["holdExpiresAt"]) == ("confirmed", None)
    told = [event.type for event in await published(context.uow, "barber", UUID(made["id"]))]
    assert told == ["booking.created", "booking.confirmed"]


async def test_a_taken_slot_is_refused_with_the_three_nearest_free_ones(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens
) -> None:
    shop = await Shop(barbers=1, chairs=1).open(context)
    start = days_ahead(1)
    wish = shop.wish(start)
    await http.post(BOOKINGS, json=wish, headers=tokens.bearer(AccountId(new_id())))
    reply = await http.post(BOOKINGS, json=wish, headers=tokens.bearer(AccountId(new_id())))
    assert (reply.status_code, reply.json()["type"]) == (409, "urn:barberpro:problem:slot-taken")
    half = timedelta(minutes=30)
    nearest = [slot["startsAt"] for slot in reply.json()["nearest"]]
    assert nearest == [(start + step).isoformat() for step in (-half, half, -2 * half)]


async def test_of_64_parallel_bookings_of_one_slot_exactly_one_is_made(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens
) -> None:
    shop = await Shop(barbers=1, chairs=1).open(context)
    wish = shop.wish(days_ahead(2))
    clients = [tokens.bearer(AccountId(new_id())) for _ in range(64)]
    asking = (partial(http.post, BOOKINGS, json=wish, headers=client) for client in clients)
    replies = await asyncio.gather(*map(answered, asking))
    assert sorted(reply.status_code for reply in replies) == [201] + [409] * 63


async def test_two_barbers_cannot_both_use_the_one_chair(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens
) -> None:
    shop = await Shop(barbers=2, chairs=1).open(context)
    wishes = [shop.wish(days_ahead(2), staffId=str(one)) for one in shop.staff]
    replies = await asyncio.gather(
        *(http.post(BOOKINGS, json=wish, headers=tokens.bearer(AccountId(new_id()))) for wish in wishes)
    )
    assert sorted(reply.status_code for reply in replies) == [201, 409]


async def test_any_barber_is_found_while_one_is_free(http: httpx.AsyncClient, shop: Shop, tokens: Tokens) -> None:
    wish = shop.wish(days_ahead(3))
    replies = [await http.post(BOOKINGS, json=wish, headers=tokens.bearer(AccountId(new_id()))) for _ in range(3)]
    assert [reply.status_code for reply in replies] == [201, 201, 409]
    assert {reply.json()["staffId"] for reply in replies[:2]} == set(map(str, shop.staff))


async def test_the_buffer_after_a_service_keeps_the_next_start_taken(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens
) -> None:
    shop = await Shop(barbers=1, chairs=1, buffer_after=10).open(context)
    start = days_ahead(1)
    await http.post(BOOKINGS, json=shop.wish(start), headers=tokens.bearer(AccountId(new_id())))
    next_start = shop.wish(start + timedelta(minutes=30))
    reply = await http.post(BOOKINGS, json=next_start, headers=tokens.bearer(AccountId(new_id())))
    assert reply.status_code == 409


@pytest.mark.parametrize(
    ("start", "slug"),
    [
        (days_ahead(-1), "slot-in-past"),
        (days_ahead(61), "beyond-horizon"),
        (days_ahead(1, time(8, 30)), "slot-not-offered"),
        (days_ahead(1, time(19, 45)), "slot-not-offered"),
        (days_ahead(1, time(10, 10)), "slot-not-offered"),
    ],
)
async def test_a_time_that_is_not_offered_is_refused_by_name(
    http: httpx.AsyncClient, shop: Shop, as_client: dict[str, str], start: datetime, slug: str
) -> None:
    reply = await http.post(BOOKINGS, json=shop.wish(start), headers=as_client)
    assert (reply.status_code, reply.json()["type"]) == (422, f"urn:barberpro:problem:{slug}")


@pytest.mark.parametrize(
    "change",
    [
        {"price": 1},
        {"status": "confirmed"},
        {"startsAt": "2026-12-01T10:00:00"},
        {"startsAt": 1796000000},
        {"serviceId": "x"},
    ],
)
async def test_what_the_request_may_not_say_is_refused(
    http: httpx.AsyncClient, shop: Shop, as_client: dict[str, str], change: dict[str, object]
) -> None:
    reply = await http.post(BOOKINGS, json=shop.wish(days_ahead(1)) | change, headers=as_client)
    assert (reply.status_code, reply.json()["type"]) == (422, "urn:barberpro:problem:invalid-request")


async def test_a_provider_who_is_not_active_takes_no_bookings(
    http: httpx.AsyncClient, context: BookingContext, as_client: dict[str, str]
) -> None:
    shop = await Shop(status=ProviderStatus.PENDING).open(context)
    reply = await http.post(BOOKINGS, json=shop.wish(days_ahead(1)), headers=as_client)
    assert (reply.status_code, reply.json()["type"]) == (409, "urn:barberpro:problem:not-offered")


async def test_a_dismissed_barber_takes_no_bookings(
    http: httpx.AsyncClient, context: BookingContext, as_client: dict[str, str]
) -> None:
    shop = await Shop(barbers=1).open(context)
    shop.staff.clear()
    async with context.uow.begin("barber") as work:
        await usecases.remember_providers(context, work, [event(shop.provider(version=2))])
    reply = await http.post(BOOKINGS, json=shop.wish(days_ahead(1)), headers=as_client)
    assert (reply.status_code, reply.json()["type"]) == (422, "urn:barberpro:problem:slot-not-offered")


async def test_a_client_holds_three_unpaid_bookings_and_no_more_even_in_parallel(
    http: httpx.AsyncClient, shop: Shop, as_client: dict[str, str]
) -> None:
    wishes = [shop.wish(days_ahead(4, time(9 + hour))) for hour in range(8)]
    replies = await asyncio.gather(*(http.post(BOOKINGS, json=wish, headers=as_client) for wish in wishes))
    made = [reply for reply in replies if reply.status_code == 201]
    refused = {reply.json()["type"].rpartition(":")[2] for reply in replies if reply.status_code != 201}
    assert len(made) == 3
    assert refused <= {"too-many-holds", "busy"}


async def test_the_same_key_books_once_and_another_body_is_refused(
    http: httpx.AsyncClient, shop: Shop, as_client: dict[str, str]
) -> None:
    headers = as_client | {"Idempotency-Key": str(new_id())}
    first = await http.post(BOOKINGS, json=shop.wish(days_ahead(5)), headers=headers)
    again = await http.post(BOOKINGS, json=shop.wish(days_ahead(5)), headers=headers)
    other = await http.post(BOOKINGS, json=shop.wish(days_ahead(6)), headers=headers)
    assert again.json() == first.json()
    assert (other.status_code, other.json()["type"]) == (422, "urn:barberpro:problem:key-reused")


async def test_availability_shows_what_is_free_and_hides_what_is_taken(
    http: httpx.AsyncClient, context: BookingContext, as_client: dict[str, str]
) -> None:
    shop = await Shop(barbers=1, chairs=1).open(context)
    start = days_ahead(7)
    query = {"serviceId": str(shop.service_id), "from": str(start.date()), "to": str(start.date())}
    before = (await http.get("/api/v1/availability", params=query)).json()
    await http.post(BOOKINGS, json=shop.wish(start), headers=as_client)
    after = (await http.get("/api/v1/availability", params=query)).json()
    times = [slot["localTime"] for slot in before["days"][0]["slots"]]
    assert (times[0], times[-1], len(times)) == ("09:00", "19:30", 22)
    assert set(times) - {slot["localTime"] for slot in after["days"][0]["slots"]} == {"10:00"}
    assert (before["price"], before["dueNow"]) == (10000, 3000)


@pytest.mark.parametrize(
    ("first", "last", "slug"),
    [
        (1, 70, "range-too-long"),
        (3, 2, "range-reversed"),
        (-9, -8, "range-in-past"),
        (-9, 2, "range-in-past"),
        (300, 301, "beyond-horizon"),
    ],
)
async def test_availability_of_days_that_cannot_be_booked_is_refused(
    http: httpx.AsyncClient, shop: Shop, first: int, last: int, slug: str
) -> None:
    today = days_ahead(0).date()
    days = {"from": str(today + timedelta(days=first)), "to": str(today + timedelta(days=last))}
    reply = await http.get("/api/v1/availability", params={"serviceId": str(shop.service_id)} | days)
    assert (reply.status_code, reply.json()["type"]) == (422, f"urn:barberpro:problem:{slug}")


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
async def test_the_ends_of_the_calendar_break_nothing(
    http: httpx.AsyncClient, shop: Shop, tokens: Tokens, day: str
) -> None:
    query = {"serviceId": str(shop.service_id), "from": day, "to": day}
    assert (await http.get("/api/v1/availability", params=query)).status_code == 422
    assert (await http.get("/api/v1/sessions", params=query)).status_code == 422
    owner, agenda = tokens.bearer(shop.owner, "provider:barber"), {"providerId": str(shop.provider_id), "date": day}
    assert (await http.get(BOOKINGS, params=agenda, headers=owner)).status_code == 422
    assert (await http.post(f"{BOOKINGS}/cancel-day", json=agenda, headers=owner)).status_code == 422


async def test_an_agenda_needs_provider_and_date(
    http: httpx.AsyncClient, shop: Shop, as_client: dict[str, str]
) -> None:
    query = {"providerId": str(shop.provider_id)}
    assert (await http.get(BOOKINGS, params=query, headers=as_client)).status_code == 422
