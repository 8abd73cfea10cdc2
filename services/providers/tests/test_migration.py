"""The migrated schema is what the store describes, and every statement fits it."""

from typing import Any

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from common.db import Statement
from common.testing import Databases
from providers.store import METADATA, offers, parts, providers, search

STATEMENTS = {
    f"{module.__name__}.{name}": made
    for module in (offers, parts, providers, search)
    for name, made in vars(module).items()
    if isinstance(made, Statement)
}


def _differences(connection: Connection) -> list[Any]:
    connection.exec_driver_sql("SET search_path TO barber, extensions")
    connection.dialect.default_schema_name = "barber"

    def ours(name: str | None, kind: str, _parents: object) -> bool:
        return kind != "table" or name in METADATA.tables

    context = MigrationContext.configure(connection, opts={"include_name": ours, "compare_type": True})
    return list(compare_metadata(context, METADATA))


async def test_the_migrated_schema_is_the_one_that_the_store_describes(databases: Databases) -> None:
    dsn = databases.owner_dsns["barber"].replace("postgresql://", "postgresql+asyncpg://", 1)
    engine = create_async_engine(dsn, poolclass=NullPool)
    async with engine.connect() as connection:
        assert await connection.run_sync(_differences) == []
    await engine.dispose()


@pytest.mark.parametrize("name", STATEMENTS)
async def test_every_statement_can_be_prepared(databases: Databases, name: str) -> None:
    connection = await asyncpg.connect(databases.dsns["barber"])
    try:
        await connection.prepare(STATEMENTS[name].sql)
    finally:
        await connection.close()


async def test_the_application_cannot_delete_what_others_refer_to(databases: Databases) -> None:
    connection = await asyncpg.connect(databases.dsns["barber"])
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("DELETE FROM provider")
    finally:
        await connection.close()
