"""Seats of a session: as many as there are, one for each client, and free again when given up."""

import asyncio
from datetime import timedelta
from functools import partial
from uuid import UUID

import httpx
from services.booking.tests.builders import Paying, Shop, come, days_ahead, settle
from services.booking.tests.groups import BOOKINGS, SESSIONS, join, opened, owner_of, slug

from booking.usecases import BookingContext
from common.testing import Databases, Tokens, answered
from contracts.ids import AccountId, BookingId, new_id
from contracts.providers import DepositPart


async def test_of_64_parallel_clients_exactly_as_many_get_a_seat_as_there_are(
    http: httpx.AsyncClient, shop: Shop, tokens: Tokens
) -> None:
    session_id = await opened(http, tokens, shop, days_ahead(2), seats=8)
    asking = [partial(join, http, tokens, session_id, AccountId(new_id())) for _ in range(64)]
    replies = await asyncio.gather(*map(answered, asking))
    assert sorted(reply.status_code for reply in replies) == [201] * 8 + [409] * 56
    assert {slug(reply) for reply in replies if reply.status_code == 409} == {"session-full"}
    shown = (await http.get(f"{SESSIONS}/{session_id}")).json()
    assert (shown["seats"], shown["seatsLeft"]) == (8, 0)


async def test_a_client_has_one_seat_of_a_session_even_when_asking_in_parallel(
    http: httpx.AsyncClient, shop: Shop, tokens: Tokens, client: AccountId
) -> None:
    session_id = await opened(http, tokens, shop, days_ahead(2), seats=8)
    replies = await asyncio.gather(*(join(http, tokens, session_id, client) for _ in range(6)))
    assert sorted(reply.status_code for reply in replies) == [201] + [409] * 5
    assert {slug(reply) for reply in replies if reply.status_code == 409} == {"seat-held"}


async def test_a_seat_is_held_like_any_booking_and_is_free_again_when_cancelled(
    http: httpx.AsyncClient, shop: Shop, tokens: Tokens, client: AccountId, as_client: dict[str, str]
) -> None:
    session_id = await opened(http, tokens, shop, days_ahead(2), seats=1)
    made = (await join(http, tokens, session_id, client)).json()
    assert (made["status"], made["sessionId"], made["dueNow"]) == ("held", session_id, 3000)
    assert slug(await join(http, tokens, session_id)) == "session-full"
    await http.post(f"{BOOKINGS}/{made['id']}/cancel", headers=as_client)
    assert (await join(http, tokens, session_id, client)).status_code == 201


async def test_a_hold_that_runs_out_frees_its_seat_and_late_money_takes_another_that_is_left(
    http: httpx.AsyncClient, context: BookingContext, shop: Shop, tokens: Tokens, client: AccountId, clock: Databases
) -> None:
    start = days_ahead(3)
    session_id = await opened(http, tokens, shop, start, seats=2)
    made = (await join(http, tokens, session_id, client)).json()
    await come(clock, start - timedelta(days=2))
    await settle(context)
    assert (await http.get(f"{SESSIONS}/{session_id}")).json()["seatsLeft"] == 2
    await join(http, tokens, session_id)
    await Paying(context, shop, BookingId(UUID(made["id"])), client).confirmed()
    shown = await http.get(f"{BOOKINGS}/{made['id']}", headers=owner_of(tokens, shop))
    assert shown.json()["status"] == "confirmed"
    assert (await http.get(f"{SESSIONS}/{session_id}")).json()["seatsLeft"] == 0


async def test_late_money_for_a_session_that_was_called_off_goes_back(
    http: httpx.AsyncClient, context: BookingContext, shop: Shop, tokens: Tokens, client: AccountId, clock: Databases
) -> None:
    start = days_ahead(3)
    session_id = await opened(http, tokens, shop, start, seats=2)
    made = (await join(http, tokens, session_id, client)).json()
    await come(clock, start - timedelta(days=2))
    await settle(context)
    await http.post(f"{SESSIONS}/{session_id}/cancel", json={}, headers=owner_of(tokens, shop))
    await Paying(context, shop, BookingId(UUID(made["id"])), client).confirmed()
    shown = (await http.get(f"{BOOKINGS}/{made['id']}", headers=owner_of(tokens, shop))).json()
    assert (shown["status"], shown["paid"], shown["refunded"]) == ("expired", 3000, 3000)


async def test_a_seat_is_not_moved_to_another_time(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens, client: AccountId, as_client: dict[str, str]
) -> None:
    shop = await Shop(deposit=DepositPart()).open(context)
    session_id = await opened(http, tokens, shop, days_ahead(2))
    made = (await join(http, tokens, session_id, client)).json()
    body = {"startsAt": days_ahead(3).isoformat()}
    assert slug(await http.post(f"{BOOKINGS}/{made['id']}/reschedule", json=body, headers=as_client)) == "seat-stays"
    assert (await http.get(f"{SESSIONS}/{session_id}")).json()["seatsLeft"] == 2


async def test_a_request_names_a_service_or_a_session_and_nothing_beside_a_session(
    http: httpx.AsyncClient, shop: Shop, as_client: dict[str, str]
) -> None:
    seat = {"sessionId": str(new_id())}
    for body in (shop.wish(days_ahead(2)) | seat, seat | {"startsAt": days_ahead(2).isoformat()}, {}):
        assert (await http.post(BOOKINGS, json=body, headers=as_client)).status_code == 422
    assert (await http.post(BOOKINGS, json=seat, headers=as_client)).status_code == 404
