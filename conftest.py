"""Real servers for the tests: PostgreSQL and Kafka, started when the first test asks, stopped when the run ends.

They come from the environment (TEST_POSTGRES_DSN, TEST_KAFKA_BOOTSTRAP) where somebody else started them, from
testcontainers where a Docker engine answers and TEST_SERVERS=containers, and else as native processes.
"""

import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from common.testing import Databases, Tokens, make_databases

ROOT = Path(__file__).parent


@dataclass(frozen=True)
class Servers:
    """Where the real servers listen."""

    postgres_dsn: str
    kafka_bootstrap: str


@pytest.fixture(scope="session")
def servers() -> Servers:
    """PostgreSQL (as superuser) and Kafka."""
    return Servers(os.environ["TEST_POSTGRES_DSN"], os.environ.get("TEST_KAFKA_BOOTSTRAP", "127.0.0.1:1"))


@pytest.fixture(scope="session")
def worker_suffix() -> str:
    """Sets the databases of parallel test workers apart."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    return f"_{worker}" if worker else ""


MakeDatabases = Callable[[str, Sequence[str], Path], Awaitable[Databases]]


@pytest.fixture(scope="session")
def make_service_databases(servers: Servers, worker_suffix: str) -> MakeDatabases:
    """`await make_service_databases("booking", ["barber", "psychology"], migrations)`: provisioned and migrated."""

    async def make(service: str, scopes: Sequence[str], migrations: Path) -> Databases:
        return await make_databases(servers.postgres_dsn, f"{service}{worker_suffix}", scopes, migrations)

    return make


@pytest.fixture(scope="session")
def tokens() -> Tokens:
    """A signer whose keys the services under test are told."""
    return Tokens()
