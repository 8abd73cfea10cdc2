"""The clock that all of them read."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

import asyncpg

EPOCH: Final = datetime(2027, 3, 1, 13, tzinfo=UTC)
"""When every example begins: a Monday, 10:00 in Córdoba."""
_STANDS_STILL: Final = """
    CREATE OR REPLACE FUNCTION {schema}.app_now() RETURNS timestamptz LANGUAGE sql STABLE
    AS $$ SELECT timestamptz '{epoch}' + (SELECT shift FROM {schema}.clock_offset) $$
"""


class Clock:
    """Moves every schema's `app_now()`, which counts from EPOCH instead of from now() as long as it is ours.

    Time then stands still between rules, and no decision depends on how fast the machine is.
    """

    def __init__(self, schemas: Iterable[tuple[asyncpg.Connection, str]]) -> None:
        """Each schema with a connection of its owner's: nobody else may move the clock."""
        self._schemas = list(schemas)
        self.now = EPOCH

    async def stop(self) -> None:
        """From now on it moves only when told to."""
        for owner, schema in self._schemas:
            await owner.execute(_STANDS_STILL.format(schema=schema, epoch=EPOCH.isoformat()))

    async def set_to(self, instant: datetime) -> None:
        """For everybody at once."""
        self.now = instant
        for owner, schema in self._schemas:
            await owner.execute(f"UPDATE {schema}.clock_offset SET shift = $1", instant - EPOCH)  # noqa: S608 - ours

    async def advance(self, by: timedelta) -> None:
        """Forward only."""
        await self.set_to(self.now + by)

    def read(self) -> datetime:
        """For whoever lives outside the databases."""
        return self.now
