"""What comes free is offered in order, once to each, as a real hold."""

import asyncio
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from services.booking.tests.builders import Paying, Shop, come, days_ahead
from services.booking.tests.offering import another
from services.booking.tests.waiting import BOOKINGS, HALF, HOUR, WAITLIST, Person, offers_of, run

from booking import usecases
from booking.usecases import BookingContext
from common.testing import Databases, Tokens, published
from contracts.ids import BookingId
from contracts.providers import DepositPart

START = days_ahead(2)


@pytest.fixture
async def shop(context: BookingContext) -> Shop:
    """One barber, one chair."""
    return await Shop(barbers=1, chairs=1).open(context)


@pytest.fixture
def people(http: httpx.AsyncClient, tokens: Tokens) -> list[Person]:
    return [Person(http, tokens) for _ in range(4)]


async def test_whoever_waits_longest_is_offered_a_real_hold(
    context: BookingContext, shop: Shop, people: list[Person]
) -> None:
    first, ana, beto, other = people
    made = await first.books(shop, START)
    await ana.waits(shop, START)
    await beto.waits(shop, START)
    await first.acts(made, "cancel")
    await run(context)
    offered = await ana.offer()
    assert offered is not None
    assert await beto.offer() is None
    seen = (await ana.http.get(f"{BOOKINGS}/{offered}", headers=ana.headers)).json()
    assert (seen["status"], seen["startsAt"]) == ("held", START.isoformat().replace("+00:00", "Z"))
    taken = await other.http.post(BOOKINGS, json=shop.wish(START), headers=other.headers)
    assert taken.json()["type"] == "urn:barberpro:problem:slot-taken"
    told = [event.type for event in await published(context.uow, "barber", UUID((await ana.wait())["id"]))]
    assert told == ["waitlist.joined", "waitlist.offered"]


async def test_an_offer_that_nobody_takes_goes_to_the_next_and_comes_back_to_nobody(
    context: BookingContext, shop: Shop, people: list[Person], clock: Databases
) -> None:
    first, ana, beto, other = people
    made = await first.books(shop, START)
    await ana.waits(shop, START)
    await beto.waits(shop, START)
    await first.acts(made, "cancel")
    await run(context)
    await clock.shift_clock("barber", timedelta(minutes=61))
    await run(context)
    assert [(await one.wait())["status"] for one in (ana, beto)] == ["waiting", "offered"]
    assert (await beto.acts(await beto.offer() or "", "cancel")).status_code == 200
    await run(context)
    assert [(await one.wait())["status"] for one in (ana, beto)] == ["waiting", "waiting"]
    assert [await offers_of(context, await one.wait()) for one in (ana, beto)] == [1, 1]
    await other.books(shop, START)


async def test_who_lets_a_slot_go_is_not_offered_it_whoever_else_declines(
    context: BookingContext, shop: Shop, people: list[Person]
) -> None:
    first, ana, *_ = people
    made = await first.books(shop, START)
    await first.waits(shop, START)
    await ana.waits(shop, START)
    await first.acts(made, "cancel")
    await run(context)
    assert (await first.offer(), await ana.offer() is not None) == (None, True)
    await ana.acts(await ana.offer() or "", "cancel")
    await run(context)
    assert (await first.offer(), await ana.offer()) == (None, None)


async def test_one_slot_is_offered_once_by_workers_that_run_at_once(
    context: BookingContext, shop: Shop, people: list[Person]
) -> None:
    first, *waiting = people
    made = await first.books(shop, START)
    for one in waiting:
        await one.waits(shop, START)
    await first.acts(made, "cancel")
    await asyncio.gather(*(usecases.offer_freed(context, "barber") for _ in range(4)))
    await run(context)
    assert [await one.offer() is not None for one in waiting] == [True, False, False]


async def test_two_slots_that_come_free_at_once_go_to_the_first_two_in_line(
    context: BookingContext, shop: Shop, people: list[Person]
) -> None:
    first, *waiting = people
    made = [await first.books(shop, START + n * HALF) for n in range(2)]
    for one in waiting:
        await one.waits(shop, START, START + HOUR)
    await asyncio.gather(*(first.acts(one, "cancel") for one in made))
    await asyncio.gather(*(usecases.offer_freed(context, "barber") for _ in range(4)))
    await run(context)
    assert [await one.offer() is not None for one in waiting] == [True, True, False]


async def test_who_is_wanted_must_be_free_and_what_does_not_fit_is_passed_over(
    context: BookingContext, people: list[Person]
) -> None:
    shop = await Shop(barbers=2, chairs=2).open(context)
    long = await another(context, shop, duration_minutes=60)
    first, ana, beto, caro = people
    mine, other = (str(one) for one in shop.staff)
    made = await first.books(shop, START, staffId=mine)
    await first.books(shop, START, staffId=other)
    await first.books(shop, START + HALF, staffId=mine)
    await ana.waits(shop, START, staffId=other)
    await beto.waits(shop, START, START + 3 * HALF, serviceId=str(long))
    await caro.waits(shop, START)
    await first.acts(made, "cancel")
    await run(context)
    assert [await one.offer() is not None for one in (ana, beto, caro)] == [False, False, True]


