"""Those of a series that are left are moved together, or none is."""

from datetime import datetime, time, timedelta

import httpx
import pytest
from services.booking.tests.builders import ZONE, Shop
from services.booking.tests.four import BOOKINGS, WEEK, Four, book_four

from booking.usecases import BookingContext
from common.testing import Tokens
from contracts.booking import BookingRescheduled
from contracts.ids import AccountId, new_id
from contracts.series import SeriesRescheduled

DAY = timedelta(days=1)


def start_of(four: Four, number: int) -> datetime:
    return datetime.fromisoformat(four.made["bookings"][number]["startsAt"])


async def test_from_one_of_them_on_they_move_together_to_another_day_and_time(four: Four) -> None:
    await four.leader.confirmed()
    shown = await four.shown()
    second = datetime.fromisoformat(shown[1]["startsAt"])
    there = datetime.combine(second.astimezone(ZONE).date() + timedelta(days=1), time(15), ZONE)
    reply = await four.post("reschedule", scope="following", bookingId=four.ids[1], startsAt=there.isoformat())
    assert reply.status_code == 200
    after = [datetime.fromisoformat(one["startsAt"]) for one in await four.shown()]
    assert after == [datetime.fromisoformat(shown[0]["startsAt"]), there, there + WEEK, there + 2 * WEEK]
    moved = (await four.told())[-1]
    assert isinstance(moved, SeriesRescheduled)
    assert list(moved.starts) == after[1:]
    last = (await four.told(2))[-1]
    assert isinstance(last, BookingRescheduled)
    assert last.told_with_series


async def test_an_hour_on_they_do_not_stand_in_their_own_way(
    http: httpx.AsyncClient, context: BookingContext, client: AccountId, as_client: dict[str, str]
) -> None:
    alone = await Shop(barbers=1, chairs=1, minutes=60).open(context)
    four = await book_four(http, context, alone, client, as_client)
    there = datetime.fromisoformat(four.made["bookings"][0]["startsAt"]) + timedelta(minutes=30)
    reply = await four.post("reschedule", scope="all", bookingId=four.ids[0], startsAt=there.isoformat())
    assert reply.status_code == 200


async def test_where_one_cannot_move_none_does_and_it_is_named(
    http: httpx.AsyncClient, context: BookingContext, client: AccountId, as_client: dict[str, str], tokens: Tokens
) -> None:
    alone = await Shop(barbers=1, chairs=1).open(context)
    four = await book_four(http, context, alone, client, as_client)
    there = datetime.fromisoformat(four.made["bookings"][0]["startsAt"]) + timedelta(hours=2)
    await http.post(BOOKINGS, json=alone.wish(there + WEEK), headers=tokens.bearer(AccountId(new_id())))
    before = await four.shown()
    reply = await four.post("reschedule", scope="all", bookingId=four.ids[0], startsAt=there.isoformat())
    assert reply.status_code == 409
    assert [datetime.fromisoformat(one["startsAt"]) for one in reply.json()["conflicts"]] == [there + WEEK]
    assert await four.shown() == before


async def test_the_same_move_again_is_no_move(four: Four) -> None:
    await four.leader.confirmed()
    there = (start_of(four, 1) + DAY).isoformat()
    replies = [
        await four.post("reschedule", scope="following", bookingId=four.ids[1], startsAt=there) for _ in range(2)
    ]
    assert [[one["rescheduled"] for one in reply.json()["bookings"]] for reply in replies] == [[1, 1, 1]] * 2
    assert [type(one) for one in await four.told()].count(SeriesRescheduled) == 1


async def test_two_that_would_meet_are_named_and_none_moves(four: Four) -> None:
    await four.leader.confirmed()
    third = (start_of(four, 3) - timedelta(hours=1)).isoformat()
    await four.http.post(f"{BOOKINGS}/{four.ids[2]}/reschedule", json={"startsAt": third}, headers=four.headers)
    before = await four.shown()
    there = (start_of(four, 0) + DAY).isoformat()
    reply = await four.post("reschedule", scope="all", bookingId=four.ids[0], startsAt=there)
    assert reply.status_code == 409
    assert [(datetime.fromisoformat(one["startsAt"]), one["code"]) for one in reply.json()["conflicts"]] == [
        (start_of(four, 3) + DAY, "slot-taken")
    ]
    assert await four.shown() == before


@pytest.mark.parametrize("first", [0, 1])
async def test_of_requests_that_are_moved_their_owner_is_asked_about_the_first(
    http: httpx.AsyncClient, context: BookingContext, client: AccountId, as_client: dict[str, str], first: int
) -> None:
    shop = await Shop(approval=True).open(context)
    four = await book_four(http, context, shop, client, as_client)
    there = (start_of(four, first) + DAY).isoformat()
    await four.post("reschedule", scope="following", bookingId=four.ids[first], startsAt=there)
    moved = [(await four.told(number))[-1] for number in range(first, 4)]
    assert all(isinstance(one, BookingRescheduled) for one in moved)
    assert [one.owner_account_id for one in moved] == [shop.owner, *[None] * (3 - first)]


@pytest.mark.parametrize("scope", ["all", "following"])
@pytest.mark.parametrize(
    ("there", "slug"),
    [
        ("9999-12-31T23:00:00Z", "beyond-horizon"),
        ("9999-12-20T13:00:00Z", "beyond-horizon"),
        ("0001-01-01T00:00:00Z", "slot-in-past"),
    ],
)
async def test_to_where_no_calendar_goes_they_are_not_moved(four: Four, scope: str, there: str, slug: str) -> None:
    reply = await four.post("reschedule", scope=scope, bookingId=four.ids[0], startsAt=there)
    assert (reply.status_code, reply.json()["type"].rpartition(":")[2]) == (422, slug)


@pytest.mark.parametrize("scope", ["all", "following"])
async def test_of_a_cancelled_one_it_is_said_that_it_is_over_while_the_others_stand(four: Four, scope: str) -> None:
    await four.leader.confirmed()
    await four.http.post(f"{BOOKINGS}/{four.ids[1]}/cancel", headers=four.headers)
    there = (start_of(four, 1) + DAY).isoformat()
    told = (await four.post("reschedule", scope=scope, bookingId=four.ids[1], startsAt=there)).json()
    assert (told["type"], told["bookingId"]) == ("urn:barberpro:problem:already-over", four.ids[1])
