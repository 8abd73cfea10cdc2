"""Moving a booking: it gets another time and keeps everything else."""

import asyncio
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import httpx
import pytest
from services.booking.tests.builders import ZONE, Paying, Shop, come, days_ahead

from booking import usecases
from booking.usecases import BookingContext
from common.audit import Entry
from common.testing import Databases, Tokens, answered, event, on_record, published
from contracts.base import Amount
from contracts.booking import BookingRescheduled
from contracts.ids import AccountId, StaffId, new_id
from contracts.providers import DepositPart

BOOKINGS = "/api/v1/bookings"
HALF = timedelta(minutes=30)


def to(start: datetime, **more: str) -> dict[str, str]:
    return {"startsAt": start.isoformat(), **more}


async def claims(context: BookingContext, made: dict[str, Any]) -> list[tuple[datetime, bool]]:
    async with context.uow.read("barber") as session:
        query = "SELECT during, live FROM claim WHERE booking_id = $1 ORDER BY id"
        rows = await session.connection.fetch(query, UUID(made["id"]))
    return [(row["during"].lower, row["live"]) for row in rows]


async def test_a_paid_booking_moves_with_its_money_and_price(
    http: httpx.AsyncClient,
    context: BookingContext,
    shop: Shop,
    made: dict[str, Any],
    paying: Paying,
    as_client: dict[str, str],
) -> None:
    await paying.confirmed()
    dearer = shop.service(version=2).model_copy(update={"price": Amount(minor=2_000_000)})
    async with context.uow.begin("barber") as work:
        await usecases.remember_services(context, work, [event(dearer)])
    start = days_ahead(4, time(15))
    moved = await http.post(f"{BOOKINGS}/{made['id']}/reschedule", json=to(start), headers=as_client)
    shown = moved.json()
    assert (moved.status_code, shown["status"], shown["paid"], shown["price"]) == (200, "confirmed", 3000, 10000)
    assert (datetime.fromisoformat(shown["startsAt"]), shown["localDate"]) == (
        start,
        str(start.astimezone(ZONE).date()),
    )
    assert shown["staffId"] == made["staffId"]
    last = (await published(context.uow, "barber", UUID(made["id"])))[-1].data
    assert isinstance(last, BookingRescheduled)
    assert (last.starts_at, last.rescheduled, last.version) == (start, 1, 3)
    assert await claims(context, made) == [(start, True), (start, True)]


async def test_the_slot_it_left_is_free_and_the_one_it_took_is_not(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens, as_client: dict[str, str]
) -> None:
    shop = await Shop(barbers=1, chairs=1).open(context)
    start = days_ahead(2)
    made = (await http.post(BOOKINGS, json=shop.wish(start), headers=as_client)).json()
    await http.post(f"{BOOKINGS}/{made['id']}/reschedule", json=to(start + 4 * HALF), headers=as_client)
    other = tokens.bearer(AccountId(new_id()))
    replies = [await http.post(BOOKINGS, json=shop.wish(start + n * HALF), headers=other) for n in (4, 0)]
    assert [reply.status_code for reply in replies] == [409, 201]


async def test_it_does_not_stand_in_its_own_way(
    http: httpx.AsyncClient, context: BookingContext, as_client: dict[str, str]
) -> None:
    shop = await Shop(barbers=1, chairs=1, minutes=60).open(context)
    start = days_ahead(2)
    made = (await http.post(BOOKINGS, json=shop.wish(start), headers=as_client)).json()
    moved = await http.post(f"{BOOKINGS}/{made['id']}/reschedule", json=to(start + HALF), headers=as_client)
    assert moved.status_code == 200


