"""Group sessions: what they take, and whether they take place."""

from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from services.booking.tests.builders import ZONE, Paying, Shop, come, days_ahead
from services.booking.tests.groups import BOOKINGS, SESSIONS, decide, join, opened, owner_of, slug, wish
from services.booking.tests.waiting import Person

from booking import usecases
from booking.usecases import BookingContext
from common.testing import Databases, Tokens, published
from contracts.booking import BookingCancelled
from contracts.ids import AccountId, BookingId, new_id
from contracts.providers import DepositPart
from contracts.sessions import SessionCancelled, SessionPublished


async def test_a_session_and_an_appointment_are_in_each_others_way(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens, as_client: dict[str, str]
) -> None:
    shop = await Shop(barbers=1, chairs=1).open(context)
    await opened(http, tokens, shop, days_ahead(2))
    assert slug(await http.post(BOOKINGS, json=shop.wish(days_ahead(2)), headers=as_client)) == "slot-taken"
    await http.post(BOOKINGS, json=shop.wish(days_ahead(3)), headers=as_client)
    refused = await http.post(SESSIONS, json=wish(shop, days_ahead(3)), headers=owner_of(tokens, shop))
    assert slug(refused) == "slot-taken"


async def test_below_its_minimum_it_is_called_off_with_all_money_back_and_its_time_is_free(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens, client: AccountId, clock: Databases
) -> None:
    shop = await Shop(barbers=1, chairs=1).open(context)
    start = days_ahead(3)
    session_id = await opened(http, tokens, shop, start, minimum=2)
    paid = (await join(http, tokens, session_id, client)).json()
    await join(http, tokens, session_id)
    await Paying(context, shop, BookingId(UUID(paid["id"])), client).confirmed()
    await come(clock, start - timedelta(hours=23))
    await decide(context)
    shown = (await http.get(f"{BOOKINGS}/{paid['id']}", headers=owner_of(tokens, shop))).json()
    assert (shown["status"], shown["cancelledBy"], shown["refunded"]) == ("cancelled", "system", 3000)
    told = [one.data for one in await published(context.uow, "barber", UUID(paid["id"]))]
    assert [one.reason for one in told if isinstance(one, BookingCancelled)] == ["below-minimum"]
    session = (await http.get(f"{SESSIONS}/{session_id}")).json()
    assert (session["status"], session["reason"], session["seatsLeft"]) == ("cancelled", "below-minimum", 3)
    assert [one.type for one in await published(context.uow, "barber", UUID(session_id))] == [
        "session.published",
        "session.cancelled",
    ]
    wanted = await http.post(BOOKINGS, json=shop.wish(start), headers=tokens.bearer(AccountId(new_id())))
    assert wanted.status_code == 201
    late = await join(http, tokens, session_id)
    assert (slug(late), late.json()["status"], late.json()["sessionStatus"]) == ("session-over", 409, "cancelled")


async def test_with_its_minimum_it_takes_place_and_goes_on_taking_seats(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens, clock: Databases
) -> None:
    shop = await Shop(deposit=DepositPart()).open(context)
    start = days_ahead(3)
    session_id = await opened(http, tokens, shop, start, minimum=2)
    for _ in range(2):
        await join(http, tokens, session_id)
    await come(clock, start - timedelta(hours=23))
    await decide(context)
    assert (await http.get(f"{SESSIONS}/{session_id}")).json()["status"] == "open"
    assert (await join(http, tokens, session_id)).json()["status"] == "confirmed"


async def test_more_seats_than_a_transaction_holds_are_called_off_all_the_same(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens
) -> None:
    shop = await Shop(deposit=DepositPart()).open(context)
    session_id = await opened(http, tokens, shop, days_ahead(2), seats=60)
    made = [(await join(http, tokens, session_id)).json() for _ in range(53)]
    reply = await http.post(f"{SESSIONS}/{session_id}/cancel", json={"reason": "away"}, headers=owner_of(tokens, shop))
    assert (reply.json()["status"], reply.json()["seatsLeft"]) == ("cancelled", 60)
    shown = await http.get(f"{BOOKINGS}/{made[-1]['id']}", headers=owner_of(tokens, shop))
    assert (shown.json()["status"], shown.json()["cancelledBy"]) == ("cancelled", "provider")


async def test_why_it_is_called_off_may_be_left_open(
    http: httpx.AsyncClient, shop: Shop, tokens: Tokens, as_owner: dict[str, str]
) -> None:
    session_id = await opened(http, tokens, shop, days_ahead(3))
    reply = await http.post(f"{SESSIONS}/{session_id}/cancel", headers=as_owner)
    assert (reply.status_code, reply.json()["status"], reply.json()["reason"]) == (200, "cancelled", "closed")


