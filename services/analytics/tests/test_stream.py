"""The live feed: a real server on a real port, a real database behind it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import pytest
import uvicorn
from httpx_sse import aconnect_sse
from services.analytics.tests.builders import DEPOSIT, Shop, project

from analytics.app import SERVICE
from analytics.metrics import STREAM_CLIENTS
from analytics.settings import Settings
from analytics.usecases import AnalyticsContext, open_stream
from common.app import create_app
from common.testing import Databases, Tokens, eventually, settings_for
from contracts.booking import BookingStatus
from contracts.ids import AccountId, new_id

STREAM = "/api/v1/analytics/stream"
Headers = dict[str, str]


@pytest.fixture(scope="module")
async def server(databases: Databases, tokens: Tokens, port: int) -> AsyncIterator[httpx.AsyncClient]:
    """The API on a port, and a client of it."""
    app = create_app(SERVICE, settings_for(Settings, databases))
    running = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, timeout_graceful_shutdown=2))
    task = asyncio.create_task(running.serve())
    await eventually(lambda: running.started)
    app.state.verifier.learn(tokens.jwks())
    base = {"base_url": f"http://127.0.0.1:{port}", "headers": {"X-Vertical": "barber"}}
    async with httpx.AsyncClient(timeout=10, **base) as client:  # type: ignore[arg-type]  # a mixed dict
        yield client
    running.should_exit = True
    await task


@dataclass
class Follower:
    """What one client of the stream has received."""

    seen: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    headers: httpx.Headers = field(default_factory=httpx.Headers)
    ended: bool = False

    def of(self, shop: Shop) -> list[dict[str, Any]]:
        mine = str(shop.provider_id)
        return [data | {"event": event} for event, _, data in self.seen if data.get("providerId") == mine]

    def kinds(self) -> list[str]:
        return [event for event, _, _ in self.seen]

    def last_id(self) -> str:
        return [id_ for event, id_, _ in self.seen if event in ("booking", "payment")][-1]


@asynccontextmanager
async def following(http: httpx.AsyncClient, headers: Headers, **params: Any) -> AsyncIterator[Follower]:
    """An open stream, past its first event."""
    follower = Follower()

    async def read() -> None:
        async with aconnect_sse(http, "GET", STREAM, headers=headers, params=params) as source:
            follower.headers = source.response.headers
            async for sse in source.aiter_sse():
                follower.seen.append((sse.event, sse.id, sse.json()))
        follower.ended = True

    task = asyncio.create_task(read())
    try:
        await eventually(lambda: follower.seen or task.done())
        yield follower
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_booking_is_shown_within_a_second_of_its_projection(
    server: httpx.AsyncClient, context: AnalyticsContext, shop: Shop, as_analyst: Headers
) -> None:
    loop = asyncio.get_running_loop()
    async with following(server, as_analyst) as follower:
        await project(context, [shop.booking(BookingStatus.CONFIRMED), shop.payment(DEPOSIT, version=2)])
        committed = loop.time()
        await eventually(lambda: len(follower.of(shop)) == 2, 5)
        assert loop.time() - committed < 1
    booking, payment = follower.of(shop)
    assert (booking["event"], booking["status"], booking["price"]) == ("booking", "confirmed", 3000)
    assert (payment["event"], payment["status"], payment["captured"]) == ("payment", "paid", 900.5)
    assert follower.headers["content-type"].startswith("text/event-stream")
    assert follower.headers["x-accel-buffering"] == "no"


async def test_the_totals_of_today_come_first_and_again_at_most_twice_a_second(
    server: httpx.AsyncClient, context: AnalyticsContext, shop: Shop, as_analyst: Headers
) -> None:
    async with context.uow.begin("barber") as work:
        now = await work.now()
    loop = asyncio.get_running_loop()
    async with following(server, as_analyst) as follower:
        started = loop.time()
        event, _, first = follower.seen[0]
        for _ in range(20):
            await project(context, [shop.booking(created_at=now)])
        await eventually(lambda: follower.seen[-1][2].get("created") == first["created"] + 20)
        elapsed = loop.time() - started
    assert event == "dashboard"
    assert follower.kinds().count("dashboard") <= 2 + 2 * elapsed


async def test_who_comes_back_is_sent_what_it_missed_and_nothing_twice(
    server: httpx.AsyncClient, context: AnalyticsContext, shop: Shop, as_analyst: Headers
) -> None:
    async with following(server, as_analyst) as follower:
        await project(context, [shop.booking(BookingStatus.HELD)])
        await eventually(lambda: follower.of(shop))
    await project(context, [shop.booking(BookingStatus.CONFIRMED)])
    for how in ({"headers": as_analyst | {"Last-Event-ID": follower.last_id()}}, {"lastEventId": follower.last_id()}):
        async with following(server, **({"headers": as_analyst} | how)) as again:
            await project(context, [shop.booking(BookingStatus.COMPLETED)])
            await eventually(lambda: again.of(shop)[-1:] and again.of(shop)[-1]["status"] == "completed")
        assert [one["status"] for one in again.of(shop)][:2] == ["confirmed", "completed"]


async def test_a_row_that_was_committed_late_is_neither_passed_over_live_nor_on_coming_back(
    server: httpx.AsyncClient, context: AnalyticsContext, as_analyst: Headers
) -> None:
    late, early = Shop(), Shop()
    row = "INSERT INTO feed (floor_xid, kind, provider_id, payload) VALUES (pg_snapshot_xmin(pg_current_snapshot()), "
    async with following(server, as_analyst) as live, following(server, as_analyst) as leaving:
        async with context.uow.begin("barber") as work:
            await work.connection.execute(f"{row} 'booking', $1, '{{}}')", late.provider_id)
            await project(context, [early.booking()])
            await eventually(lambda: live.of(early) and leaving.of(early))
            assert not live.of(late)
        await eventually(lambda: live.of(late))
    seen_before = next(id_ for _, id_, data in leaving.seen if data.get("providerId") == str(early.provider_id))
    async with following(server, as_analyst | {"Last-Event-ID": seen_before}) as again:
        await eventually(lambda: again.of(late))
    assert not again.of(early)


@pytest.mark.parametrize("last", ["1", str(2**62)])
async def test_who_missed_too_much_is_told_to_load_anew(
    server: httpx.AsyncClient, context: AnalyticsContext, as_analyst: Headers, last: str
) -> None:
    if last == "1":
        async with context.uow.begin("barber") as work:
            await work.connection.execute("DELETE FROM feed WHERE id = 1")
    async with following(server, as_analyst | {"Last-Event-ID": last}) as follower:
        await eventually(lambda: follower.kinds()[:2] == ["reset", "dashboard"])


async def test_who_missed_more_than_a_thousand_events_is_told_to_load_anew(
    server: httpx.AsyncClient, context: AnalyticsContext, shop: Shop, as_analyst: Headers
) -> None:
    await project(context, [shop.booking() for _ in range(1_002)])
    async with context.uow.read("barber") as session:
        first = await session.connection.fetchval("SELECT min(id) FROM feed WHERE provider_id = $1", shop.provider_id)
    async with following(server, as_analyst | {"Last-Event-ID": str(first)}) as follower:
        assert follower.seen[0] == ("reset", "", {"reason": "too-many"})


async def test_a_stream_ends_with_its_token(server: httpx.AsyncClient, tokens: Tokens) -> None:
    headers = tokens.bearer(AccountId(new_id()), "analyst:barber", seconds=2)
    async with following(server, headers) as follower:
        await eventually(lambda: follower.ended)
    assert follower.seen[-1] == ("closed", "", {"reason": "token-expired"})


async def test_a_ticket_opens_one_stream_once(
    server: httpx.AsyncClient, context: AnalyticsContext, as_analyst: Headers
) -> None:
    reply = await server.post(f"{STREAM}/tickets", headers=as_analyst)
    ticket = reply.json()["ticket"]
    assert (reply.status_code, reply.headers["cache-control"]) == (201, "no-store")
    async with context.uow.read("barber") as session:
        stored = await session.connection.fetch("SELECT * FROM stream_ticket")
    assert ticket not in str([dict(row) for row in stored])
    async with following(server, {}, ticket=ticket) as follower:
        assert follower.kinds() == ["dashboard"]
    assert (await server.get(STREAM, params={"ticket": ticket})).status_code == 401


async def test_a_ticket_opens_nothing_in_another_vertical_nor_after_thirty_seconds(
    http: httpx.AsyncClient, databases: Databases, as_analyst: Headers
) -> None:
    ticket = (await http.post(f"{STREAM}/tickets", headers=as_analyst)).json()["ticket"]
    elsewhere = await http.get(STREAM, params={"ticket": ticket}, headers={"X-Vertical": "psychology"})
    await databases.shift_clock("barber", timedelta(seconds=31))
    try:
        late = await http.get(STREAM, params={"ticket": ticket})
    finally:
        await databases.shift_clock("barber", timedelta(0))
    assert (elsewhere.status_code, late.status_code) == (401, 401)


@pytest.mark.parametrize("scope", ["client", "provider:barber", "staff:barber", "analyst:psychology"])
async def test_the_stream_and_its_tickets_are_for_analysts_and_operators(
    http: httpx.AsyncClient, tokens: Tokens, scope: str
) -> None:
    headers = tokens.bearer(AccountId(new_id()), scope)
    assert (await http.get(STREAM, headers=headers)).status_code == 403
    assert (await http.post(f"{STREAM}/tickets", headers=headers)).status_code == 403


async def test_nobody_follows_without_a_token_or_with_a_made_up_ticket(http: httpx.AsyncClient) -> None:
    assert (await http.get(STREAM)).status_code == 401
    assert (await http.get(STREAM, params={"ticket": "no"})).status_code == 401
    assert (await http.post(f"{STREAM}/tickets")).status_code == 401


async def test_a_stream_that_cannot_be_opened_leaves_no_client_behind(context: AnalyticsContext) -> None:
    before = len(context.hubs["barber"])
    with pytest.raises(asyncpg.DataError):
        await open_stream(context, "barber", 2**80)
    assert len(context.hubs["barber"]) == before


async def test_a_client_that_goes_away_leaves_the_hub(server: httpx.AsyncClient, as_analyst: Headers) -> None:
    clients = STREAM_CLIENTS.labels("barber")._value
    async with following(server, as_analyst):
        await eventually(lambda: clients.get() == 1)
    await eventually(lambda: clients.get() == 0)
