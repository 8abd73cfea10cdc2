"""Least privilege: what a service's role could do if its process were taken over.

That it reads no other service's database and no other vertical's schema: tests/integration/test_isolation.py.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import asyncpg
import pytest
from tests.town.records import Records
from tests.town.town import ON_STACK, Town

from localstack.programs import SERVICES
from localstack.scopes import owner, role

pytestmark = ON_STACK
_SECONDS: Final = 10
_REFUSED: Final = (asyncpg.InsufficientPrivilegeError, asyncpg.InvalidAuthorizationSpecificationError)
POWERFUL: Final = """
    SELECT rolname FROM pg_roles WHERE rolname = ANY ($1)
    AND (rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls)
"""
OWNED: Final = """
    SELECT DISTINCT rolname FROM pg_shdepend JOIN pg_roles ON pg_roles.oid = refobjid
    WHERE refclassid = 'pg_authid'::regclass AND deptype = 'o' AND rolname = ANY ($1)
"""
MEMBERS: Final = "SELECT rolname FROM pg_auth_members JOIN pg_roles ON oid = member WHERE rolname = ANY ($1)"
OUT_OF_REACH: Final = {
    "make a table": "CREATE TABLE planted (id int)",
    "make a table elsewhere": "CREATE TABLE public.planted (id int)",
    "make a schema": "CREATE SCHEMA planted",
    "make a function": "CREATE FUNCTION planted() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "make a role": "CREATE ROLE planted SUPERUSER",
    "drop the outbox": "DROP TABLE outbox",
    "change the outbox": "ALTER TABLE outbox ADD COLUMN planted int",
    "empty the outbox": "TRUNCATE outbox",
    "switch triggers off": "SET session_replication_role = replica",
    "move the clock": "UPDATE clock_offset SET shift = interval '1 day'",
    "run a program": "COPY (SELECT 1) TO PROGRAM 'true'",
    "read a file": "SELECT pg_read_file('/etc/passwd')",
    "write a file": "COPY (SELECT 1) TO '/tmp/planted'",
    "read passwords": "SELECT rolpassword FROM pg_authid",
    "end others": "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres'",
    "become the superuser": "SET ROLE postgres",
}


def roles(records: Records) -> list[str]:
    """Those that processes log in as, and the one that only reads."""
    scopes = records.context.scopes
    return ["verifier", *(role(service, scope) for service in SERVICES for scope in scopes[service])]


async def test_no_role_of_ours_is_above_the_others(town: Town) -> None:
    owners = [owner(service) for service in SERVICES]
    assert await among(town.records, POWERFUL, [*roles(town.records), *owners]) == []


async def test_a_process_s_role_owns_nothing_in_any_database(town: Town) -> None:
    assert await among(town.records, OWNED, roles(town.records)) == []
    # The question is one that can be answered with yes.
    assert await among(town.records, OWNED, [owner("booking")]) == [owner("booking")]


async def test_no_role_is_a_member_of_another(town: Town) -> None:
    assert await among(town.records, MEMBERS, roles(town.records)) == []


@pytest.mark.parametrize("service", SERVICES)
async def test_a_process_s_role_can_do_nothing_that_is_its_owner_s_or_the_server_s(town: Town, service: str) -> None:
    done = []
    scope = town.records.context.scopes[service][0]
    async with connected(town.records, role(service, scope), service) as connection:
        for name, statement in (OUT_OF_REACH | {"become the owner": f'SET ROLE "{owner(service)}"'}).items():
            done += [name] if await works(connection, statement) else []
    assert done == []


@pytest.mark.parametrize("service", SERVICES)
async def test_the_verifier_reads_and_nothing_more(town: Town, service: str) -> None:
    scope = town.records.context.scopes[service][0]
    schema = "shared" if scope == "*" else scope
    async with connected(town.records, "verifier", service) as connection:
        await connection.execute(f'SET search_path TO "{schema}"')
        assert await works(connection, "SELECT count(*) FROM outbox")
        verbs = ("DELETE FROM outbox", "UPDATE clock_offset SET shift = shift", "INSERT INTO outbox DEFAULT VALUES")
        assert [verb for verb in verbs if await works(connection, verb)] == []


async def works(connection: asyncpg.Connection, statement: str) -> bool:
    """Whether the server does it; undone in any case."""
    work = connection.transaction()
    await work.start()
    try:
        await connection.execute(statement)
    except _REFUSED:
        return False
    finally:
        await work.rollback()
    return True


async def among(records: Records, query: str, names: Sequence[str]) -> list[str]:
    """Which of the roles the query finds."""
    async with connected(records, "verifier", "booking") as connection:
        return [str(row["rolname"]) for row in await connection.fetch(query, names)]


@asynccontextmanager
async def connected(records: Records, user: str, database: str) -> AsyncIterator[asyncpg.Connection]:
    """As a role of the stack."""
    dsn = records.context.role_dsn(user, database)
    connection = await asyncpg.connect(dsn, timeout=_SECONDS, command_timeout=_SECONDS)
    try:
        yield connection
    finally:
        await connection.close()
