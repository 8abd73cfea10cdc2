"""`python -m common.provision`: what the containers run before any service migrates."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from urllib.parse import urlsplit

import asyncpg
import pytest

from common.testing import Databases, Servers

SERVICE = "provisioned"


def provision(environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the command with these variables and nothing else that begins with PROVISION_."""
    return subprocess.run(
        [sys.executable, "-m", "common.provision"],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
async def told(servers: Servers, toy_databases: Databases, worker_suffix: str) -> AsyncIterator[dict[str, str]]:
    """Variables for one service that nobody else has; its database and roles are dropped afterwards."""
    name = f"{SERVICE}{worker_suffix}"
    # The verifier is everybody's on this server: its password has to stay.
    verifier = urlsplit(toy_databases.verifier_dsn).password or ""
    yield {
        "PROVISION_SUPERUSER_DSN": servers.postgres_dsn,
        "PROVISION_SERVICES": json.dumps({name: ["barber"]}),
        "PROVISION_PASSWORDS": json.dumps(
            {"verifier": verifier, f"{name}_owner": "owner-password", f"{name}_barber": "barber-password"}
        ),
    }
    connection = await asyncpg.connect(servers.postgres_dsn)
    await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    await connection.execute(f'DROP ROLE IF EXISTS "{name}_owner", "{name}_barber"')
    await connection.close()


async def test_the_command_makes_database_roles_and_schema_and_may_be_repeated(told: dict[str, str]) -> None:
    name = next(iter(json.loads(told["PROVISION_SERVICES"])))
    first, again = provision(told), provision(told)
    assert (first.returncode, first.stderr) == (0, "")
    assert (again.returncode, again.stdout) == (0, f"provision: {name}\n")
    place = urlsplit(told["PROVISION_SUPERUSER_DSN"])
    connection = await asyncpg.connect(
        host=place.hostname, port=place.port, user=f"{name}_barber", password="barber-password", database=name
    )
    assert await connection.fetchval("SELECT current_schema()") == "barber"
    await connection.close()


def test_a_missing_setting_is_named_and_nothing_else_is_said() -> None:
    ended = provision({"PROVISION_SUPERUSER_DSN": "postgresql://nobody", "PROVISION_SERVICES": "{}"})
    assert ended.returncode == 2
    assert ended.stderr == "settings: PROVISION_PASSWORDS: Field required\n"


def test_a_role_without_a_password_is_named(told: dict[str, str]) -> None:
    verifier = json.loads(told["PROVISION_PASSWORDS"])["verifier"]
    ended = provision(told | {"PROVISION_PASSWORDS": json.dumps({"verifier": verifier})})
    assert ended.returncode == 1
    assert ended.stderr.startswith("provision: PROVISION_PASSWORDS has none for ")


def test_a_server_that_does_not_answer_ends_it_in_one_line(told: dict[str, str]) -> None:
    ended = provision(told | {"PROVISION_SUPERUSER_DSN": "postgresql://postgres@127.0.0.1:1/postgres"})
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
