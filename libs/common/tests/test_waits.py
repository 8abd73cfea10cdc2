"""Waits for a lock, a key set and a group: each is given up in time and begun again (docs/bounds.md)."""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

import asyncpg
import pytest
from libs.common.tests.test_bounds import Tried, took
from structlog.testing import capture_logs

from common import consumer
from common.auth import TokenVerifier, keep_keys
from common.kafka import create_topics
from common.metrics import JOB_RUNS
from common.service import Context
from common.settings import ServiceSettings
from common.subscriptions import Subscriptions, project
from common.testing import AUDIENCE, ISSUER, Databases, Servers, Tokens, eventually, settings_for
from common.uow import UnitOfWork, Work
from common.verticals import Verticals
from common.worker import _maintain, _repeat
from contracts.analytics import ClientActivity
from contracts.ids import AccountId, new_id

# A member of the group that is killed and not missed yet: the others' joining waits for it.
MEMBER: Final = """
import asyncio, sys
from aiokafka import AIOKafkaConsumer

async def join():
    bootstrap, group, topic = sys.argv[1:]
    member = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, group_id=group, session_timeout_ms=6_000)
    await member.start()
    print("joined", flush=True)
    await asyncio.Event().wait()

asyncio.run(join())
"""


async def test_upkeep_waits_a_fifth_of_a_second_for_a_table_and_comes_again(
    uow: UnitOfWork, toy_databases: Databases
) -> None:
    upkeep, stopped = partial(_maintain, Context(uow, Verticals({})), "barber"), asyncio.Event()
    failed = JOB_RUNS.labels("waits", "upkeep", "failed")
    async with without_the_last_partition(toy_databases) as partition:
        async with uow.begin("barber") as request:
            await request.connection.execute("SELECT FROM outbox LIMIT 1")
            repeating = asyncio.create_task(_repeat("waits", "upkeep", 0.05, upkeep, stopped))
            # Any other statement waits two seconds for a lock: that would be six.
            async with took(0.6, 5):
                await eventually(lambda: failed._value.get() == 3)
        await eventually(lambda: is_there(uow, partition))
        stopped.set()
        await asyncio.wait_for(repeating, 10)


async def test_a_key_set_that_does_not_come_is_waited_for_five_seconds_and_the_old_keys_stay(tokens: Tokens) -> None:
    verifier, given_up = TokenVerifier(ISSUER, AUDIENCE), asyncio.Event()
    verifier.learn(tokens.jwks())

    async def never_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(65536):
            pass
        given_up.set()
        writer.close()

    server = await asyncio.start_server(never_answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/jwks"
    keeping = asyncio.create_task(keep_keys(verifier, url))
    try:
        async with took(4.9, 8):
            await asyncio.wait_for(given_up.wait(), 10)
        account = AccountId(new_id())
        bearer = tokens.bearer(account)["Authorization"].removeprefix("Bearer ")
        assert verifier.verify(bearer).account_id == account
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        server.close()


@pytest.mark.filterwarnings("ignore:Unclosed AIOKafkaConnection:ResourceWarning")
async def test_a_group_that_cannot_be_joined_is_given_up_and_tried_anew(
    uow: UnitOfWork, toy_databases: Databases, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "_JOIN_SECONDS", 1.0)
    settings = settings_for(ServiceSettings, toy_databases, servers.kafka_bootstrap)
    await create_topics("analytics", settings)
    service, table = f"late-{new_id()}", Subscriptions([project(ClientActivity, into=ignore)])
    await leave_a_dead_member(servers, f"{service}.barber")
    waiting = Tried(service, "barber", Context(uow, Verticals({})), uow, table, settings)
    running = asyncio.create_task(waiting.run())
    try:
        with capture_logs() as logs:
            # The client ends when its last request does: here when the broker misses the dead member.
            await eventually(lambda: waiting.sessions >= 2, 30)
        assert [line["error"] for line in logs if line["event"] == "consumer.again"] == ["TimeoutError"]
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        # A client that is given up in the middle of connecting leaves that connection to the collector: here, and not
        # in whichever test comes next.
        gc.collect()


async def ignore(_context: Context, _work: Work, _events: object) -> None:
    """Nothing is to be done."""


@asynccontextmanager
async def without_the_last_partition(databases: Databases) -> AsyncIterator[str]:
    """Upkeep has something to make, for which it needs the table to itself; the partition's name."""
    partition = f"outbox_{datetime.now(UTC).date() + timedelta(days=7):%Y%m%d}"
    owner = await asyncpg.connect(databases.owner_dsns["barber"], timeout=10, command_timeout=10)
    try:
        await owner.execute(f"DROP TABLE barber.{partition}")
    finally:
        await owner.close()
    yield partition


async def is_there(uow: UnitOfWork, table: str) -> bool:
    async with uow.read("barber") as session:
        return bool(await session.connection.fetchval("SELECT to_regclass($1) IS NOT NULL", table))


async def leave_a_dead_member(servers: Servers, group: str) -> None:
    member = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        MEMBER,
        *(servers.kafka_bootstrap, group, ClientActivity.topic),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert member.stdout is not None
        assert await asyncio.wait_for(member.stdout.readline(), 30) == b"joined\n"
    finally:
        member.kill()
        await member.wait()
