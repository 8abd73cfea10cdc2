"""What is forgotten, and what is not."""

from datetime import timedelta

import httpx
import pytest
from services.analytics.tests.builders import Shop, project

from analytics.usecases import (
    AnalyticsContext,
    forget_activity,
    forget_feed,
    forget_reports,
    forget_tickets,
    forget_whole_feed,
)
from common.testing import Databases


@pytest.mark.parametrize(
    ("table", "forget", "after"),
    [
        ("feed", forget_feed, timedelta(hours=25)),
        ("activity", forget_activity, timedelta(days=91)),
        ("report", forget_reports, timedelta(days=8)),
        ("stream_ticket", forget_tickets, timedelta(seconds=31)),
    ],
)
async def test_what_is_old_is_forgotten_and_what_is_young_stays(
    databases: Databases,
    context: AnalyticsContext,
    http: httpx.AsyncClient,
    as_analyst: dict[str, str],
    as_operator: dict[str, str],
    table: str,
    forget: object,
    after: timedelta,
) -> None:
    await project(context, [Shop().booking()])
    await http.post("/api/v1/analytics/session/start", json={})
    await http.post("/api/v1/analytics/stream/tickets", headers=as_analyst)
    await http.post("/api/v1/monitoring/websocket/connections", json={"connections": 1}, headers=as_operator)

    async def count() -> int:
        async with context.uow.read("barber") as session:
            found: int = await session.connection.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608 - of this test
            return found

    assert callable(forget)
    await forget(context, "barber")
    before = await count()
    assert before > 0
    await databases.shift_clock("barber", after)
    try:
        while await forget(context, "barber"):
            pass
    finally:
        await databases.shift_clock("barber", timedelta(0))
    assert await count() == 0


async def test_after_a_restore_the_feed_is_empty_and_what_happens_next_is_in_it(context: AnalyticsContext) -> None:
    shop = Shop()
    await project(context, [shop.booking()])
    while await forget_whole_feed(context, "barber"):
        pass
    async with context.uow.read("barber") as session:
        assert await session.connection.fetchval("SELECT count(*) FROM feed") == 0
    await project(context, [shop.booking()])
    async with context.uow.read("barber") as session:
        assert await session.connection.fetchval("SELECT count(*) FROM feed") > 0