async def test_a_taken_slot_changes_nothing_and_the_nearest_free_ones_are_told(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens, as_client: dict[str, str]
) -> None:
    shop = await Shop(barbers=1, chairs=1).open(context)
    start = days_ahead(2)
    made = (await http.post(BOOKINGS, json=shop.wish(start), headers=as_client)).json()
    taken = start + 4 * HALF
    await http.post(BOOKINGS, json=shop.wish(taken), headers=tokens.bearer(AccountId(new_id())))
    reply = await http.post(f"{BOOKINGS}/{made['id']}/reschedule", json=to(taken), headers=as_client)
    assert (reply.status_code, reply.json()["type"]) == (409, "urn:barberpro:problem:slot-taken")
    nearest = [slot["startsAt"] for slot in reply.json()["nearest"]]
    assert nearest == [(taken + step).isoformat() for step in (-HALF, HALF, -2 * HALF)]
    assert (await http.get(f"{BOOKINGS}/{made['id']}", headers=as_client)).json() == {
        name: value for name, value in made.items() if name != "link"
    }
    assert await claims(context, made) == [(start, True), (start, True)]


async def test_of_the_nearest_free_starts_none_is_left_out_because_of_the_booking_itself(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens, as_client: dict[str, str]
) -> None:
    shop = await Shop(barbers=1, chairs=1, minutes=60).open(context)
    start = days_ahead(2)
    taken = start + 2 * HALF
    made = (await http.post(BOOKINGS, json=shop.wish(start), headers=as_client)).json()
    await http.post(BOOKINGS, json=shop.wish(taken), headers=tokens.bearer(AccountId(new_id())))
    reply = await http.post(f"{BOOKINGS}/{made['id']}/reschedule", json=to(taken), headers=as_client)
    nearest = [slot["startsAt"] for slot in reply.json()["nearest"]]
    # Half an hour before its own time as well; its own time is no news.
    assert nearest == [(taken + steps * HALF).isoformat() for steps in (2, -3, 3)]


