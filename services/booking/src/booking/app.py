"""Composition root."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from booking import api, usecases
from booking.events import SUBSCRIPTIONS
from booking.jobs import JOBS
from booking.settings import Settings
from common.service import Service
from common.uow import UnitOfWork
from common.verticals import Verticals


@asynccontextmanager
async def build(settings: Settings, uow: UnitOfWork, verticals: Verticals) -> AsyncIterator[usecases.BookingContext]:
    """Booking talks to nobody but its database and Kafka."""
    yield usecases.BookingContext(
        uow,
        verticals,
        link_key=settings.link_key.get_secret_value().encode(),
        public_url=settings.public_url,
        paused=settings.paused_verticals,
    )


SERVICE: Final[Service[Settings, usecases.BookingContext]] = Service(
    name="booking",
    settings=Settings,
    build=build,
    migrations=Path(__file__).parents[2] / "migrations",
    routers=api.ROUTERS,
    refusals=api.REFUSALS,
    subscriptions=SUBSCRIPTIONS,
    jobs=JOBS,
    snapshots=(usecases.snapshot_bookings, usecases.snapshot_sessions, usecases.snapshot_busy),
)
