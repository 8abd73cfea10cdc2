"""What is lost is made again by commands: a Kafka from outboxes and snapshots, a database from a dump elsewhere.

Minutes, not seconds, and the whole stack stops meanwhile: they run with TEST_FAULTS=1 (`make faults`). The commands are
those of docs/runbooks/rebuild-kafka.md and docs/runbooks/restore-database.md, in their order.
"""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import asyncpg
import pytest
from tests.town.client import BARBER
from tests.town.shops import Shop
from tests.town.town import FOR_MINUTES, ON_STACK, Town

from localstack.errors import StackError
from localstack.machine import Machine
from localstack.prerequisites import find_postgres
from localstack.programs import PROGRAMS, SERVICES, Kind
from localstack.stack import Stack
from localstack.verify import judge

pytestmark = [
    ON_STACK,
    FOR_MINUTES,
    pytest.mark.timeout(900),
]
COMMAND_SECONDS: Final = 300
DRAIN_SECONDS: Final = 120.0
WITHOUT_WORKERS: Final = tuple(program.name for program in PROGRAMS if program.kind is not Kind.WORKER)
CLUSTERS: Final = "SELECT DISTINCT cluster FROM consumer_position"
IDENTIFIER: Final = "SELECT system_identifier FROM pg_control_system()"


async def test_a_lost_kafka_is_made_again_from_outboxes_and_snapshots(town: Town, shop: Shop) -> None:
    client = await town.people.client()
    before, _ = await town.buy(client, shop, await shop.slot())
    await in_order(town)
    stack = town.stack
    clusters = {row["cluster"] for row in await town.records.rows("booking", BARBER, CLUSTERS)}

    await asyncio.to_thread(stack.down)
    shutil.rmtree(stack.layout.data / "kafka")
    await localstack(stack, "up", "--only", *WITHOUT_WORKERS)
    meanwhile = await town.book(client, shop, await shop.slot())
    await for_every_service(stack, "rebase")
    await for_every_service(stack, "snapshot")
    await localstack(stack, "up")

    await in_order(town)
    assert {row["cluster"] for row in await town.records.rows("booking", BARBER, CLUSTERS)} > clusters
    await town.outside.pay(await town.begin_payment(client, meanwhile))
    await town.until(client, meanwhile, "confirmed")
    assert (await town.see(client, before))["status"] == "confirmed"
    await town.buy(client, shop, await shop.slot())
    await in_order(town)


async def test_a_database_restored_elsewhere_is_refused_until_rebased_and_has_lost_nothing(
    town: Town, shop: Shop, tmp_path: Path
) -> None:
    client, stack = await town.people.client(), town.stack
    before, _ = await town.buy(client, shop, await shop.slot())
    await asyncio.to_thread(stack.down)
    await localstack(stack, "up", "--only", *WITHOUT_WORKERS)
    # Told to nobody when the dump is made: it must not be lost for that.
    waiting = await town.book(client, shop, await shop.slot())
    identifier = await identifier_of(stack)
    await asyncio.to_thread(stack.down)

    await localstack(stack, "up", "--only", "postgres")
    await dump(stack, tmp_path)
    await asyncio.to_thread(stack.down)
    await asyncio.to_thread(shutil.move, data_of(stack), tmp_path / "lost")
    await localstack(stack, "up", "--only", "postgres")
    await restore(stack, tmp_path)

    assert await identifier_of(stack) != identifier
    with pytest.raises(StackError, match="worker"):
        await asyncio.to_thread(stack.up)
    assert "ForeignDatabaseError" in (stack.layout.logs / "booking-worker.log").read_text()
    await for_every_service(stack, "rebase")
    await for_every_service(stack, "snapshot")
    await localstack(stack, "up")

    await in_order(town)
    await town.outside.pay(await town.begin_payment(client, waiting))
    await town.until(client, waiting, "confirmed")
    assert (await town.see(client, before))["status"] == "confirmed"
    await town.buy(client, shop, await shop.slot())
    await in_order(town)


def data_of(stack: Stack) -> Path:
    """PostgreSQL's data folder."""
    return Path(str(stack.layout.remembered()["postgres_home"])) / "data"


async def in_order(town: Town) -> None:
    verdicts = await asyncio.to_thread(lambda: town.stack.run(judge(town.stack.context, DRAIN_SECONDS)))
    assert {one.invariant: one.violations for one in verdicts if not one.kept} == {}


async def localstack(stack: Stack, command: str, *arguments: str) -> None:
    """As a person types it."""
    await run([stack.machine.python, "-m", "localstack", command, "--dir", stack.layout.home, *arguments])


async def for_every_service(stack: Stack, command: str) -> None:
    """`eval "$(python -m localstack env SERVICE)"; python -m SERVICE COMMAND`."""
    for service in SERVICES:
        await run([stack.machine.python, "-m", service, command], stack.environment(service))


async def dump(stack: Stack, folder: Path) -> None:
    """Roles, then each database."""
    await postgres(stack, "pg_dumpall", "--globals-only", "-f", folder / "roles.sql")
    for service in SERVICES:
        await postgres(stack, "pg_dump", "-Fc", "-d", service, "-f", folder / f"{service}.dump")


async def restore(stack: Stack, folder: Path) -> None:
    """Into an empty server; the superuser is there already."""
    roles = folder / "roles.sql"
    lines = [line for line in roles.read_text().splitlines() if line != "CREATE ROLE postgres;"]
    roles.write_text("\n".join(lines))
    await postgres(stack, "psql", "-q", "-v", "ON_ERROR_STOP=1", "-d", "postgres", "-f", roles)
    for service in SERVICES:
        await postgres(stack, "pg_restore", "--create", "--exit-on-error", "-d", "postgres", folder / f"{service}.dump")


async def postgres(stack: Stack, program: str, *arguments: str | Path) -> None:
    where = {"PGHOST": "127.0.0.1", "PGPORT": str(stack.ports["postgres"]), "PGUSER": "postgres"}
    secret = {"PGPASSWORD": stack.context.secrets.postgres_superuser}
    await run([find_postgres(Machine()) / program, *arguments], where | secret)


async def identifier_of(stack: Stack) -> int:
    connection = await asyncpg.connect(stack.context.superuser_dsn(), timeout=10)
    try:
        return int(await connection.fetchval(IDENTIFIER))
    finally:
        await connection.close()


async def run(command: Sequence[str | Path], settings: dict[str, str] | None = None) -> None:
    """To its end, which must be a good one."""
    done = await asyncio.to_thread(
        subprocess.run,
        [str(part) for part in command],
        env={**os.environ, **(settings or {})},
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{command}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
