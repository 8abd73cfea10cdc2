"""What one booking asks of PostgreSQL: the statements and values of a real one, written down as they are sent."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from uuid import UUID

import asyncpg

from bench.shops import VERTICAL, Agenda, Wish
from booking.api.bookings import BookingRequest, create_booking
from booking.usecases import BookingContext
from common.auth import Principal
from common.db import REGISTRY, Database, Session, connect
from common.http import RequestKey
from common.uow import UnitOfWork
from common.verticals import Verticals
from contracts.ids import AccountId, new_id

_FRAME: Final = ("BEGIN;", "COMMIT;")


@dataclass(frozen=True, slots=True)
class Asked:
    """One statement as asyncpg was given it: the text with $1, $2 and so on, and the values."""

    sql: str
    arguments: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Recording:
    """A booking's statements in their order, BEGIN and COMMIT included.

    `fresh`: the values that no two bookings share, which are the ids made for this one, the staff and chair it took
    and its idempotency key.
    """

    statements: tuple[Asked, ...]
    fresh: tuple[UUID | str, ...]


class OneConnection(Database):
    """A database of one connection, which is not given back to any pool."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        super().__init__("", 1, "bench")
        self._connection = connection

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        """The connection."""
        yield Session(self._connection)


@asynccontextmanager
async def booking_on(dsn: str, verticals: Verticals) -> AsyncIterator[tuple[BookingContext, asyncpg.Connection]]:
    """Booking's use cases on one connection of the application's role."""
    connection = await connect(dsn, "bench")
    try:
        uow = UnitOfWork("booking", {VERTICAL: OneConnection(connection)}, lambda _scope: None)
        yield BookingContext(uow, verticals, b"a key of the bench", "http://localhost"), connection
    finally:
        await connection.close()


async def record_booking(dsn: str, verticals: Verticals, agenda: Agenda, wish: Wish) -> Recording:
    """Book `wish` through the endpoint's own function and tell what it asked."""
    asked: list[Asked] = []
    client, key = AccountId(new_id()), "an idempotency key of the bench"
    async with booking_on(dsn, verticals) as (context, connection):
        connection.add_query_logger(lambda entry: asked.append(Asked(entry.query, tuple(entry.args))))
        body = BookingRequest.model_validate_json(wish.body())
        await create_booking(
            body,
            Principal(client, frozenset({"client"}), 0),
            verticals.get(VERTICAL),
            context,
            RequestKey(f"{client} POST /api/v1/bookings", key, sha256(b"a body").digest()),
        )
    # A new connection also asks for types it does not know; one of a pool has done so long ago.
    own = {statement.sql for statement in REGISTRY}.union(_FRAME)
    asked = [one for one in asked if one.sql in own]
    return Recording(tuple(asked), (key, *sorted(_ids(asked) - agenda.lasting_ids(wish))))


def _ids(asked: list[Asked]) -> set[UUID]:
    """Every id among the values, also inside lists."""
    found: set[UUID] = set()
    for one in asked:
        for value in one.arguments:
            found.update(item for item in (value if isinstance(value, list) else [value]) if isinstance(item, UUID))
    return found
