"""A toy service on real servers: one table of things, one fact, nothing else."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pydantic_settings import SettingsConfigDict

from common.service import Context, Service
from common.settings import ServiceSettings
from common.testing import Databases
from common.uow import UnitOfWork, close_databases, open_databases
from common.verticals import Verticals

MIGRATIONS = Path(__file__).parent / "toy" / "migrations"


class ToySettings(ServiceSettings):
    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_prefix="TOY_")


@asynccontextmanager
async def build(_settings: ToySettings, uow: UnitOfWork, verticals: Verticals) -> AsyncIterator[Context]:
    yield Context(uow, verticals)


@pytest.fixture(scope="session")
async def toy_databases(
    make_service_databases: Callable[[str, Sequence[str], Path], Awaitable[Databases]],
) -> Databases:
    return await make_service_databases("toy", ["barber", "psychology"], MIGRATIONS)


@pytest.fixture(scope="session")
def toy() -> Service[ToySettings, Context]:
    return Service("toy", ToySettings, build, MIGRATIONS)


@pytest.fixture
async def uow(toy_databases: Databases) -> AsyncIterator[UnitOfWork]:
    databases = await open_databases(toy_databases.dsns, 4, "toy")
    yield UnitOfWork("toy", databases, lambda _scope: None)
    await close_databases(tuple(databases.values()))
