"""A series after it was made: it stands or falls with its first booking, and is moved and called off together."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from services.booking.tests.builders import ZONE, Paying, Shop, come, days_ahead, settle

from booking.usecases import BookingContext
from common.testing import Databases, Tokens, published
from contracts.booking import BookingCancelled, BookingConfirmed, BookingRescheduled
from contracts.ids import AccountId, BookingId, new_id
from contracts.series import SeriesCancelled, SeriesConfirmed, SeriesRescheduled

BOOKINGS = "/api/v1/bookings"
SERIES = f"{BOOKINGS}/series"
WEEK = timedelta(weeks=1)


@dataclass
class Four:
    """Four weeks in a row, and how they stand now."""

    http: httpx.AsyncClient
    context: BookingContext
    headers: dict[str, str]
    made: dict[str, Any]
    leader: Paying

    @property
    def ids(self) -> list[str]:
        return [one["id"] for one in self.made["bookings"]]

    async def shown(self) -> list[dict[str, Any]]:
        found = await self.http.get(f"{SERIES}/{self.made['id']}", headers=self.headers)
        by_id = {one["id"]: one for one in found.json()["bookings"]}
        return [by_id[one] for one in self.ids]

    async def statuses(self) -> list[str]:
        return [one["status"] for one in await self.shown()]

    async def told(self, number: int | None = None) -> list[Any]:
        """Facts of one of them, or of the series."""
        subject = self.made["id"] if number is None else self.ids[number]
        return [event.data for event in await published(self.context.uow, "barber", UUID(subject))]

    async def post(self, verb: str, **body: object) -> httpx.Response:
        return await self.http.post(f"{SERIES}/{self.made['id']}/{verb}", json=body, headers=self.headers)


async def book_four(
    http: httpx.AsyncClient, context: BookingContext, shop: Shop, client: AccountId, headers: dict[str, str]
) -> Four:
    wish = shop.wish(days_ahead(2), rule="FREQ=WEEKLY;COUNT=4")
    made = (await http.post(SERIES, json=wish, headers=headers)).json()
    leader = Paying(context, shop, BookingId(UUID(made["bookings"][0]["id"])), client)
    return Four(http, context, headers, made, leader)


@pytest.fixture
async def four(
    http: httpx.AsyncClient, context: BookingContext, shop: Shop, client: AccountId, as_client: dict[str, str]
) -> Four:
    return await book_four(http, context, shop, client, as_client)


async def test_the_first_one_paid_all_are_confirmed_and_people_are_told_once(four: Four) -> None:
    await four.leader.confirmed()
    assert await four.statuses() == ["confirmed"] * 4
    confirmed = (await four.told())[-1]
    assert isinstance(confirmed, SeriesConfirmed)
    assert [str(one) for one in confirmed.booking_ids] == four.ids
    each = [(await four.told(number))[-1] for number in range(4)]
    assert all(isinstance(one, BookingConfirmed) and one.told_with_series for one in each)


async def test_the_first_one_unpaid_all_expire(four: Four, clock: Databases) -> None:
    await come(clock, datetime.fromisoformat(four.made["bookings"][0]["holdExpiresAt"]) + timedelta(seconds=1))
    await settle(four.context)
    assert await four.statuses() == ["expired"] * 4


async def test_the_first_one_called_off_unpaid_the_others_go_with_it(four: Four) -> None:
    await four.http.post(f"{BOOKINGS}/{four.ids[0]}/cancel", headers=four.headers)
    await settle(four.context)
    assert await four.statuses() == ["cancelled", "expired", "expired", "expired"]


async def test_once_paid_one_of_them_is_called_off_alone(four: Four) -> None:
    await four.leader.confirmed()
    await four.http.post(f"{BOOKINGS}/{four.ids[0]}/cancel", headers=four.headers)
    await settle(four.context)
    assert await four.statuses() == ["cancelled", "confirmed", "confirmed", "confirmed"]


async def test_late_money_has_back_what_is_still_free(
    four: Four, http: httpx.AsyncClient, shop: Shop, clock: Databases, tokens: Tokens
) -> None:
    await four.leader.begun()
    await come(clock, datetime.fromisoformat(four.made["bookings"][0]["holdExpiresAt"]) + timedelta(minutes=1))
    await settle(four.context)
    await come(clock, datetime.fromisoformat(four.made["bookings"][0]["holdExpiresAt"]) + timedelta(minutes=12))
    await settle(four.context)
    assert await four.statuses() == ["expired"] * 4
    second = datetime.fromisoformat(four.made["bookings"][1]["startsAt"])
    for staff in shop.staff:
        other = tokens.bearer(AccountId(new_id()))
        reply = await http.post(BOOKINGS, json=shop.wish(second, staffId=str(staff)), headers=other)
        assert reply.status_code == 201
    await four.leader.confirmed()
    assert await four.statuses() == ["confirmed", "expired", "confirmed", "confirmed"]


async def test_from_one_of_them_on_they_are_called_off_together(four: Four) -> None:
    await four.leader.confirmed()
    reply = await four.post("cancel", scope="following", bookingId=four.ids[2])
    assert [one["id"] for one in reply.json()["bookings"]] == four.ids[2:]
    assert await four.statuses() == ["confirmed", "confirmed", "cancelled", "cancelled"]
    cancelled = (await four.told())[-1]
    assert isinstance(cancelled, SeriesCancelled)
    assert [str(one) for one in cancelled.booking_ids] == four.ids[2:]
    last = (await four.told(3))[-1]
    assert isinstance(last, BookingCancelled)
    assert last.told_with_series


async def test_called_off_whole_the_deposit_goes_back_by_the_policy_and_again_is_too_late(four: Four) -> None:
    await four.leader.confirmed()
    reply = await four.post("cancel", scope="all", bookingId=four.ids[0])
    assert [one["refunded"] for one in reply.json()["bookings"]] == [3000, 0, 0, 0]
    again = await four.post("cancel", scope="all", bookingId=four.ids[0])
    assert (again.status_code, again.json()["type"]) == (409, "urn:barberpro:problem:series-over")


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


async def test_nobody_else_changes_it_and_no_booking_of_another_series_names_it(
    four: Four, http: httpx.AsyncClient, shop: Shop, tokens: Tokens
) -> None:
    body = {"scope": "all", "bookingId": four.ids[0]}
    strange = await http.post(
        f"{SERIES}/{four.made['id']}/cancel", json=body, headers=tokens.bearer(AccountId(new_id()))
    )
    other = (await http.post(BOOKINGS, json=shop.wish(days_ahead(3)), headers=four.headers)).json()
    mixed = await four.post("cancel", scope="all", bookingId=other["id"])
    assert (strange.status_code, mixed.status_code) == (404, 404)
    assert await four.statuses() == ["held"] * 4


async def test_its_provider_accepts_the_first_and_with_it_all(
    http: httpx.AsyncClient, context: BookingContext, client: AccountId, as_client: dict[str, str], tokens: Tokens
) -> None:
    shop = await Shop(approval=True).open(context)
    four = await book_four(http, context, shop, client, as_client)
    assert await four.statuses() == ["pending"] * 4
    owner = tokens.bearer(shop.owner, "client provider:barber")
    await http.post(f"{BOOKINGS}/{four.ids[0]}/approve", headers=owner)
    assert await four.statuses() == ["held"] * 4
    await four.leader.confirmed()
    assert await four.statuses() == ["confirmed"] * 4


async def test_its_provider_says_no_to_the_first_and_with_it_to_all(
    http: httpx.AsyncClient, context: BookingContext, client: AccountId, as_client: dict[str, str], tokens: Tokens
) -> None:
    shop = await Shop(approval=True).open(context)
    four = await book_four(http, context, shop, client, as_client)
    owner = tokens.bearer(shop.owner, "client provider:barber")
    await http.post(f"{BOOKINGS}/{four.ids[0]}/decline", headers=owner)
    await settle(context)
    assert await four.statuses() == ["cancelled", "expired", "expired", "expired"]
    assert (await four.told(2))[-1].told_with_series


async def test_nobody_takes_a_later_one_before_the_first(four: Four) -> None:
    reply = await four.http.post(f"{BOOKINGS}/{four.ids[1]}/accept", headers=four.headers)
    assert (reply.status_code, reply.json()["type"]) == (409, "urn:barberpro:problem:stands-with-first")
    assert await four.statuses() == ["held"] * 4


async def test_its_provider_accepts_no_later_one_before_the_first(
    http: httpx.AsyncClient, context: BookingContext, client: AccountId, as_client: dict[str, str], tokens: Tokens
) -> None:
    shop = await Shop(approval=True).open(context)
    four = await book_four(http, context, shop, client, as_client)
    owner = tokens.bearer(shop.owner, "client provider:barber")
    reply = await http.post(f"{BOOKINGS}/{four.ids[1]}/approve", headers=owner)
    assert (reply.status_code, reply.json()["type"]) == (409, "urn:barberpro:problem:stands-with-first")
