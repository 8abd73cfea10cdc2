"""A database connection that waits: on a busy machine a time-out would be a decision by the real clock."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

import asyncpg

from common.db import Database, Session, register_codecs

_SECONDS: Final = 100
_SETTINGS: Final = {
    "application_name": "simulation",
    "statement_timeout": f"{_SECONDS}s",
    "lock_timeout": f"{_SECONDS}s",
    "idle_in_transaction_session_timeout": f"{_SECONDS}s",
}


class PatientDatabase(Database):
    """The same on one connection: what is done side by side takes it in turns, always in one order."""

    def __init__(self, dsn: str) -> None:
        super().__init__(dsn, 1, "simulation")

    async def open(self) -> None:
        """Connect."""
        self._pool = await asyncpg.create_pool(
            self._dsn,
            min_size=1,
            max_size=1,
            command_timeout=_SECONDS,
            init=register_codecs,
            reset=_nothing,
            server_settings=_SETTINGS,
        )

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        """The connection, when it is free."""
        assert self._pool is not None
        async with self._pool.acquire(timeout=_SECONDS) as connection:
            yield Session(connection)


async def open_patiently(dsns: Mapping[str, str]) -> Mapping[str, Database]:
    """One connection per scope."""
    databases = {scope: PatientDatabase(dsn) for scope, dsn in dsns.items()}
    for database in databases.values():
        await database.open()
    return databases


async def _nothing(_connection: asyncpg.Connection) -> None:
    """No session state to put right."""
