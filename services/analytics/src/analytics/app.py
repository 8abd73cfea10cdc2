"""The composition root: the only place where adapters are built."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import httpx

from analytics import usecases
from analytics.api import REFUSALS, ROUTERS
from analytics.clients import PROBE_SECONDS, FigureSource, HttpProber, NoPrometheus, Prometheus
from analytics.events import SUBSCRIPTIONS
from analytics.jobs import JOBS
from analytics.settings import Settings
from analytics.usecases import AnalyticsContext, Gate, Hub, PlatformWatch, Seats, feed_channel
from common.app import background_tasks
from common.outbox import Waker
from common.service import Service
from common.uow import UnitOfWork
from common.verticals import Verticals

_ASKED_AT_ONCE: Final = 4
"""Connections to Prometheus: its own, so that one that hangs makes no service look down."""


@asynccontextmanager
async def build(settings: Settings, uow: UnitOfWork, verticals: Verticals) -> AsyncIterator[AnalyticsContext]:
    """The context, with the feed's waker running and clients for the services that are watched and for Prometheus."""
    dsns = {scope: dsn.get_secret_value() for scope, dsn in settings.databases.items()}
    waker = Waker(dsns, "analytics-feed", feed_channel)
    seats = Seats(settings.stream_clients)
    probing, asking = _client(2 * len(settings.health_targets) or 1), _client(_ASKED_AT_ONCE)
    async with background_tasks() as start, probing, asking:
        start(waker.run())
        yield AnalyticsContext(
            uow=uow,
            verticals=verticals,
            dsns=dsns,
            wake_feed=waker.wake,
            hubs={scope: Hub(scope, seats, settings.stream_queue) for scope in dsns},
            platform=PlatformWatch(settings.health_targets, HttpProber(probing), datetime.now(UTC)),
            activity_gate=Gate(settings.activity_at_once),
            figures=_figures(settings, asking),
            pod_requests=settings.pod_requests_per_second,
        )


def _client(connections: int) -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=PROBE_SECONDS, limits=httpx.Limits(max_connections=connections))


def _figures(settings: Settings, client: httpx.AsyncClient) -> FigureSource:
    url = settings.prometheus_url
    return Prometheus(client, str(url)) if url is not None else NoPrometheus()


SERVICE: Final = Service(
    name="analytics",
    settings=Settings,
    build=build,
    migrations=Path(__file__).resolve().parents[2] / "migrations",
    routers=ROUTERS,
    refusals=REFUSALS,
    subscriptions=SUBSCRIPTIONS,
    jobs=JOBS,
    rebases=(usecases.forget_whole_feed,),
    background=(usecases.follow_feeds, usecases.watch_platform),
)
