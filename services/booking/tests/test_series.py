"""Series: made together or not at all, each occurrence with claims of its own."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from services.booking.tests.builders import ZONE, Shop, days_ahead
from services.booking.tests.offering import go_away

from booking.usecases import BookingContext
from common.testing import Tokens, published
from contracts.ids import AccountId, new_id
from contracts.providers import DepositPart
from contracts.series import SeriesConfirmed, SeriesCreated

SERIES = "/api/v1/bookings/series"
WEEKLY = "FREQ=WEEKLY;COUNT={}"
WEEK = timedelta(weeks=1)


def wish(shop: Shop, start: datetime, many: int = 4, **more: object) -> dict[str, object]:
    return shop.wish(start, rule=WEEKLY.format(many), **more)


def starts(shown: dict[str, Any]) -> list[datetime]:
    return [datetime.fromisoformat(one["startsAt"]) for one in shown["bookings"]]


async def counted(context: BookingContext, shop: Shop) -> tuple[int, int]:
    """Bookings and live claims of a shop."""
    async with context.uow.read("barber") as session:
        row = await session.connection.fetchrow(
            """SELECT count(DISTINCT booking.id), count(claim.id) FILTER (WHERE claim.live)
               FROM booking LEFT JOIN claim ON claim.booking_id = booking.id WHERE provider_id = $1""",
            shop.provider_id,
        )
    return row[0], row[1]


async def test_fifty_two_weeks_are_booked_at_once_beyond_the_horizon_with_one_person(
    http: httpx.AsyncClient, context: BookingContext, shop: Shop, as_client: dict[str, str]
) -> None:
    start = days_ahead(2)
    made = await http.post(SERIES, json=wish(shop, start, 52), headers=as_client)
    shown = made.json()
    assert made.status_code == 201
    assert starts(shown) == [start + n * WEEK for n in range(52)]
    assert len({one["staffId"] for one in shown["bookings"]}) == 1
    assert len(set(shown["links"])) == 52
    assert await counted(context, shop) == (52, 104)
    created = (await published(context.uow, "barber", UUID(shown["id"])))[0].data
    assert isinstance(created, SeriesCreated)
    assert list(created.starts) == starts(shown)


async def test_every_fortnight_and_every_month_are_by_the_wall_clock(
    http: httpx.AsyncClient, shop: Shop, as_client: dict[str, str]
) -> None:
    start = days_ahead(2)
    fortnightly = shop.wish(start, rule="FREQ=WEEKLY;INTERVAL=2;COUNT=3")
    first = (await http.post(SERIES, json=fortnightly, headers=as_client)).json()
    assert starts(first) == [start, start + 2 * WEEK, start + 4 * WEEK]
    # The first weekday of its kind in its month, or the second: whichever the first one is.
    local = start.astimezone(ZONE)
    nth = f"{(local.day - 1) // 7 + 1}{['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'][local.weekday()]}"
    monthly = shop.wish(start, rule=f"FREQ=MONTHLY;BYDAY={nth};COUNT=3")
    second = (await http.post(SERIES, json=monthly, headers=as_client)).json()
    locals_ = [at.astimezone(ZONE) for at in starts(second)]
    assert {(at.weekday(), at.hour) for at in locals_} == {(local.weekday(), 10)}
    assert len({at.month for at in locals_}) == 3


async def test_only_the_first_is_due_and_the_others_wait_for_it(
    http: httpx.AsyncClient, shop: Shop, as_client: dict[str, str]
) -> None:
    made = (await http.post(SERIES, json=wish(shop, days_ahead(2)), headers=as_client)).json()
    assert made["charge"] == "first"
    assert [one["dueNow"] for one in made["bookings"]] == [3000, 0, 0, 0]
    assert {one["status"] for one in made["bookings"]} == {"held"}
    assert {one["price"] for one in made["bookings"]} == {10000}


async def test_where_nothing_is_due_all_are_confirmed_at_once(
    http: httpx.AsyncClient, context: BookingContext, as_client: dict[str, str]
) -> None:
    free = await Shop(deposit=DepositPart()).open(context)
    made = (await http.post(SERIES, json=wish(free, days_ahead(2)), headers=as_client)).json()
    assert {one["status"] for one in made["bookings"]} == {"confirmed"}
    told = [event.data for event in await published(context.uow, "barber", UUID(made["id"]))]
    assert [type(one) for one in told] == [SeriesCreated, SeriesConfirmed]
    one_of_them = await published(context.uow, "barber", UUID(made["bookings"][2]["id"]))
    assert [event.type for event in one_of_them] == ["booking.created", "booking.confirmed"]


async def test_a_series_takes_one_of_the_holds_that_its_client_may_have(
    http: httpx.AsyncClient, shop: Shop, as_client: dict[str, str]
) -> None:
    replies = [await http.post(SERIES, json=wish(shop, days_ahead(2 + day), 3), headers=as_client) for day in range(4)]
    assert [reply.status_code for reply in replies] == [201, 201, 201, 409]
    assert replies[-1].json()["type"].endswith("too-many-holds")


async def test_what_is_taken_is_named_and_nothing_is_booked(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens, as_client: dict[str, str]
) -> None:
    shop = await Shop(barbers=1, chairs=1).open(context)
    start = days_ahead(2)
    other = tokens.bearer(AccountId(new_id()))
    await http.post("/api/v1/bookings", json=shop.wish(start + WEEK), headers=other)
    refused = await http.post(SERIES, json=wish(shop, start), headers=as_client)
    assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (409, "series-conflicts")
    assert [(datetime.fromisoformat(one["startsAt"]), one["code"]) for one in refused.json()["conflicts"]] == [
        (start + WEEK, "slot-taken")
    ]
    assert await counted(context, shop) == (1, 2)


async def test_what_is_taken_is_left_out_where_that_is_asked_for(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens, as_client: dict[str, str]
) -> None:
    shop = await Shop(barbers=1, chairs=1).open(context)
    start = days_ahead(2)
    await http.post("/api/v1/bookings", json=shop.wish(start), headers=tokens.bearer(AccountId(new_id())))
    made = (await http.post(SERIES, json=wish(shop, start, skip=True), headers=as_client)).json()
    assert starts(made) == [start + n * WEEK for n in (1, 2, 3)]
    assert [datetime.fromisoformat(one["startsAt"]) for one in made["skipped"]] == [start]
    assert [one["dueNow"] for one in made["bookings"]] == [3000, 0, 0]


@pytest.mark.parametrize("taken", [False, True])
async def test_a_first_date_on_which_nobody_attends_is_named_or_skipped_as_any_other(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens, as_client: dict[str, str], taken: bool
) -> None:
    shop = await Shop(barbers=1, chairs=1).open(context)
    start = days_ahead(2)
    await go_away(context, shop, shop.staff[0], start - timedelta(hours=1), start + timedelta(hours=1))
    if taken:
        other = tokens.bearer(AccountId(new_id()))
        await http.post("/api/v1/bookings", json=shop.wish(start + WEEK), headers=other)
    refused = (await http.post(SERIES, json=wish(shop, start), headers=as_client)).json()
    named = {datetime.fromisoformat(one["startsAt"]): one["code"] for one in refused["conflicts"]}
    assert named == {start: "slot-not-offered"} | ({start + WEEK: "slot-taken"} if taken else {})
    made = (await http.post(SERIES, json=wish(shop, start, skip=True), headers=as_client)).json()
    assert {datetime.fromisoformat(one["startsAt"]) for one in made["skipped"]} == set(named)
    assert starts(made) == [start + n * WEEK for n in range(4) if start + n * WEEK not in named]


async def test_where_one_is_away_another_takes_over(
    http: httpx.AsyncClient, shop: Shop, tokens: Tokens, as_client: dict[str, str]
) -> None:
    start, other = days_ahead(2), tokens.bearer(AccountId(new_id()))
    await http.post("/api/v1/bookings", json=shop.wish(start + WEEK, staffId=str(shop.staff[0])), headers=other)
    await http.post("/api/v1/bookings", json=shop.wish(start, staffId=str(shop.staff[1])), headers=other)
    made = (await http.post(SERIES, json=wish(shop, start, 3), headers=as_client)).json()
    assert [[str(each) for each in shop.staff].index(one["staffId"]) for one in made["bookings"]] == [0, 1, 0]


async def test_of_many_who_want_the_same_weeks_one_has_all_of_them(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens
) -> None:
    shop = await Shop(barbers=1, chairs=1).open(context)
    start = days_ahead(2)
    callers = [tokens.bearer(AccountId(new_id())) for _ in range(12)]
    replies = await asyncio.gather(
        *(http.post(SERIES, json=wish(shop, start + (n % 3) * WEEK, 6), headers=one) for n, one in enumerate(callers))
    )
    statuses = sorted(reply.status_code for reply in replies)
    assert statuses[0] == 201
    assert set(statuses[1:]) <= {409, 503}
    assert await counted(context, shop) == (6, 12)


async def test_sent_twice_with_one_key_it_is_made_once(
    http: httpx.AsyncClient, context: BookingContext, shop: Shop, as_client: dict[str, str]
) -> None:
    headers = {**as_client, "Idempotency-Key": "a series"}
    replies = [await http.post(SERIES, json=wish(shop, days_ahead(2)), headers=headers) for _ in range(2)]
    assert replies[0].json() == replies[1].json()
    assert (await counted(context, shop))[0] == 4


@pytest.mark.parametrize(
    ("more", "status", "slug"),
    [
        ({"rule": "FREQ=DAILY;COUNT=3"}, 422, "invalid-rule"),
        ({"rule": "FREQ=WEEKLY;COUNT=53"}, 422, "series-too-long"),
        ({"startsAt": days_ahead(200).isoformat(), "rule": "FREQ=WEEKLY;COUNT=2"}, 422, "beyond-horizon"),
        ({"startsAt": (days_ahead(2) + timedelta(minutes=7)).isoformat()}, 409, "series-conflicts"),
        ({"staffId": "01930000-0000-7000-8000-00000000ffff"}, 422, "slot-not-offered"),
        ({"serviceId": "01930000-0000-7000-8000-00000000ffff"}, 404, "not-found"),
    ],
)
async def test_a_series_that_cannot_be_is_refused_by_name(
    http: httpx.AsyncClient, shop: Shop, as_client: dict[str, str], more: dict[str, str], status: int, slug: str
) -> None:
    reply = await http.post(SERIES, json=wish(shop, days_ahead(2)) | more, headers=as_client)
    assert (reply.status_code, reply.json()["type"].rpartition(":")[2]) == (status, slug)


async def test_it_is_seen_by_its_client_and_the_provider_alone(
    http: httpx.AsyncClient, shop: Shop, as_client: dict[str, str], as_owner: dict[str, str], tokens: Tokens
) -> None:
    made = (await http.post(SERIES, json=wish(shop, days_ahead(2)), headers=as_client)).json()
    strangers = tokens.bearer(AccountId(new_id()))
    replies = [await http.get(f"{SERIES}/{made['id']}", headers=who) for who in (as_client, as_owner, strangers)]
    assert [reply.status_code for reply in replies] == [200, 200, 404]
    assert replies[0].json()["bookings"] == made["bookings"]
