"""Every statement of every service is understood by PostgreSQL, as the role that runs it, on the migrated schema."""

import importlib
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Column, Connection, Integer, MetaData, Table, bindparam, insert, select, text
from sqlalchemy.ext.asyncio import create_async_engine

from common.db import REGISTRY, Statement, UncompilableStatementError, register_codecs, statement
from common.testing import VERTICALS_DIR, Databases

SERVICES = ("identity", "providers", "booking", "payments", "notifications", "analytics")
ROAD_TABLES = (
    "alembic_version",
    "audit_entry",
    "audit_link",
    "clock_offset",
    "consumer_position",
    "dead_letter",
    "idempotency",
    "inbox",
    "outbox",
    "relay_cursor",
)
THING = Table("thing", MetaData(), Column("id", Integer), Column("made", Integer, default=lambda: 1))

Make = Callable[[str, Sequence[str], Path], Awaitable[Databases]]


def scopes_of(service: str) -> list[str]:
    verticals = sorted(path.parent.name for path in VERTICALS_DIR.glob("*/vertical.yaml"))
    return {"identity": ["*"], "payments": ["*", *verticals]}.get(service, verticals)


@pytest.fixture(scope="module", params=SERVICES)
async def migrated(request: pytest.FixtureRequest, make_service_databases: Make) -> tuple[str, Databases]:
    service: str = request.param
    home = importlib.import_module(f"{service}.app").SERVICE.migrations
    return service, await make_service_databases(service, scopes_of(service), home)


def statements_of(service: str) -> list[Statement]:
    return [one for one in REGISTRY if one.owner.split(".")[0] in (service, "common")]


async def failures(dsn: str, statements: Sequence[Statement]) -> dict[str, str]:
    """The statements that this role cannot prepare, with PostgreSQL's reason."""
    connection = await asyncpg.connect(dsn)
    await register_codecs(connection)
    refused = {}
    for one in statements:
        nulls = ", ".join(["NULL"] * len(one.parameters))
        try:
            async with connection.transaction():
                await connection.execute(f"PREPARE tried AS {one.sql}")
                # EXPLAIN opens the plan as running it would: rights are checked, nothing is changed.
                await connection.execute(f"EXPLAIN EXECUTE tried{f' ({nulls})' if nulls else ''}")
                await connection.execute("DEALLOCATE tried")
        except asyncpg.PostgresError as error:
            refused[one.sql] = str(error)
    await connection.close()
    return refused


async def test_every_statement_is_understood_in_a_schema_of_its_service(migrated: tuple[str, Databases]) -> None:
    service, databases = migrated
    refused = [await failures(dsn, statements_of(service)) for dsn in databases.dsns.values()]
    nowhere = set.intersection(*(set(one) for one in refused))
    assert {sql: refused[0][sql] for sql in nowhere} == {}


@pytest.mark.filterwarnings("ignore:Did not recognize type")
async def test_the_migrated_schema_is_what_the_tables_describe(migrated: tuple[str, Databases]) -> None:
    service, databases = migrated
    metadata = importlib.import_module(f"{service}.store").METADATA
    found = set()
    for scope, dsn in databases.dsns.items():
        engine = create_async_engine(dsn.replace("postgresql://", "postgresql+asyncpg://"))
        async with engine.connect() as connection:
            schema = "shared" if scope == "*" else scope
            found |= {(scope, *one) for one in await connection.run_sync(differences, metadata, schema)}
        await engine.dispose()
    missing_everywhere = [one for one in found if all((scope, *one[1:]) in found for scope in databases.dsns)]
    assert missing_everywhere == []


def differences(connection: Connection, metadata: MetaData, schema: str) -> set[tuple[str, str]]:
    """What Alembic would change, as (what, which); the road's own tables are not in any METADATA."""
    connection.execute(text(f'SET search_path TO "{schema}"'))
    connection.dialect.default_schema_name = schema

    def ours(name: str | None, kind: str, _parents: object) -> bool:
        return kind != "table" or not str(name).startswith(ROAD_TABLES)

    context = MigrationContext.configure(connection, opts={"include_name": ours})
    # What concerns one column comes as a list of changes.
    changes = [
        each for one in compare_metadata(context, metadata) for each in (one if isinstance(one, list) else [one])
    ]
    return {(str(one[0]), str(one[1:])) for one in changes}


@pytest.mark.parametrize(
    "clause", [select(THING).where(THING.c.id.in_(bindparam("ids", expanding=True))), insert(THING).values(id=1)]
)
def test_a_statement_that_needs_work_at_run_time_is_refused_at_import(clause: object) -> None:
    with pytest.raises(UncompilableStatementError):
        statement(clause)  # type: ignore[arg-type]  # a parametrized clause


async def test_no_role_of_one_service_enters_another_services_database(
    migrated: tuple[str, Databases], make_service_databases: Make
) -> None:
    service, databases = migrated
    other = next(name for name in SERVICES if name != service)
    await make_service_databases(other, scopes_of(other), importlib.import_module(f"{other}.app").SERVICE.migrations)
    for dsn in databases.dsns.values():
        elsewhere = urlunsplit(urlsplit(dsn)._replace(path=f"/{databases.name.replace(service, other)}"))
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(elsewhere)
