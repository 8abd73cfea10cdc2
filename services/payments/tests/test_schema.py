"""The migrated schema is what the tables describe, and every statement fits it."""

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from services.payments.tests.builders import Road
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

import payments.store
from common.db import REGISTRY
from common.migration import schema_of
from common.testing import Databases

ROAD = {"outbox", "relay_cursor", "inbox", "consumer_position", "dead_letter", "idempotency", "clock_offset"}
NOT_OURS = ROAD | {"alembic_version", "spatial_ref_sys"}


def differences(connection: Connection, schema: str) -> list[object]:
    connection.execute(text(f'SET search_path TO "{schema}", extensions'))
    connection.dialect.default_schema_name = schema

    def ours(name: str | None, kind: str, parents: object) -> bool:
        table = name if kind == "table" else getattr(parents, "get", lambda _: None)("table_name")
        return kind == "schema" or (table or "").removesuffix("_rest").split("_2")[0] not in NOT_OURS

    context = MigrationContext.configure(connection, opts={"include_name": ours})
    found: list[object] = compare_metadata(context, payments.store.METADATA)
    return found


@pytest.mark.parametrize("scope", ["*", "barber"])
async def test_the_migrated_schema_is_the_described_one(databases: Databases, scope: str) -> None:
    dsn = databases.owner_dsns[scope].replace("postgresql://", "postgresql+asyncpg://", 1)
    engine = create_async_engine(dsn, poolclass=NullPool)
    async with engine.connect() as connection:
        assert await connection.run_sync(differences, schema_of(scope)) == []
    await engine.dispose()


async def test_every_statement_fits_the_schema(road: Road) -> None:
    async with road.uow.read("barber") as session:
        for statement in REGISTRY:
            if any(word in statement.sql for word in _WORDS):
                await session.connection.prepare(statement.sql)


async def test_a_role_of_one_vertical_reads_no_other(road: Road) -> None:
    for scope, other in (("barber", "psychology"), ("*", "barber"), ("barber", "shared")):
        async with road.uow.read(scope) as session:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await session.connection.fetch(f"SELECT * FROM {other}.intent")  # noqa: S608 - names from this test


_WORDS = ("intent", "payable", "charge", "refund", "webhook", "ledger", "reconciliation", "attempt", "provider")
