"""What is ahead keeps its wall-clock time when a zone's offset changes: the real one, and a store that follows."""

from datetime import datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
from services.booking.tests.builders import ZONE, Shop, come, days_ahead
from services.booking.tests.groups import SESSIONS, join, opened
from services.booking.tests.offering import another, offer

from booking import usecases
from booking.domain.span import Span, whole_day
from booking.usecases import BookingContext
from common.testing import Databases, Tokens, published
from contracts.booking import BookingRescheduled
from contracts.ids import AccountId, new_id
from contracts.providers import CapsPart, DepositPart, SegmentPart
from contracts.sessions import SessionPublished

BOOKINGS: Final = "/api/v1/bookings"
HOUR: Final = timedelta(hours=1)


def four_hours_behind(_name: str) -> ZoneInfo:
    """As if Argentina had gone to UTC-4, as a bill has it."""
    return ZoneInfo("America/La_Paz")


async def test_appointments_that_touch_move_by_an_hour_together_and_keep_their_local_time(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens
) -> None:
    shop = await Shop(barbers=1, chairs=2, deposit=DepositPart()).open(context)
    colour = await another(
        context,
        shop,
        duration_minutes=90,
        segments=(SegmentPart(minutes=30), SegmentPart(minutes=30, attended=False), SegmentPart(minutes=30)),
        caps=CapsPart(per_day=2),
    )
    made = []
    for service, start in ((shop.service_id, 0), (colour, 1), (shop.service_id, 4), (shop.service_id, 6)):
        wish = {"serviceId": str(service), "startsAt": (days_ahead(3) + start * HOUR / 2).isoformat()}
        reply = await http.post(BOOKINGS, json=wish, headers=tokens.bearer(AccountId(new_id())))
        made.append(reply.json())
    assert await usecases.follow_zones(context, "barber", four_hours_behind) >= len(made)
    for one in made:
        now = await _shown(http, tokens, shop, one)
        assert _at(now) == _at(one) + HOUR
        assert now["localDate"] == one["localDate"]
        told = (await published(context.uow, "barber", UUID(one["id"])))[-1].data
        assert isinstance(told, BookingRescheduled)
        assert told.reason == "zone-changed"
    assert await usecases.follow_zones(context, "barber", four_hours_behind) == 0
    # The other tests' bookings are ahead too: back with all of them.
    assert await usecases.follow_zones(context, "barber") >= len(made)
    assert _at(await _shown(http, tokens, shop, made[1])) == _at(made[1])


async def test_what_cannot_move_holds_up_nothing_else(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens
) -> None:
    shop = await Shop(deposit=DepositPart()).open(context)
    wish = shop.wish(days_ahead(3))
    made = (await http.post(BOOKINGS, json=wish, headers=tokens.bearer(AccountId(new_id())))).json()
    stuck = await _in_the_way(context, UUID(made["id"]))
    try:
        await usecases.follow_zones(context, "barber", four_hours_behind)
        assert _at(await _shown(http, tokens, shop, made)) == _at(made) + HOUR
    finally:
        async with context.uow.begin("barber") as work:
            await work.connection.execute("DELETE FROM claim WHERE booking_id = ANY ($1)", stuck)
            await work.connection.execute("DELETE FROM booking WHERE id = ANY ($1)", stuck)
        await usecases.follow_zones(context, "barber")


