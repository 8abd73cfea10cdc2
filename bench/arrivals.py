"""A consumer of its own, in a process of its own, that tells how old each event was when its effect was committed."""

import asyncio
import multiprocessing
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import resources
from multiprocessing.connection import Connection
from time import monotonic, time
from typing import Any, Final

import asyncpg
import uvloop
from sqlalchemy import text

from bench.shops import VERTICAL
from common import telemetry
from common.app import tune_garbage_collector
from common.consumer import Consumer
from common.db import statement
from common.provision import VERIFIER, owner_role, provision, scope_role
from common.service import Context
from common.settings import ServiceSettings
from common.subscriptions import Subscriptions, project
from common.uow import UnitOfWork, Work, close_databases, open_databases
from common.verticals import load_verticals
from contracts.booking import BookingCreated
from contracts.envelope import Event
from localstack.environment import TOKEN_AUDIENCE, TOKEN_ISSUER
from localstack.stack import Stack

NAME: Final = "bench"
_JOIN_SECONDS: Final = 60
_POLL_SECONDS: Final = 0.05
_CREATE: Final = "CREATE TABLE arrival (booking_id uuid PRIMARY KEY, made_at timestamptz NOT NULL)"
_INSERT: Final = statement(
    text("""
        INSERT INTO arrival SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:times AS timestamptz[]))
        ON CONFLICT DO NOTHING
    """)
)


@dataclass(frozen=True)
class Arriving(Context):
    """`delays`: seconds from an outbox row's `created_at` to the commit of the event's effect."""

    delays: list[float]


async def note_arrivals(context: Arriving, work: Work, events: Sequence[Event[BookingCreated]]) -> None:
    """A projection like any other; an event's time is its transaction's, the same as the row's `created_at`."""
    times = [event.time for event in events]
    await work.run(_INSERT, ids=[event.subject for event in events], times=times)
    seconds = [at.timestamp() for at in times]
    work.after_commit(partial(_note, context.delays, seconds))


def _note(delays: list[float], made: Sequence[float]) -> None:
    now = time()
    delays.extend(now - at for at in made)


class Arrivals:
    """The consumer's process, as the bench sees it."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def take(self, count: int, seconds: float) -> list[float]:
        """The delays (s) since the last call, once there are `count` of them or time is up."""
        self._pipe.send((count, seconds))
        if not self._pipe.poll(seconds + _JOIN_SECONDS):
            return []
        delays: list[float] = self._pipe.recv()
        return delays


@contextmanager
def arrivals_process(stack: Stack) -> Iterator[Arrivals]:
    """Ready to consume; its database is on the stack's server."""
    settings = _settings(stack, stack.run(_make_database(stack)))
    context: Any = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, settings), daemon=True)
    process.start()
    try:
        assert ours.poll(_JOIN_SECONDS), "the bench's consumer did not join its group"
        ours.recv()
        yield Arrivals(ours)
    finally:
        ours.close()
        process.join(_JOIN_SECONDS)
        process.kill()


async def _make_database(stack: Stack) -> str:
    """Database, roles, the road's tables and one of our own; answers the application's DSN."""
    context = stack.context
    password = secrets.token_urlsafe(16)
    owner, user = owner_role(NAME), scope_role(NAME, VERTICAL)
    passwords = {VERIFIER: context.secrets.roles[VERIFIER], owner: password, user: password}
    await provision(context.superuser_dsn(), {NAME: [VERTICAL]}, passwords)
    connection = await asyncpg.connect(context.dsn(owner, password, NAME), timeout=5, command_timeout=30)
    try:
        await connection.execute(f'SET search_path TO "{VERTICAL}", extensions')
        if await connection.fetchval("SELECT to_regclass('arrival') IS NULL"):
            await connection.execute(resources.files("common").joinpath("road.sql").read_text(encoding="utf-8"))
            await connection.execute(_CREATE)
    finally:
        await connection.close()
    return context.dsn(user, password, NAME)


def _settings(stack: Stack, dsn: str) -> ServiceSettings:
    values: dict[str, Any] = {"databases": {VERTICAL: dsn}}
    return ServiceSettings(
        api_port=0,
        worker_port=0,
        kafka_bootstrap=stack.context.kafka_bootstrap,
        verticals_dir=stack.verticals,
        jwks_url="http://127.0.0.1/",
        token_issuer=TOKEN_ISSUER,
        token_audience=TOKEN_AUDIENCE,
        public_url=stack.context.public_url,
        log_level="warning",
        **values,
    )


def _serve(pipe: Connection, settings: ServiceSettings) -> None:
    telemetry.configure(NAME, "worker", settings)
    uvloop.run(_consume(pipe, settings))


async def _consume(pipe: Connection, settings: ServiceSettings) -> None:
    dsns = {scope: dsn.get_secret_value() for scope, dsn in settings.databases.items()}
    databases = await open_databases(dsns, 2, NAME)
    uow = UnitOfWork(NAME, databases, lambda _scope: None)
    context = Arriving(uow, load_verticals(settings.verticals_dir), [])
    table = Subscriptions([project(BookingCreated, into=note_arrivals)])
    consumer = Consumer(NAME, VERTICAL, context, uow, table, settings)
    running = asyncio.create_task(consumer.run())
    try:
        await asyncio.wait_for(consumer.joined.wait(), _JOIN_SECONDS)
        tune_garbage_collector()
        pipe.send("joined")
        await _answer(pipe, context.delays)
        consumer.stop()
        await asyncio.wait_for(running, _JOIN_SECONDS)
    finally:
        running.cancel()
        await close_databases(tuple(databases.values()))


async def _answer(pipe: Connection, delays: list[float]) -> None:
    """Until the other side hangs up."""
    while True:
        try:
            count, seconds = await asyncio.to_thread(pipe.recv)
        except EOFError:
            return
        deadline = monotonic() + seconds
        while len(delays) < count and monotonic() < deadline:  # noqa: ASYNC110 - coarse on purpose: it costs nothing
            await asyncio.sleep(_POLL_SECONDS)
        pipe.send(list(delays))
        delays.clear()
