"""Every wait ends and every queue is limited: the shared bounds, seen acting (docs/bounds.md)."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from time import monotonic
from typing import Final
from uuid import uuid4

import httpx
import pytest
from aiokafka import TopicPartition
from fastapi import APIRouter
from libs.common.tests.test_away import Line

from common.auth import Principal, TokenVerifier
from common.consumer import Consumer, StalledError, Watch
from common.db import connect
from common.errors import Busy, NotReady, TooSlow
from common.metrics import HTTP_IN_FLIGHT, OUTBOX_FAILURES
from common.outbox import Relay
from common.service import Context, Service
from common.settings import ServiceSettings
from common.subscriptions import Subscriptions, project
from common.testing import AUDIENCE, ISSUER, Databases, Tokens, api_client, eventually, settings_for
from common.uow import UnitOfWork, Work, close_databases, open_databases
from common.verticals import Verticals
from common.worker import Worker, _repeat
from contracts.analytics import ClientActivity
from contracts.ids import AccountId, new_id

PARTITION: Final = TopicPartition("client.activity", 0)
router = APIRouter(prefix="/api/v1")
_gate = asyncio.Event()


@router.get("/slow")
async def slow() -> None:
    """Answers once the test lets it."""
    await _gate.wait()


@asynccontextmanager
async def took(least: float, most: float) -> AsyncIterator[None]:
    started = monotonic()
    yield
    assert least <= monotonic() - started < most


@asynccontextmanager
async def pool_of(dsn: str, size: int) -> AsyncIterator[UnitOfWork]:
    opened = await open_databases({"barber": dsn}, size, "toy")
    try:
        yield UnitOfWork("toy", opened, lambda _scope: None)
    finally:
        await close_databases(tuple(opened.values()))


async def test_a_statement_is_cut_off_after_five_seconds(uow: UnitOfWork) -> None:
    async with took(4.9, 8):
        with pytest.raises(TooSlow):
            async with uow.begin("barber") as work:
                await work.connection.execute("SELECT pg_sleep(9)")


async def test_a_lock_is_waited_for_two_seconds(uow: UnitOfWork) -> None:
    thing = new_id()
    async with uow.begin("barber") as work:
        await work.connection.execute("INSERT INTO thing (id, version) VALUES ($1, 1)", thing)
    async with uow.begin("barber") as holder, took(1.9, 4):
        await holder.connection.execute("UPDATE thing SET seen = 1 WHERE id = $1", thing)
        with pytest.raises(Busy):
            async with uow.begin("barber") as waiting:
                await waiting.connection.execute("UPDATE thing SET seen = 2 WHERE id = $1", thing)


async def test_a_transaction_that_does_nothing_is_ended_and_its_locks_are_free(uow: UnitOfWork) -> None:
    async with uow.read("barber") as session:
        assert await session.connection.fetchval("SHOW idle_in_transaction_session_timeout") == "30s"
    thing = new_id()
    async with uow.begin("barber") as work:
        await work.connection.execute("INSERT INTO thing (id, version) VALUES ($1, 1)", thing)
    with pytest.raises(NotReady):
        async with uow.begin("barber") as idle:
            await idle.connection.execute("SET idle_in_transaction_session_timeout = '100ms'")
            await idle.connection.execute("UPDATE thing SET seen = 1 WHERE id = $1", thing)
            await eventually(idle.connection.is_closed)
            await idle.connection.execute("SELECT 1")
    async with uow.begin("barber") as work:
        assert (
            await work.connection.fetchval("UPDATE thing SET seen = seen + 2 WHERE id = $1 RETURNING seen", thing) == 2
        )


async def test_a_connection_is_waited_for_two_seconds(toy_databases: Databases) -> None:
    async with pool_of(toy_databases.dsns["barber"], 1) as uow, uow.begin("barber"), took(1.9, 4):
        with pytest.raises(Busy):
            async with uow.begin("barber"):
                pass


async def test_a_server_that_falls_silent_is_given_up_after_ten_seconds(toy_databases: Databases) -> None:
    line = SilentLine(toy_databases.dsns["barber"])
    await line.mend()
    try:
        async with pool_of(line.dsn, 1) as uow, took(9.9, 20):
            with pytest.raises(NotReady):
                async with uow.read("barber") as session:
                    line.silent = True
                    await session.connection.fetchval("SELECT 1")
    finally:
        await line.cut()


async def test_the_server_asks_after_a_relay_s_silent_line_every_five_seconds_from_the_tenth_on(
    toy_databases: Databases,
) -> None:
    """What the socket itself has: the server answers with what the kernel took."""
    connection = await connect(toy_databases.dsns["barber"], "toy-relay")
    try:
        names = ("tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count", "tcp_user_timeout")
        shown = [await connection.fetchval(f"SHOW {name}") for name in names]
    finally:
        await connection.close()
    # Keepalives are not sent while something waits to be acknowledged, as a NOTIFY for a relay that is cut off.
    assert shown == ["10", "5", "3", "25000"]


async def test_one_request_more_than_allowed_at_once_is_told_to_come_back(
    toy: Service[ServiceSettings, Context], toy_databases: Databases, tokens: Tokens
) -> None:
    service = replace(toy, routers=(router,))
    settings = settings_for(service.settings, toy_databases, max_concurrent_requests=2)
    async with api_client(service, settings, tokens) as (http, _context):
        first = [asyncio.create_task(http.get("/api/v1/slow")) for _ in range(2)]
        await eventually(lambda: HTTP_IN_FLIGHT._value.get() == 2)
        refused = await http.get("/api/v1/slow")
        assert refused.status_code == 503
        assert (refused.json()["type"], refused.headers["retry-after"]) == ("urn:barberpro:problem:busy", "1")
        assert (await http.get("/health/ready")).status_code == 200
        _gate.set()
        assert [(await each).status_code for each in first] == [200, 200]
        assert (await http.get("/api/v1/slow")).status_code == 200


async def test_a_silent_broker_is_given_up_by_relay_and_consumer_and_tried_again(
    uow: UnitOfWork, toy_databases: Databases
) -> None:
    server = await asyncio.start_server(listen_for_ever, "127.0.0.1", 0)
    address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    settings = settings_for(ServiceSettings, toy_databases, address)
    relay = Relay("silent", "barber", toy_databases.dsns["barber"], settings)
    consumer = Tried("silent", "barber", Context(uow, Verticals({})), uow, Subscriptions([]), settings)
    running = [asyncio.create_task(relay.run()), asyncio.create_task(consumer.run())]
    try:
        failures = OUTBOX_FAILURES.labels("silent", "barber")
        await eventually(lambda: failures._value.get() >= 1 and consumer.sessions >= 2, seconds=40)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        server.close()


class Tried(Consumer[Context]):
    """A consumer that counts how often it began."""

    sessions = 0

    async def _session(self) -> None:
        self.sessions += 1
        await super()._session()


async def listen_for_ever(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Takes what comes and never answers."""
    while await reader.read(65536):
        pass
    writer.close()


