"""Alembic, once per schema, from the same tables that `store.py` describes."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any, Final

import asyncpg
from alembic import command, context, op
from alembic.config import Config
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from sqlalchemy.util import await_only

from common.settings import SHARED

LOCK_SECONDS: Final = 1
"""Whoever comes after a migration that waits for a table waits behind it: less than services' own 2 s."""
_STATEMENT_SECONDS: Final = 60


class BlockedMigrationError(RuntimeError):
    """A table was in use for longer than a migration waits; its revision was not applied, the earlier ones were."""


def schema_of(scope: str) -> str:
    """A scope's schema: the vertical's name, or `shared` for what all verticals share."""
    return "shared" if scope == SHARED else scope


def upgrade(migrations: Path, owner_dsn: str, scope: str, revision: str = "head") -> None:
    """Bring one schema up to `revision`, as its owner, each revision in a transaction of its own.

    BlockedMigrationError when a long transaction holds a table: run it again.
    """
    config = Config()
    config.set_main_option("script_location", str(migrations))
    config.attributes.update(dsn=owner_dsn, schema=schema_of(scope))
    try:
        command.upgrade(config, revision)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != asyncpg.LockNotAvailableError.sqlstate:
            raise
        waited = f"scope {scope}: no lock within {LOCK_SECONDS} s, a long transaction is at work"
        raise BlockedMigrationError(waited) from error


def run_migrations(metadata: MetaData) -> None:
    """What a service's `migrations/env.py` calls."""
    attributes = context.config.attributes
    asyncio.run(_run(attributes["dsn"], attributes["schema"], metadata))


def lay_road() -> None:
    """Create the road's own tables in this schema; a service's first migration calls it."""
    run_script(resources.files("common").joinpath("road.sql").read_text(encoding="utf-8"))


def lay_audit() -> None:
    """Create the audit log in this schema; a later migration calls it, so the road itself stays as it was laid."""
    run_script(resources.files("common").joinpath("audit.sql").read_text(encoding="utf-8"))


def run_script(sql: str) -> None:
    """Run several statements as they stand, on the migration's own connection and transaction."""
    connection: Any = op.get_bind().connection.driver_connection
    await_only(connection.execute(sql))


@contextmanager
def online() -> Iterator[None]:
    """Steps that commit one by one and may take as long as a big table needs: nobody waits for them."""
    with op.get_context().autocommit_block():
        allowed = op.get_bind().scalar(text("SHOW statement_timeout"))
        op.execute("SET statement_timeout TO 0")
        yield
        op.execute(f"SET statement_timeout TO '{allowed}'")


def build_index(name: str, on: str, kind: str = "INDEX") -> None:
    """Within `online`: one that gave up half-way is begun anew, and one that stands already is left alone."""
    broken = text("SELECT count(*) FROM pg_index WHERE indexrelid = to_regclass(:name) AND NOT indisvalid")
    if op.get_bind().scalar(broken, {"name": name}):
        op.execute(f"DROP INDEX CONCURRENTLY {name}")
    op.execute(f"CREATE {kind} CONCURRENTLY IF NOT EXISTS {name} ON {on}")


def application_role() -> str:
    """The role this schema's application logs in as."""
    return str(op.get_bind().scalar(text("SELECT current_database() || '_' || current_schema()")))


async def _run(dsn: str, schema: str, metadata: MetaData) -> None:
    # asyncpg reads the DSN itself: SQLAlchemy passes on no `sslmode`.
    engine = create_async_engine(
        "postgresql+asyncpg://", poolclass=NullPool, async_creator=partial(asyncpg.connect, dsn, timeout=10)
    )
    async with engine.connect() as connection:
        await connection.run_sync(_upgrade, schema, metadata)
    await engine.dispose()


def _upgrade(connection: Connection, schema: str, metadata: MetaData) -> None:
    connection.execute(text(f'SET search_path TO "{schema}", extensions'))
    connection.execute(text(f"SET lock_timeout TO '{LOCK_SECONDS}s'"))
    connection.execute(text(f"SET statement_timeout TO '{_STATEMENT_SECONDS}s'"))
    connection.commit()
    connection.dialect.default_schema_name = schema
    context.configure(
        connection=connection, target_metadata=metadata, version_table_schema=schema, transaction_per_migration=True
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
