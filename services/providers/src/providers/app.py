"""The composition root."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from common.service import Context, Service
from common.uow import UnitOfWork
from common.verticals import Verticals
from providers import api, events, jobs, usecases
from providers.settings import Settings


@asynccontextmanager
async def build(_settings: Settings, uow: UnitOfWork, verticals: Verticals) -> AsyncIterator[Context]:
    """Nothing to open beyond the databases."""
    yield Context(uow, verticals)


SERVICE: Final = Service(
    name="providers",
    settings=Settings,
    build=build,
    migrations=Path(__file__).parents[2] / "migrations",
    routers=api.ROUTERS,
    refusals=api.REFUSALS,
    subscriptions=events.SUBSCRIPTIONS,
    jobs=jobs.JOBS,
    snapshots=(
        usecases.snapshot_providers,
        usecases.snapshot_services,
        usecases.snapshot_schedules,
        usecases.snapshot_absences,
    ),
)