async def _in_the_way(context: BookingContext, booking_id: UUID) -> list[UUID]:
    """More bookings than ever were looked at, later than this one or at its start, whose new instants are taken."""
    likes = """
        INSERT INTO booking SELECT (jsonb_populate_record(booking, jsonb_build_object(
            'id', overlay(CAST(gen_random_uuid() AS text) PLACING '00000000' FROM 1),
            'starts_local', starts_local + n / 60 * interval '1 minute',
            'starts_at', starts_at + n / 60 * interval '1 minute'))).*
        FROM booking, generate_series(0, 15000, 60) AS n WHERE id = $1 RETURNING id
    """
    same_start = likes.replace("15000, 60", "59, 1")
    claims = """
        INSERT INTO claim (booking_id, resource, unit, during, live)
        SELECT id, id, 0, tstzrange(starts_at, starts_at + interval '1 minute'), true
        FROM booking WHERE id = ANY ($1)
        UNION ALL SELECT $2, id, 0, tstzrange(starts_at + interval '1 hour', starts_at + interval '2 hours'), true
        FROM booking WHERE id = ANY ($1)
    """
    # Whoever is in the way has no wall-clock time, and stays.
    other = likes.replace("starts_local + n / 60 * interval '1 minute'", "NULL").replace("15000, 60", "0")
    async with context.uow.begin("barber") as work:
        stuck = [row["id"] for each in (likes, same_start) for row in await work.connection.fetch(each, booking_id)]
        stays: UUID = await work.connection.fetchval(other, booking_id)
        await work.connection.execute(claims, stuck, stays)
    return [*stuck, stays]


async def test_a_days_count_is_of_the_whole_day_that_it_becomes(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens, clock: Databases
) -> None:
    new_york = ZoneInfo("America/New_York")
    days = (datetime.now(ZONE).date() + timedelta(days=ahead) for ahead in range(5, 300))
    day = next(each for each in days if whole_day(each, new_york).end - whole_day(each, new_york).start != 24 * HOUR)
    shop = await Shop(deposit=DepositPart()).open(context)
    await offer(context, shop, caps=CapsPart(per_day=2))
    start = datetime.combine(day, time(10), ZONE)
    await come(clock, start - timedelta(days=3))
    made = (await http.post(BOOKINGS, json=shop.wish(start), headers=tokens.bearer(AccountId(new_id())))).json()
    await usecases.follow_zones(context, "barber", lambda _: new_york)
    async with context.uow.read("barber") as session:
        query = "SELECT during FROM claim WHERE booking_id = $1 AND counts"
        during = await session.connection.fetchval(query, UUID(made["id"]))
    assert Span(during.lower, during.upper) == whole_day(day, new_york)


async def test_a_request_ends_no_later_than_the_start_that_it_is_put_to(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens, clock: Databases
) -> None:
    shop = await Shop(approval=True).open(context)
    await come(clock, days_ahead(3) - 3 * HOUR)
    wish = shop.wish(days_ahead(3))
    made = (await http.post(BOOKINGS, json=wish, headers=tokens.bearer(AccountId(new_id())))).json()
    # Noronha is an hour ahead: what is there at ten is an hour sooner here.
    await usecases.follow_zones(context, "barber", lambda _: ZoneInfo("America/Noronha"))
    shown = await _shown(http, tokens, shop, made)
    assert _at(shown) == _at(made) - HOUR
    assert datetime.fromisoformat(shown["holdExpiresAt"]) == _at(shown)


async def test_a_session_moves_with_its_seats_and_with_when_it_is_decided(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens
) -> None:
    shop = await Shop(deposit=DepositPart()).open(context)
    session_id = await opened(http, tokens, shop, days_ahead(3), minimum=2)
    made = (await join(http, tokens, session_id)).json()
    before = (await http.get(f"{SESSIONS}/{session_id}")).json()
    await usecases.follow_zones(context, "barber", four_hours_behind)
    now = (await http.get(f"{SESSIONS}/{session_id}")).json()
    assert (_at(now), _at(await _shown(http, tokens, shop, made))) == (_at(before) + HOUR, _at(before) + HOUR)
    assert datetime.fromisoformat(now["decideAt"]) == datetime.fromisoformat(before["decideAt"]) + HOUR
    told = (await published(context.uow, "barber", UUID(session_id)))[-1].data
    assert isinstance(told, SessionPublished)
    assert told.starts_at == _at(now)
    await usecases.follow_zones(context, "barber")
    assert _at((await http.get(f"{SESSIONS}/{session_id}")).json()) == _at(before)


async def _shown(http: httpx.AsyncClient, tokens: Tokens, shop: Shop, made: dict[str, Any]) -> dict[str, Any]:
    reply = await http.get(f"{BOOKINGS}/{made['id']}", headers=tokens.bearer(shop.owner, "provider"))
    shown: dict[str, Any] = reply.json()
    return shown


def _at(shown: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(shown["startsAt"])
