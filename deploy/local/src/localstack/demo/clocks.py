"""The platform's clocks: what a service takes for the time, moved by the role that owns its schemas."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from time import monotonic
from typing import Final

import asyncpg

from localstack.demo.errors import BrokenError
from localstack.environment import Context
from localstack.scopes import owner

_PATIENCE: Final = 60.0
_PAUSE: Final = 0.5
_RIGHT: Final = timedelta(0)


class Clocks:
    """Moves `app_now()` of some services in every vertical. No process of the platform may do that."""

    def __init__(self, context: Context, services: Sequence[str]) -> None:
        self._context = context
        self._moved = dict.fromkeys(services, _RIGHT)

    def ahead(self, service: str) -> timedelta:
        """How far it was moved."""
        return self._moved[service]

    async def move(self, service: str, ahead: timedelta) -> None:
        """Set a service's clock so far ahead of the real time."""
        self._moved[service] = ahead
        await self._set(service, ahead)

    async def put_right(self) -> None:
        """Give every clock the real time again; also what a demo that was killed left behind."""
        for service in self._moved:
            await self.move(service, _RIGHT)

    async def _set(self, service: str, ahead: timedelta) -> None:
        deadline = monotonic() + _PATIENCE
        while True:
            try:
                await self._set_once(service, ahead)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                if monotonic() > deadline:
                    raise BrokenError(f"the clock of {service} cannot be moved: {type(error).__name__}") from error
                await asyncio.sleep(_PAUSE)
            else:
                return

    async def _set_once(self, service: str, ahead: timedelta) -> None:
        dsn = self._context.role_dsn(owner(service), service)
        connection = await asyncpg.connect(dsn, timeout=5, command_timeout=10)
        try:
            for vertical in self._context.scopes[service]:
                await connection.execute(f'UPDATE "{vertical}".clock_offset SET shift = $1', ahead)  # noqa: S608 - our own schemas
        finally:
            await connection.close(timeout=5)
