"""Databases, roles and schemas, made by a superuser before any service migrates (decision 8).

Each service has its own database; each scope its own schema and a role with rights on that schema alone, whose
search_path and time-outs are set on the role, because connection poolers keep those. Running it again is harmless.
`python -m common.provision` is the same for containers, told by PROVISION_* variables.
"""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from common.migration import schema_of
from common.settings import load

VERIFIER: Final = "verifier"
EXTENSIONS: Final = ("btree_gist", "postgis")
_ROLE_SETTINGS: Final = {
    "statement_timeout": "5s",
    "lock_timeout": "2s",
    "idle_in_transaction_session_timeout": "30s",
    "default_transaction_isolation": "read committed",
    "jit": "off",
}


class Settings(BaseSettings):
    """Prefix `PROVISION_`: what `provision` is given, as JSON where it is a mapping."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_prefix="PROVISION_")

    superuser_dsn: SecretStr
    services: dict[str, tuple[str, ...]]
    passwords: dict[str, SecretStr]


def owner_role(service: str) -> str:
    """Owns the schemas and migrates; no running process logs in as it."""
    return f"{service}_owner"


def scope_role(service: str, scope: str) -> str:
    """Whom the service's processes log in as for one scope."""
    return f"{service}_{schema_of(scope)}"


async def provision(superuser_dsn: str, services: Mapping[str, Sequence[str]], passwords: Mapping[str, str]) -> None:
    """Make what is missing. `services` maps a service to its scopes; `passwords` has one for every role."""
    connection = await asyncpg.connect(superuser_dsn, timeout=10, command_timeout=60)
    try:
        # Two that run at once (test workers) would fail on what they share. Let go when the connection closes.
        await connection.execute("SELECT pg_advisory_lock(hashtextextended('barberpro provision', 0))")
        await _role(connection, VERIFIER, passwords[VERIFIER])
        for service, scopes in services.items():
            await _role(connection, owner_role(service), passwords[owner_role(service)])
            for scope in scopes:
                role = scope_role(service, scope)
                await _role(connection, role, passwords[role])
                await _settle(connection, role, schema_of(scope))
            if not await connection.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", service):
                await connection.execute(f'CREATE DATABASE "{service}" OWNER "{owner_role(service)}"')
        for service, scopes in services.items():
            await _furnish(_database_dsn(superuser_dsn, service), service, scopes)
    finally:
        await connection.close()


async def _role(connection: asyncpg.Connection, role: str, password: str) -> None:
    if not await connection.fetchval("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", role):
        await connection.execute(f'CREATE ROLE "{role}" LOGIN')
    quoted = await connection.fetchval("SELECT quote_literal($1::text)", password)
    await connection.execute(f'ALTER ROLE "{role}" PASSWORD {quoted}')


async def _settle(connection: asyncpg.Connection, role: str, schema: str) -> None:
    await connection.execute(f'ALTER ROLE "{role}" SET search_path = "{schema}", extensions')
    for name, value in _ROLE_SETTINGS.items():
        await connection.execute(f"ALTER ROLE \"{role}\" SET {name} = '{value}'")


async def _furnish(dsn: str, service: str, scopes: Sequence[str]) -> None:
    connection = await asyncpg.connect(dsn, timeout=10, command_timeout=60)
    owner = owner_role(service)
    try:
        await connection.execute(f'REVOKE ALL ON DATABASE "{service}" FROM PUBLIC')
        await connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        await connection.execute(f'CREATE SCHEMA IF NOT EXISTS extensions AUTHORIZATION "{owner}"')
        for extension in EXTENSIONS:
            await connection.execute(f"CREATE EXTENSION IF NOT EXISTS {extension} SCHEMA extensions")
        await connection.execute(f'GRANT CONNECT ON DATABASE "{service}" TO "{VERIFIER}"')
        await connection.execute(f'GRANT USAGE ON SCHEMA extensions TO "{VERIFIER}"')
        for scope in scopes:
            await _schema(connection, service, scope)
    finally:
        await connection.close()


async def _schema(connection: asyncpg.Connection, service: str, scope: str) -> None:
    schema, role, owner = schema_of(scope), scope_role(service, scope), owner_role(service)
    default = f'ALTER DEFAULT PRIVILEGES FOR ROLE "{owner}" IN SCHEMA "{schema}"'
    for step in (
        f'GRANT CONNECT ON DATABASE "{service}" TO "{role}"',
        f'CREATE SCHEMA IF NOT EXISTS "{schema}" AUTHORIZATION "{owner}"',
        f'GRANT USAGE ON SCHEMA "{schema}", extensions TO "{role}"',
        f'GRANT USAGE ON SCHEMA "{schema}" TO "{VERIFIER}"',
        f'{default} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO "{role}"',
        f'{default} GRANT USAGE, SELECT ON SEQUENCES TO "{role}"',
        f'{default} GRANT SELECT ON TABLES TO "{VERIFIER}"',
    ):
        await connection.execute(step)


def _database_dsn(dsn: str, database: str) -> str:
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{database}"))


def main() -> None:
    """Provision as the environment says; exits non-zero with one line when it cannot."""
    settings = load(Settings)
    passwords = {role: password.get_secret_value() for role, password in settings.passwords.items()}
    try:
        asyncio.run(provision(settings.superuser_dsn.get_secret_value(), settings.services, passwords))
    except KeyError as error:
        raise SystemExit(f"provision: PROVISION_PASSWORDS has none for {error}") from None
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise SystemExit(f"provision: {type(error).__name__}: {error}") from None
    sys.stdout.write(f"provision: {', '.join(settings.services)}\n")


if __name__ == "__main__":
    main()