def test_a_partition_that_stands_still_longer_than_patience_is_stuck() -> None:
    watch = Watch(60)
    assert not watch.stuck({PARTITION: 5}, 0)
    assert not watch.stuck({PARTITION: 5}, 60)
    assert watch.stuck({PARTITION: 5}, 61)


def test_a_partition_that_moves_or_has_nothing_waiting_is_not_stuck() -> None:
    watch = Watch(60)
    assert not watch.stuck({PARTITION: 5}, 0)
    assert not watch.stuck({PARTITION: 6}, 61)
    assert not watch.stuck({}, 122)
    assert not watch.stuck({PARTITION: 6}, 183)


@dataclass
class Wedged:
    """A Kafka client that has records waiting and gives none."""

    def assignment(self) -> set[TopicPartition]:
        return {PARTITION}

    async def end_offsets(self, _partitions: object) -> Mapping[TopicPartition, int]:
        return {PARTITION: 9}

    async def position(self, _partition: TopicPartition) -> int:
        return 5


async def test_a_consumer_that_reads_nothing_of_what_waits_ends(uow: UnitOfWork, toy_databases: Databases) -> None:
    settings = settings_for(ServiceSettings, toy_databases, stall_seconds=0.05, dead_letter_limit=10**6)
    consumer = Consumer("toy", "barber", Context(uow, Verticals({})), uow, Subscriptions([]), settings)

    async def has_ended() -> bool:
        try:
            await consumer._upkeep(Wedged())
        except StalledError:
            return True
        return False

    await eventually(has_ended)


async def test_a_worker_whose_consumer_polls_no_more_is_not_alive(
    toy: Service[ServiceSettings, Context], uow: UnitOfWork, toy_databases: Databases
) -> None:
    async def ignore(_context: Context, _work: Work, _events: object) -> None:
        """Nothing is to be done."""

    service = replace(toy, subscriptions=(project(ClientActivity, into=ignore),))
    worker = Worker(service, settings_for(service.settings, toy_databases), Context(uow, Verticals({})))
    for consumer in worker._consumers:
        consumer.joined.set()
        consumer.polled_at = asyncio.get_running_loop().time()
    transport = httpx.ASGITransport(worker._health())
    async with httpx.AsyncClient(transport=transport, base_url="http://worker") as http:
        assert (await http.get("/health/live")).status_code == 200
        worker._consumers[0].polled_at -= 121
        assert (await http.get("/health/live")).status_code == 503


async def test_a_job_with_endless_work_pauses_after_a_hundred_rounds() -> None:
    rounds, stopped = 0, asyncio.Event()

    async def endless() -> int:
        nonlocal rounds
        rounds += 1
        return 1

    job = asyncio.create_task(_repeat("toy", "endless", 3600.0, endless, stopped))
    await eventually(lambda: rounds >= 100)
    stopped.set()
    await job
    assert rounds == 100


def test_only_so_many_good_tokens_are_remembered(tokens: Tokens) -> None:
    verifier = TokenVerifier(ISSUER, AUDIENCE)
    verifier.learn(tokens.jwks())
    somebody = Principal(AccountId(new_id()), frozenset(), 0)
    verifier._known = OrderedDict((uuid4().bytes, somebody) for _ in range(4096))
    verifier.verify(tokens.bearer(AccountId(new_id()))["Authorization"].removeprefix("Bearer "))
    assert len(verifier._known) == 4096


class SilentLine(Line):
    """A way to PostgreSQL on which, from some moment on, nothing comes back."""

    silent = False

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(self._target.hostname, self._target.port)
        self._writers |= {writer, back}
        await asyncio.gather(self._pour(reader, back), self._pour(there, writer))

    async def _pour(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65536):
                if not self.silent:
                    target.write(data)
                    await target.drain()
        except ConnectionError:
            return
        finally:
            target.close()
