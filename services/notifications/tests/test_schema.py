"""The migrated schema is what the store describes, every statement fits it, and settings that cannot be are refused."""

from base64 import b64encode
from typing import Any

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from pydantic import ValidationError
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from common.db import Statement
from common.testing import Databases
from notifications.settings import Settings
from notifications.store import METADATA, notifications, readmodels

STATEMENTS = [
    made for module in (notifications, readmodels) for made in vars(module).values() if isinstance(made, Statement)
]


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


async def test_every_statement_can_be_prepared(databases: Databases) -> None:
    connection = await asyncpg.connect(databases.dsns["barber"])
    try:
        for made in STATEMENTS:
            await connection.prepare(made.sql)
    finally:
        await connection.close()


async def test_the_application_cannot_forget_a_message(databases: Databases) -> None:
    connection = await asyncpg.connect(databases.dsns["barber"])
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("DELETE FROM notification")
    finally:
        await connection.close()


async def test_due_messages_are_found_by_their_index(databases: Databases) -> None:
    connection = await asyncpg.connect(databases.dsns["barber"])
    try:
        await connection.execute("SET enable_seqscan = off")
        sql = notifications.LOCK_DUE.sql.replace("$1", "'email'").replace("$2", "6")
        plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {sql}"))
    finally:
        await connection.close()
    assert "notification_due" in plan


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("contact_keys", {}),
        ("contact_keys", {"k1": b64encode(b"short").decode()}),
        ("contact_keys", {"k1": "not base64"}),
        ("whatsapp_phone_number_id", "../other"),
        ("mail_from", "nobody"),
        ("paused_channels", ["fax"]),
    ],
)
def test_a_setting_that_cannot_be_is_refused(settings: Settings, name: str, value: object) -> None:
    with pytest.raises(ValidationError) as refused:
        Settings(**(settings.model_dump() | {name: value}))
    assert {error["loc"][0] for error in refused.value.errors()} == {name}
