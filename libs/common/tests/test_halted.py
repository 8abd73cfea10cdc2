"""A scope with too many dead letters halts, and what it halts."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx

from common.kafka import create_topics
from common.service import Context, Service
from common.settings import ServiceSettings
from common.subscriptions import project
from common.testing import Databases, Servers, eventually, settings_for
from common.uow import UnitOfWork, Work
from common.verticals import Verticals
from common.worker import Worker
from contracts.analytics import ClientActivity
from contracts.ids import new_id


async def test_too_many_dead_letters_halt_their_scope_alone_until_they_are_fewer(
    toy: Service[ServiceSettings, Context], uow: UnitOfWork, toy_databases: Databases, servers: Servers
) -> None:
    settings = settings_for(toy.settings, toy_databases, servers.kafka_bootstrap, dead_letter_limit=3)
    await create_topics("analytics", settings)
    service = replace(toy, name=f"limit-{new_id()}", subscriptions=(project(ClientActivity, into=ignore),))
    worker = Worker(service, settings, Context(uow, Verticals({})))
    async with dead_letters(uow, "psychology", 4), reading(worker) as http:
        halted = {"status": "halted", "scopes": ["psychology"], "reason": "too many dead letters"}
        await eventually(lambda: readiness(http, halted), 30)
        (barber,) = (one for one in worker._consumers if one.scope == "barber")
        await eventually(barber.joined.is_set, 30)
        await resolve_dead_letters(uow, "psychology")
        await eventually(lambda: readiness(http, {"status": "ok"}), 30)


async def ignore(_context: Context, _work: Work, _events: object) -> None:
    """Nothing is to be done."""


@asynccontextmanager
async def dead_letters(uow: UnitOfWork, scope: str, count: int) -> AsyncIterator[None]:
    async with uow.begin(scope) as work:
        await work.connection.execute(
            "INSERT INTO dead_letter (subject, topic, partition, record_offset, headers, reason) "
            "SELECT n::text, 'client.activity', 0, n, '{}', 'planted' FROM generate_series(1, $1::integer) AS n",
            count,
        )
    try:
        yield
    finally:
        await resolve_dead_letters(uow, scope)


async def resolve_dead_letters(uow: UnitOfWork, scope: str) -> None:
    async with uow.begin(scope) as work:
        await work.connection.execute("UPDATE dead_letter SET resolved_at = now() WHERE resolved_at IS NULL")


@asynccontextmanager
async def reading(worker: Worker) -> AsyncIterator[httpx.AsyncClient]:
    """The worker's consumers alone, and its health."""
    async with asyncio.TaskGroup() as tasks:
        for consumer in worker._consumers:
            tasks.create_task(consumer.run())
        try:
            transport = httpx.ASGITransport(worker._health())
            async with httpx.AsyncClient(transport=transport, base_url="http://worker") as http:
                yield http
        finally:
            worker.stop()


async def readiness(http: httpx.AsyncClient, wanted: Mapping[str, object]) -> bool:
    return bool((await http.get("/health/ready")).json() == wanted)
