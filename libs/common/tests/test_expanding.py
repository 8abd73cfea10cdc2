"""An expand migration on real PostgreSQL while the present version writes: nobody fails, nobody waits long."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Final

import asyncpg
import pytest
from libs.common.tests.builders import activity
from libs.common.tests.conftest import MIGRATIONS

from common.migration import LOCK_SECONDS, BlockedMigrationError, upgrade
from common.testing import Databases, eventually
from common.uow import UnitOfWork, close_databases, open_databases
from contracts.ids import new_id

EXPANDED: Final = Path(__file__).parent / "expanding" / "migrations"
MakeDatabases = Callable[[str, Sequence[str], Path], Awaitable[Databases]]


@pytest.fixture
async def databases(make_service_databases: MakeDatabases) -> AsyncIterator[Databases]:
    """A schema as the previous version has it."""
    made = await make_service_databases("expanding", ["barber"], MIGRATIONS)
    yield made
    owner = await asyncpg.connect(made.owner_dsns["barber"])
    try:
        await owner.execute("DROP SCHEMA barber CASCADE")
    finally:
        await owner.close()


class Present:
    """The code of today at work: it writes, tells and reads, over and over."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self.seconds: list[float] = []

    async def work(self) -> None:
        while True:
            started = monotonic()
            fact = activity(new_id())
            async with self._uow.begin("barber") as work:
                await work.connection.execute("INSERT INTO thing (id, version) VALUES ($1, 1)", fact.subject)
                await work.publish(fact)
            async with self._uow.read("barber") as session:
                await session.connection.fetchrow("SELECT * FROM thing WHERE id = $1", fact.subject)
            self.seconds.append(monotonic() - started)

    async def goes_on(self) -> None:
        """A hundred transactions from now."""
        before = len(self.seconds)
        await eventually(lambda: len(self.seconds) > before + 100)


@asynccontextmanager
async def at_work(databases: Databases) -> AsyncIterator[Present]:
    """Three that write side by side; what fails in one of them fails the test."""
    opened = await open_databases(databases.dsns, 4, "present")
    present = Present(UnitOfWork("toy", opened, lambda _scope: None))
    tasks = [asyncio.create_task(present.work()) for _ in range(3)]
    try:
        await present.goes_on()
        yield present
        await present.goes_on()
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        await close_databases(tuple(opened.values()))
    assert [error for error in ended if not isinstance(error, asyncio.CancelledError)] == []


async def expand(databases: Databases) -> None:
    await asyncio.to_thread(upgrade, EXPANDED, databases.owner_dsns["barber"], "barber")


async def test_the_previous_version_goes_on_while_a_migration_expands_its_schema(databases: Databases) -> None:
    async with at_work(databases) as present:
        await expand(databases)
    assert max(present.seconds) < LOCK_SECONDS
    connection = await asyncpg.connect(databases.dsns["barber"])
    try:
        assert await connection.fetchval("SELECT count(*) FROM thing WHERE colour IS NULL") >= len(present.seconds)
        valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('thing_by_seen')"
        assert await connection.fetchval(valid) is True
    finally:
        await connection.close()


async def test_a_migration_gives_up_when_a_long_transaction_holds_the_table_and_nobody_fails_behind_it(
    databases: Databases,
) -> None:
    holder = await asyncpg.connect(databases.dsns["barber"])
    try:
        held = holder.transaction()
        await held.start()
        await holder.execute("INSERT INTO thing (id, version) VALUES ($1, 1)", new_id())
        async with at_work(databases) as present:
            with pytest.raises(BlockedMigrationError):
                await expand(databases)
        assert LOCK_SECONDS / 2 < max(present.seconds) < 2 * LOCK_SECONDS
        await held.rollback()
        await expand(databases)
        assert await holder.fetchval("SELECT to_regclass('thing_note') IS NOT NULL")
    finally:
        await holder.close()
