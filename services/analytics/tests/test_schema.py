"""The migrated schema is the one that the store describes, and every statement fits it."""

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from analytics.store import METADATA
from analytics.usecases import AnalyticsContext
from common.db import REGISTRY
from common.testing import Databases


def _differences(connection: Connection) -> list[object]:
    options = {
        "compare_type": True,
        "compare_server_default": True,
        "include_name": lambda name, kind, _parents: kind != "table" or name in METADATA.tables,
    }
    found: list[object] = compare_metadata(MigrationContext.configure(connection, opts=options), METADATA)
    return found


async def test_the_migrations_make_the_tables_that_the_store_describes(databases: Databases) -> None:
    dsn = databases.dsns["barber"].replace("postgresql://", "postgresql+asyncpg://")
    engine = create_async_engine(dsn)
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
            assert await connection.run_sync(_differences) == []
    finally:
        await engine.dispose()


async def test_every_statement_fits_the_schema(databases: Databases) -> None:
    connection = await asyncpg.connect(databases.dsns["barber"])
    try:
        for one in REGISTRY:
            await connection.prepare(one.sql)
    finally:
        await connection.close()


@pytest.mark.parametrize("table", ["booking_fact", "payment_fact", "provider_fact", "daily"])
async def test_the_application_deletes_no_fact(context: AnalyticsContext, table: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with context.uow.begin("barber") as work:
            await work.connection.execute(f"DELETE FROM {table}")  # noqa: S608 - names from this test


async def test_a_role_of_one_vertical_reads_nothing_of_another(context: AnalyticsContext) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with context.uow.read("barber") as session:
            await session.connection.fetch("SELECT * FROM psychology.daily")
