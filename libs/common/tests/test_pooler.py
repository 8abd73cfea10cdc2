"""A real PgBouncer in transaction mode before the real PostgreSQL, told what deploy/k8s tells it."""

import asyncio
import re
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from time import monotonic
from typing import Final
from urllib.parse import SplitResult, urlsplit, urlunsplit

import asyncpg
import pytest
import yaml
from libs.common.tests.builders import activity
from libs.common.tests.test_uow import once

from common.app import running
from common.db import connect
from common.errors import InProgress, NotReady
from common.idempotency import Replayed
from common.outbox import channel
from common.service import Context, Service
from common.settings import ServiceSettings
from common.testing import Databases, Servers, eventually, settings_for
from common.uow import UnitOfWork
from contracts.ids import new_id
from localstack.machine import Machine
from localstack.ports import is_free
from localstack.postgres import system_user

MANIFEST: Final = Path(__file__).parents[3] / "deploy" / "k8s" / "components" / "cnpg" / "template" / "pooler.yaml"
SERVER_CONNECTIONS: Final = 2
ASKED: Final = """SELECT pg_backend_pid() AS process, current_setting('search_path') AS path,
    current_setting('statement_timeout') AS bound, pg_sleep(0.01)"""


def pgbouncer() -> Path | None:
    """The program, if it is one that keeps prepared statements (1.21)."""
    found = Machine().which("pgbouncer")
    said = subprocess.run([found, "--version"], capture_output=True, text=True).stdout if found else ""
    version = re.match(r"PgBouncer (\d+)\.(\d+)", said)
    return found if version and (int(version[1]), int(version[2])) >= (1, 21) else None


pytestmark = pytest.mark.skipif(pgbouncer() is None, reason="PgBouncer 1.21 or later is not installed")


@pytest.fixture(scope="module")
def pooler(servers: Servers) -> Iterator[int]:
    """Its port."""
    port, user = next(port for port in range(27700, 27800) if is_free(port)), system_user()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        configure(folder, urlsplit(servers.postgres_dsn), port)
        if user is not None:
            for path in (folder, *folder.iterdir()):
                shutil.chown(path, user)
        command = [str(pgbouncer()), str(folder / "pgbouncer.ini")]
        process = subprocess.Popen(command, user=user, stderr=subprocess.DEVNULL)
        try:
            yield port
        finally:
            process.terminate()
            process.wait(10)


def configure(folder: Path, server: SplitResult, port: int) -> None:
    """As the manifest says, but with few connections; passwords are asked of the server, as CloudNativePG has it."""
    told = next(yaml.safe_load_all(MANIFEST.read_text()))["spec"]["pgbouncer"]
    settings = told["parameters"] | {
        "pool_mode": told["poolMode"],
        "default_pool_size": SERVER_CONNECTIONS,
        "listen_addr": "127.0.0.1",
        "listen_port": port,
        "unix_socket_dir": "",
        "auth_type": "scram-sha-256",
        "auth_user": server.username,
        "auth_file": folder / "users.txt",
        "auth_query": "SELECT usename, passwd FROM pg_shadow WHERE usename = $1",
    }
    lines = [f"{key} = {value}" for key, value in settings.items()]
    way = f"* = host={server.hostname} port={server.port} auth_dbname=postgres"
    (folder / "pgbouncer.ini").write_text("\n".join(["[databases]", way, "[pgbouncer]", *lines]))
    (folder / "users.txt").write_text(f'"{server.username}" "{server.password}"\n')


@pytest.fixture
async def pooled(toy_databases: Databases, pooler: int) -> Mapping[str, str]:
    await eventually(lambda: not is_free(pooler))
    parts = {scope: urlsplit(dsn) for scope, dsn in toy_databases.dsns.items()}
    return {
        scope: urlunsplit(each._replace(netloc=f"{each.username}:{each.password}@127.0.0.1:{pooler}"))
        for scope, each in parts.items()
    }


@pytest.fixture
async def uow(
    toy: Service[ServiceSettings, Context], toy_databases: Databases, pooled: Mapping[str, str]
) -> AsyncIterator[UnitOfWork]:
    """An API's, with its waker."""
    settings = settings_for(toy.settings, toy_databases, pooled_databases=pooled)
    async with running(toy, settings, is_api=True) as context:
        yield context.uow


async def test_each_transaction_has_its_schema_and_its_bound_on_whatever_connection_it_gets(uow: UnitOfWork) -> None:
    async def ask(scope: str) -> asyncpg.Record:
        async with uow.begin(scope) as work:
            return await work.connection.fetchrow(ASKED)

    for scope in ("barber", "psychology"):
        rows = await asyncio.gather(*(ask(scope) for _ in range(40)))
        assert len({row["process"] for row in rows}) == SERVER_CONNECTIONS
        assert {(row["path"], row["bound"]) for row in rows} == {(f"{scope}, extensions", "5s")}


async def test_one_client_s_prepared_statement_is_known_to_every_server_connection(pooled: Mapping[str, str]) -> None:
    client, other = await asyncpg.connect(pooled["barber"]), await asyncpg.connect(pooled["barber"])
    try:
        asked = await client.prepare("SELECT pg_backend_pid()")
        first = await asked.fetchval()
        # PgBouncer gives the connection that was given back last: the other holds what the client had.
        async with other.transaction():
            held = await other.fetchval("SELECT pg_backend_pid()")
            second = await asked.fetchval()
    finally:
        await client.close()
        await other.close()
    assert held == first != second


async def test_a_server_connection_is_waited_for_two_seconds(uow: UnitOfWork) -> None:
    async with uow.begin("barber"), uow.begin("barber"):
        started = monotonic()
        with pytest.raises(NotReady):
            async with uow.begin("barber"):
                pass
    assert 1.5 < monotonic() - started < 5


async def test_a_key_is_one_request_s_and_then_has_its_reply(uow: UnitOfWork) -> None:
    key = str(new_id())
    async with uow.begin("barber", once(key)) as work:
        with pytest.raises(InProgress):
            async with uow.begin("barber", once(key)):
                pass
        await work.finish("hola")
    with pytest.raises(Replayed):
        async with uow.begin("barber", once(key)):
            pass


async def test_a_relay_that_listens_directly_is_woken_by_way_of_the_pooler(
    uow: UnitOfWork, toy_databases: Databases
) -> None:
    woken = asyncio.Event()
    relay = await connect(toy_databases.dsns["barber"], "toy-relay")
    try:
        await relay.add_listener(channel("barber"), lambda *_: woken.set())
        async with uow.begin("barber") as work:
            await work.publish(activity())
        async with asyncio.timeout(5):
            await woken.wait()
    finally:
        await relay.close()


async def test_who_would_hold_a_lock_or_listen_is_refused_by_the_pooler(pooled: Mapping[str, str]) -> None:
    with pytest.raises(asyncpg.PostgresError, match="unsupported startup parameter"):
        await connect(pooled["barber"], "toy-relay")
