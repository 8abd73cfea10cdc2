"""PostgreSQL goes away and comes back: that is waited out, and never taken for the fault of what was asked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from libs.common.tests.builders import activity
from libs.common.tests.test_inbox import open_topic, parked, record
from sqlalchemy import text

from common import road
from common.consumer import Consumer
from common.db import statement
from common.errors import NotReady
from common.inbox import Inbox
from common.outbox import Relay
from common.service import Context
from common.settings import ServiceSettings
from common.subscriptions import Subscriptions, react
from common.testing import Databases, event, eventually, settings_for
from common.uow import UnitOfWork, Work, close_databases, open_databases
from common.verticals import Verticals
from contracts.analytics import ClientActivity
from contracts.envelope import Event
from contracts.ids import new_id

INSERT_THING: Final = statement(text("INSERT INTO thing (id, version) VALUES (:id, :version)"))


class Line:
    """A way to PostgreSQL that can be cut and mended."""

    def __init__(self, dsn: str) -> None:
        self._target = urlsplit(dsn)
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = 0

    @property
    def dsn(self) -> str:
        user = self._target.netloc.rpartition("@")[0]
        return urlunsplit(self._target._replace(netloc=f"{user}@127.0.0.1:{self.port}"))

    async def mend(self) -> None:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(self._target.hostname, self._target.port)
        self._writers |= {writer, back}
        await asyncio.gather(_pour(reader, back), _pour(there, writer))


async def _pour(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
    except ConnectionError:
        return
    finally:
        target.close()


@asynccontextmanager
async def by_a_line(databases: Databases) -> AsyncIterator[tuple[UnitOfWork, Line]]:
    line = Line(databases.dsns["barber"])
    await line.mend()
    opened = await open_databases({"barber": line.dsn}, 2, "toy")
    try:
        yield UnitOfWork("toy", opened, lambda _scope: None), line
    finally:
        await close_databases(tuple(opened.values()))
        await line.cut()


async def test_while_the_database_is_away_it_is_not_ready_and_afterwards_all_goes_on(toy_databases: Databases) -> None:
    async with by_a_line(toy_databases) as (uow, line):
        await line.cut()
        for _ in range(3):
            with pytest.raises(NotReady):
                async with uow.begin("barber"):
                    pass
            with pytest.raises(NotReady):
                async with uow.read("barber") as session:
                    await session.value(road.SELECT_NOW)
        await line.mend()
        async with uow.read("barber") as session:
            assert await session.value(road.SELECT_NOW) is not None


async def test_a_value_that_fits_no_column_parks_its_event_and_holds_up_nobody(uow: UnitOfWork) -> None:
    async def keep(_context: Context, work: Work, received: Event[ClientActivity]) -> None:
        await work.run(INSERT_THING, id=received.subject, version=received.sequence)

    cluster, absurd, ordinary = str(new_id()), event(activity(version=10**30)), event(activity())
    await open_topic(uow, cluster, ClientActivity.topic)
    inbox = Inbox("toy", "barber", Context(uow, Verticals({})), uow, Subscriptions([react(ClientActivity, keep)]))
    await inbox.take(cluster, [record(absurd, 0), record(ordinary, 1)])
    assert await parked(uow, absurd.subject) == ["DataError after 3 attempts"]
    async with uow.read("barber") as session:
        assert await session.connection.fetchval("SELECT version FROM thing WHERE id = $1", ordinary.subject) == 1


class Interrupted(Relay):
    """A relay whose connection the server ended while it lay idle."""

    sessions = 0

    async def _session(self) -> None:
        self.sessions += 1
        if self.sessions == 1:
            raise asyncpg.InternalClientError
        self.stop()


async def test_a_relay_outlives_the_end_of_its_connection(toy_databases: Databases) -> None:
    settings = settings_for(ServiceSettings, toy_databases)
    relay = Interrupted("toy", "barber", toy_databases.dsns["barber"], settings)
    await asyncio.wait_for(relay.run(), 10)
    assert relay.sessions == 2


class GivenUp(Consumer[Context]):
    """A consumer whose client cancels its own waiting, as aiokafka does when a coordinator stays away."""

    sessions = 0

    async def _session(self) -> None:
        self.sessions += 1
        if self.sessions == 1:
            waiting = asyncio.get_running_loop().create_future()
            waiting.cancel()
            await waiting
        await asyncio.sleep(0 if self.sessions == 2 else 60)


async def test_a_consumer_outlives_what_its_client_cancels_and_ends_when_it_is_cancelled_itself(
    uow: UnitOfWork, toy_databases: Databases
) -> None:
    settings = settings_for(ServiceSettings, toy_databases)
    consumer = GivenUp("toy", "barber", Context(uow, Verticals({})), uow, Subscriptions([]), settings)
    running = asyncio.create_task(consumer.run())
    await eventually(lambda: consumer.sessions == 3)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