async def test_where_nothing_is_due_it_is_taken_by_accepting_it(
    http: httpx.AsyncClient, context: BookingContext, people: list[Person]
) -> None:
    shop = await Shop(barbers=1, chairs=1, deposit=DepositPart()).open(context)
    first, ana, other, _ = people
    made = await first.books(shop, START)
    await ana.waits(shop, START)
    await first.acts(made, "cancel")
    await run(context)
    wait = await ana.wait()
    assert (await other.acts(wait["bookingId"], "accept")).status_code == 404
    token = wait["link"].rpartition("/")[2]
    replies = [await http.post(f"{BOOKINGS}/by-link/{token}/accept"), await ana.acts(wait["bookingId"], "accept")]
    assert [(reply.status_code, reply.json()["status"]) for reply in replies] == [(200, "confirmed")] * 2
    assert (await ana.wait())["status"] == "fulfilled"


async def test_where_something_is_due_it_is_taken_by_paying_it(
    context: BookingContext, shop: Shop, people: list[Person]
) -> None:
    first, ana, *_ = people
    made = await first.books(shop, START)
    await ana.waits(shop, START)
    await first.acts(made, "cancel")
    await run(context)
    offered = await ana.offer() or ""
    refused = await ana.acts(offered, "accept")
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:barberpro:problem:payment-due")
    paying = Paying(context, shop, BookingId(UUID(offered)), ana.account)
    await paying.begun()
    await paying.confirmed()
    wait = await ana.wait()
    assert (wait["status"], wait["bookingId"]) == ("fulfilled", None)


async def test_a_payment_that_was_given_up_does_not_shorten_the_offer(
    context: BookingContext, shop: Shop, people: list[Person]
) -> None:
    first, ana, *_ = people
    made = await first.books(shop, START)
    await ana.waits(shop, START)
    await first.acts(made, "cancel")
    await run(context)
    offered = await ana.offer() or ""
    before = (await ana.http.get(f"{BOOKINGS}/{offered}", headers=ana.headers)).json()["holdExpiresAt"]
    paying = Paying(context, shop, BookingId(UUID(offered)), ana.account)
    await paying.begun()
    await paying.closed()
    assert (await ana.http.get(f"{BOOKINGS}/{offered}", headers=ana.headers)).json()["holdExpiresAt"] == before


async def test_who_leaves_while_something_is_held_lets_it_go_to_the_next(
    http: httpx.AsyncClient, context: BookingContext, shop: Shop, people: list[Person]
) -> None:
    first, ana, beto, _ = people
    made = await first.books(shop, START)
    await ana.waits(shop, START)
    await beto.waits(shop, START)
    await first.acts(made, "cancel")
    await run(context)
    await http.delete(f"{WAITLIST}/{(await ana.wait())['id']}", headers=ana.headers)
    await run(context)
    assert [(await one.wait())["status"] for one in (ana, beto)] == ["left", "offered"]


async def test_a_slot_that_was_moved_away_from_is_offered(
    context: BookingContext, shop: Shop, people: list[Person]
) -> None:
    first, ana, *_ = people
    made = await first.books(shop, START)
    await ana.waits(shop, START)
    moved = await first.acts(made, "reschedule", startsAt=(START + 4 * HALF).isoformat())
    assert moved.status_code == 200
    await run(context)
    assert await ana.offer() is not None


async def with_one_offered_and_one_kept(
    context: BookingContext, shop: Shop, people: list[Person]
) -> tuple[Person, str]:
    """Who waits, and the offer they have of the first of two slots; the second came free meanwhile."""
    first, second, ana, _ = people
    made = [await first.books(shop, START), await second.books(shop, START + HALF)]
    await ana.waits(shop, START, START + HOUR)
    await first.acts(made[0], "cancel")
    await run(context)
    await second.acts(made[1], "cancel")
    await run(context)
    return ana, await ana.offer() or ""


async def test_what_came_free_while_one_had_another_offer_is_kept_for_them(
    context: BookingContext, shop: Shop, people: list[Person]
) -> None:
    ana, before = await with_one_offered_and_one_kept(context, shop, people)
    await ana.acts(before, "cancel")
    await run(context)
    assert await ana.offer() not in (None, before)


async def test_what_was_kept_for_one_who_took_it_and_let_it_go_is_not_offered_to_them_again(
    context: BookingContext, shop: Shop, people: list[Person]
) -> None:
    ana, offer = await with_one_offered_and_one_kept(context, shop, people)
    moved = await ana.acts(offer, "reschedule", startsAt=(START + HALF).isoformat())
    assert moved.status_code == 200
    await ana.acts(offer, "cancel")
    await run(context)
    assert await ana.offer() is None


async def test_a_day_called_off_is_offered_to_nobody_and_ends_what_was_offered_of_it(
    http: httpx.AsyncClient, context: BookingContext, shop: Shop, people: list[Person], tokens: Tokens
) -> None:
    first, ana, beto, _ = people
    made = await first.books(shop, START)
    await ana.waits(shop, START)
    await beto.waits(shop, START)
    await first.acts(made, "cancel")
    await run(context)
    body = {"providerId": str(shop.provider_id), "date": made["localDate"]}
    owner = tokens.bearer(shop.owner, "client provider:barber")
    assert (await http.post(f"{BOOKINGS}/cancel-day", json=body, headers=owner)).json() == {"cancelled": 1}
    await run(context)
    assert [(await one.wait())["status"] for one in (ana, beto)] == ["waiting", "waiting"]


async def test_nobody_is_offered_what_starts_in_a_moment(
    context: BookingContext, shop: Shop, people: list[Person], clock: Databases
) -> None:
    first, ana, *_ = people
    made = await first.books(shop, START)
    await ana.waits(shop, START)
    await come(clock, START - timedelta(minutes=10))
    await first.acts(made, "cancel")
    await run(context)
    assert await ana.offer() is None