async def test_of_64_bookings_moved_to_one_slot_at_once_one_gets_it_and_the_others_stay(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens
) -> None:
    shop = await Shop(barbers=1, chairs=1, deposit=DepositPart()).open(context)
    starts = [days_ahead(2 + n // 20, time(9)) + n % 20 * HALF for n in range(64)]
    clients = [tokens.bearer(AccountId(new_id())) for _ in starts]
    made = [
        (await http.post(BOOKINGS, json=shop.wish(start), headers=client)).json()
        for start, client in zip(starts, clients, strict=True)
    ]
    target = days_ahead(10)
    asking = (
        partial(http.post, f"{BOOKINGS}/{one['id']}/reschedule", json=to(target), headers=client)
        for one, client in zip(made, clients, strict=True)
    )
    replies = await asyncio.gather(*map(answered, asking))
    assert sorted(reply.status_code for reply in replies) == [200] + [409] * 63
    for one, start, reply in zip(made, starts, replies, strict=True):
        where = target if reply.status_code == 200 else start
        assert await claims(context, one) == [(where, True), (where, True)]


async def test_its_client_moves_it_as_often_as_the_policy_allows_and_its_provider_once_more(
    http: httpx.AsyncClient, made: dict[str, Any], as_client: dict[str, str], as_owner: dict[str, str]
) -> None:
    path = f"{BOOKINGS}/{made['id']}/reschedule"
    replies = [await http.post(path, json=to(days_ahead(3 + n)), headers=as_client) for n in range(3)]
    assert [reply.status_code for reply in replies] == [200, 200, 409]
    assert (replies[-1].json()["type"], replies[-1].json()["most"]) == ("urn:barberpro:problem:too-many-moves", 2)
    moved = await http.post(path, json=to(days_ahead(8)), headers=as_owner)
    assert (moved.status_code, moved.json()["rescheduled"]) == (200, 2)


async def test_a_move_that_was_sent_twice_counts_once(
    http: httpx.AsyncClient, context: BookingContext, made: dict[str, Any], as_client: dict[str, str]
) -> None:
    path = f"{BOOKINGS}/{made['id']}/reschedule"
    replies = [await http.post(path, json=to(days_ahead(5)), headers=as_client) for _ in range(2)]
    assert [reply.json()["rescheduled"] for reply in replies] == [1, 1]
    told = [each.type for each in await published(context.uow, "barber", UUID(made["id"]))]
    assert told == ["booking.created", "booking.rescheduled"]


async def test_near_the_start_only_the_provider_moves_it_and_needs_no_notice(
    http: httpx.AsyncClient,
    made: dict[str, Any],
    paying: Paying,
    as_client: dict[str, str],
    as_owner: dict[str, str],
    clock: Databases,
) -> None:
    await paying.confirmed()
    start = days_ahead(2)
    await come(clock, start - timedelta(minutes=5))
    path = f"{BOOKINGS}/{made['id']}/reschedule"
    refused = await http.post(path, json=to(start + 4 * HALF), headers=as_client)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:barberpro:problem:too-late-to-move")
    assert refused.json()["hours"] == 12
    await come(clock, start + timedelta(minutes=20))
    assert (await http.post(path, json=to(start + HALF), headers=as_owner)).status_code == 200


async def test_a_hold_ends_no_later_than_the_start_it_was_moved_to(
    http: httpx.AsyncClient, made: dict[str, Any], paying: Paying, as_client: dict[str, str]
) -> None:
    await paying.begun()
    await paying.waits(days_ahead(2))
    sooner = days_ahead(1)
    moved = await http.post(f"{BOOKINGS}/{made['id']}/reschedule", json=to(sooner), headers=as_client)
    assert datetime.fromisoformat(moved.json()["holdExpiresAt"]) == sooner


@pytest.mark.parametrize(
    ("start", "slug"),
    [
        (days_ahead(-1), "slot-in-past"),
        (days_ahead(61), "beyond-horizon"),
        (days_ahead(1, time(8, 30)), "slot-not-offered"),
    ],
)
async def test_it_moves_only_where_a_new_one_could_be_made(
    http: httpx.AsyncClient, made: dict[str, Any], as_client: dict[str, str], start: datetime, slug: str
) -> None:
    reply = await http.post(f"{BOOKINGS}/{made['id']}/reschedule", json=to(start), headers=as_client)
    assert (reply.status_code, reply.json()["type"]) == (422, f"urn:barberpro:problem:{slug}")


async def test_what_is_over_does_not_move(
    http: httpx.AsyncClient, made: dict[str, Any], as_client: dict[str, str]
) -> None:
    await http.post(f"{BOOKINGS}/{made['id']}/cancel", headers=as_client)
    reply = await http.post(f"{BOOKINGS}/{made['id']}/reschedule", json=to(days_ahead(3)), headers=as_client)
    told = reply.json()
    assert (reply.status_code, told["type"]) == (409, "urn:barberpro:problem:already-over")
    assert (told["status"], told["bookingStatus"]) == (409, "cancelled")


async def test_it_may_go_to_another_member_of_staff_and_whoever_holds_the_link_may_move_it(
    http: httpx.AsyncClient, shop: Shop, made: dict[str, Any]
) -> None:
    other = next(str(one) for one in shop.staff if str(one) != made["staffId"])
    token = made["link"].rpartition("/")[2]
    wish = to(days_ahead(2), staffId=other)
    moved = (await http.post(f"{BOOKINGS}/by-link/{token}/reschedule", json=wish)).json()
    assert (moved["staffId"], moved["rescheduled"]) == (other, 1)


async def test_a_move_by_whoever_attends_it_is_on_record_and_a_strangers_is_refused(
    http: httpx.AsyncClient,
    context: BookingContext,
    shop: Shop,
    made: dict[str, Any],
    client: AccountId,
    tokens: Tokens,
) -> None:
    account = shop.accounts[StaffId(UUID(made["staffId"]))]
    path = f"{BOOKINGS}/{made['id']}/reschedule"
    stranger = tokens.bearer(AccountId(new_id()))
    replies = [await http.post(path, json=to(days_ahead(3)), headers=who) for who in (stranger, tokens.bearer(account))]
    assert [reply.status_code for reply in replies] == [404, 200]
    assert await on_record(context.uow, "barber", UUID(made["id"])) == [
        Entry("booking.rescheduled", account, UUID(made["id"]), {"as": "staff", "client": str(client)})
    ]