async def test_a_day_that_is_called_off_takes_its_sessions_with_it(
    http: httpx.AsyncClient, shop: Shop, tokens: Tokens, as_owner: dict[str, str]
) -> None:
    session_id = await opened(http, tokens, shop, days_ahead(3))
    await join(http, tokens, session_id)
    body = {"providerId": str(shop.provider_id), "date": str(days_ahead(3).astimezone(ZONE).date())}
    assert (await http.post(f"{BOOKINGS}/cancel-day", json=body, headers=as_owner)).json() == {"cancelled": 1}
    assert (await http.get(f"{SESSIONS}/{session_id}")).json()["status"] == "cancelled"


async def test_staff_open_their_own_and_nobody_else_opens_or_cancels_any(
    http: httpx.AsyncClient, shop: Shop, tokens: Tokens, as_client: dict[str, str]
) -> None:
    body = wish(shop, days_ahead(2))
    mine, other = (tokens.bearer(shop.accounts[one]) for one in shop.staff)
    refused = [await http.post(SESSIONS, json=body, headers=who) for who in (other, as_client)]
    made = await http.post(SESSIONS, json=body, headers=mine)
    refused.append(await http.post(f"{SESSIONS}/{made.json()['id']}/cancel", json={}, headers=as_client))
    assert (made.status_code, [reply.status_code for reply in refused]) == (201, [404, 404, 404])


async def test_clients_find_what_is_open_with_its_price_and_the_seats_that_are_left(
    http: httpx.AsyncClient, shop: Shop, tokens: Tokens
) -> None:
    session_id = await opened(http, tokens, shop, days_ahead(2))
    await join(http, tokens, session_id)
    days = {"from": str(days_ahead(1).date()), "to": str(days_ahead(4).date())}
    for whose in ({"providerId": str(shop.provider_id)}, {"serviceId": str(shop.service_id)}):
        (found,) = (await http.get(SESSIONS, params=days | whose)).json()["items"]
        assert (found["id"], found["seatsLeft"], found["price"]) == (session_id, 2, 10000)
    assert slug(await http.get(SESSIONS, params=days)) == "sessions-of-whom"
    assert slug(await http.get(SESSIONS, params=days | {"to": str(days_ahead(63).date())})) == "range-too-long"
    assert slug(await http.get(SESSIONS, params=days | {"to": str(days_ahead(0).date())})) == "range-reversed"


async def test_it_is_decided_when_somebody_could_have_taken_a_seat(
    http: httpx.AsyncClient, shop: Shop, as_owner: dict[str, str]
) -> None:
    reply = await http.post(SESSIONS, json=wish(shop, days_ahead(2), decideHours=72), headers=as_owner)
    assert slug(reply) == "decided-too-soon"


async def test_one_that_begins_before_anybody_could_decide_takes_place(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens, clock: Databases
) -> None:
    shop = await Shop(deposit=DepositPart()).open(context)
    start = days_ahead(3)
    session_id = await opened(http, tokens, shop, start, minimum=2)
    await join(http, tokens, session_id)
    await come(clock, start + timedelta(minutes=1))
    await decide(context)
    assert (await http.get(f"{SESSIONS}/{session_id}")).json()["status"] == "open"


@pytest.mark.parametrize(("by", "freed"), [("owner", 0), ("minimum", 1)])
async def test_its_time_is_free_once_for_who_waits_and_not_at_all_where_nobody_attends(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens, clock: Databases, by: str, freed: int
) -> None:
    shop = await Shop(barbers=1, chairs=1, deposit=DepositPart()).open(context)
    start = days_ahead(3)
    session_id = await opened(http, tokens, shop, start, minimum=3)
    for _ in range(2):
        await join(http, tokens, session_id)
    await Person(http, tokens).waits(shop, start)
    if by == "owner":
        body = {"reason": "away"}
        reply = await http.post(f"{SESSIONS}/{session_id}/cancel", json=body, headers=owner_of(tokens, shop))
        assert reply.status_code == 200
    else:
        await come(clock, start - timedelta(hours=23))
        await decide(context)
    async with context.uow.read("barber") as session:
        query = "SELECT count(*) FROM freed WHERE provider_id = $1"
        assert await session.connection.fetchval(query, shop.provider_id) == freed


async def test_a_snapshot_tells_what_each_session_is_by_now(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens, shop: Shop, as_owner: dict[str, str]
) -> None:
    stands = await opened(http, tokens, shop, days_ahead(2))
    gone = await opened(http, tokens, shop, days_ahead(3))
    await http.post(f"{SESSIONS}/{gone}/cancel", json={}, headers=as_owner)
    async with context.uow.begin("barber") as work:
        facts = await usecases.snapshot_sessions(work, UUID(int=UUID(stands).int - 1))
    told = {str(fact.session_id): (type(fact), fact.version) for fact in facts}
    assert (told[stands], told[gone]) == ((SessionPublished, 1), (SessionCancelled, 2))
