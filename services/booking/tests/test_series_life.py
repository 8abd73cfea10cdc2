"""A series after it was made: it stands or falls with its first booking, and is called off together."""

from datetime import datetime, timedelta

import httpx
from services.booking.tests.builders import Shop, come, days_ahead, settle
from services.booking.tests.four import BOOKINGS, SERIES, WEEK, Four, book_four

from booking.usecases import BookingContext
from common.testing import Databases, Tokens
from contracts.booking import BookingCancelled, BookingConfirmed
from contracts.ids import AccountId, new_id
from contracts.series import SeriesCancelled, SeriesConfirmed


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
    assert cancelled.any_confirmed
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


async def test_what_was_only_held_is_called_off_as_such(four: Four) -> None:
    await four.post("cancel", scope="all", bookingId=four.ids[0])
    cancelled = (await four.told())[-1]
    assert isinstance(cancelled, SeriesCancelled)
    assert not cancelled.any_confirmed


async def test_late_money_buys_nothing_that_is_past(four: Four, clock: Databases) -> None:
    first = datetime.fromisoformat(four.made["bookings"][0]["startsAt"])
    before = {"startsAt": (first - timedelta(hours=1)).isoformat()}
    await four.http.post(f"{BOOKINGS}/{four.ids[1]}/reschedule", json=before, headers=four.headers)
    await come(clock, datetime.fromisoformat(four.made["bookings"][0]["holdExpiresAt"]) + timedelta(minutes=1))
    await settle(four.context)
    await come(clock, first - timedelta(minutes=30))
    await four.leader.confirmed()
    assert await four.statuses() == ["confirmed", "expired", "confirmed", "confirmed"]


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


async def test_staff_see_and_accept_only_what_they_attend_themselves(
    http: httpx.AsyncClient, context: BookingContext, client: AccountId, as_client: dict[str, str], tokens: Tokens
) -> None:
    shop = await Shop(approval=True).open(context)
    other = tokens.bearer(AccountId(new_id()))
    taken = shop.wish(days_ahead(2) + WEEK, staffId=str(shop.staff[0]))
    await http.post(BOOKINGS, json=taken, headers=other)
    wish = shop.wish(days_ahead(2), rule="FREQ=WEEKLY;COUNT=4")
    four = await book_four(http, context, shop, client, as_client, wish)
    theirs = [one["staffId"] for one in four.made["bookings"]]
    assert len(set(theirs)) == 2
    for staff in shop.staff:
        mine = [at for at, one in zip(four.ids, theirs, strict=True) if one == str(staff)]
        headers = tokens.bearer(shop.accounts[staff])
        seen = await http.get(f"{SERIES}/{four.made['id']}", headers=headers)
        assert [one["id"] for one in seen.json()["bookings"]] == mine
        assert (await http.post(f"{BOOKINGS}/{four.ids[0]}/approve", headers=headers)).status_code == 404
    assert await four.statuses() == ["pending"] * 4
