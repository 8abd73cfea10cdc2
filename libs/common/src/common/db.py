"""The database: statements described with SQLAlchemy Core, compiled once, run on asyncpg's own connections.

SQLAlchemy's execution layer costs several times what the query does; its language and its tables are worth having.
The fence: a statement that needs work at run time (an expanding IN, a Python-side default) is refused when its module
is imported, not when it is first run.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from enum import StrEnum
from functools import partial
from typing import Any, Final, TypeAlias
from weakref import WeakSet

import asyncpg
import orjson
from sqlalchemy import Executable, create_mock_engine
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ClauseElement

from common.errors import Busy
from common.metrics import CONNECTION_FAILURES, POOL_CONNECTIONS, POOL_WAITING

_DIALECT: Final = create_mock_engine("postgresql+asyncpg://", lambda *_: None).dialect
_ACQUIRE_SECONDS: Final = 2.0
_COMMAND_SECONDS: Final = 10.0
_CLOSE_SECONDS: Final = 5.0
# How long the server keeps the locks of one that it does not hear from: 25 s. Keepalives alone would not do: while
# something waits to be acknowledged (a NOTIFY is enough) none is sent, and TCP tries again for a quarter of an hour.
_GIVEN_UP_WHEN_SILENT: Final = {
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "25000",
}

Row: TypeAlias = Mapping[str, Any]
"""One row, by column name."""
REGISTRY: Final[list["Statement"]] = []
_LEFT_OPEN: Final = (asyncio.CancelledError, asyncpg.DataError, asyncpg.InterfaceError)
UNREACHABLE: Final = (
    ConnectionError,
    asyncpg.InterfaceError,
    # What asyncpg says of a connection that the server ended while nobody used it.
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
)
"""PostgreSQL is away, on its way up or down, or full: that says nothing about what was asked of it."""


class UncompilableStatementError(TypeError):
    """The statement would need SQLAlchemy at run time: use `= ANY(:ids)` and pass every value."""


class Statement:
    """One compiled statement. Values are given by name; what the statement itself fixed is already inside."""

    __slots__ = ("_constants", "_names", "owner", "sql")

    def __init__(self, clause: ClauseElement, owner: str) -> None:
        compiled = clause.compile(dialect=_DIALECT)
        if not isinstance(compiled, SQLCompiler):
            raise UncompilableStatementError(str(clause))
        if compiled.post_compile_params or compiled.literal_execute_params:
            raise UncompilableStatementError(f"expanding parameters in: {compiled.string}")
        if compiled.insert_prefetch or compiled.update_prefetch:
            raise UncompilableStatementError(f"Python-side defaults in: {compiled.string}")
        self.sql: str = compiled.string
        self.owner = owner
        """The module that made it."""
        self._names: tuple[str, ...] = tuple(compiled.positiontup or ())
        required = {name for name, bind in compiled.binds.items() if bind.required}
        self._constants = {name: value for name, value in compiled.params.items() if name not in required}

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        """Positional arguments for asyncpg; KeyError names a missing one, TypeError one too many."""
        constants = self._constants
        if unknown := values.keys() - set(self._names):
            raise TypeError(f"the statement has no {sorted(unknown)}")
        return [values[name] if name in values else constants[name] for name in self._names]

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of $1, $2, ... in order."""
        return self._names

    @property
    def names(self) -> frozenset[str]:
        """The parameters a caller must give."""
        return frozenset(self._names) - self._constants.keys()


def statement(clause: Executable) -> Statement:
    """Compile once, at import; kept in REGISTRY so that one test can run every statement against a real schema."""
    if not isinstance(clause, ClauseElement):
        raise UncompilableStatementError(repr(clause))
    made = Statement(clause, sys._getframe(1).f_globals["__name__"])  # noqa: SLF001 - the caller's name, at import
    REGISTRY.append(made)
    return made


class Session:
    """One connection while it is ours. Outside a transaction each statement commits by itself."""

    __slots__ = ("connection",)

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection

    async def all(self, what: Statement, **values: Any) -> Sequence[Row]:
        """Every row; bound the statement itself."""
        rows: Sequence[Row] = await self.connection.fetch(what.sql, *what.arguments(values))
        return rows

    async def one(self, what: Statement, **values: Any) -> Row | None:
        """The first row, or None."""
        row: Row | None = await self.connection.fetchrow(what.sql, *what.arguments(values))
        return row

    async def value(self, what: Statement, **values: Any) -> Any:
        """The first column of the first row, or None."""
        return await self.connection.fetchval(what.sql, *what.arguments(values))

    async def run(self, what: Statement, **values: Any) -> int:
        """Run for its effect; how many rows it touched."""
        tag: str = await self.connection.execute(what.sql, *what.arguments(values))
        count = tag.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0


class Way(StrEnum):
    """Where a pool's connections lead."""

    DIRECT = "direct"
    POOLER = "pooler"
    REPLICA = "replica"


class Database:
    """A bounded pool on one scope's role. Waiting for a connection is bounded too: then the answer is `Busy`.

    Nothing outlives a transaction here but prepared statements, so that the DSN may lead to a pooler (docs/adr/0009).
    """

    def __init__(self, dsn: str, size: int, application: str, way: Way = Way.DIRECT) -> None:
        self._dsn, self._size, self._application, self.way = dsn, size, application, way
        self._pool: asyncpg.Pool | None = None

    async def open(self) -> None:
        """Connect; a replica that is away keeps nobody from starting. asyncpg's own errors say what is wrong."""
        self._pool = await asyncpg.create_pool(
            self._dsn,
            min_size=0 if self.way is Way.REPLICA else 1,
            max_size=self._size,
            command_timeout=_COMMAND_SECONDS,
            timeout=5,
            init=register_codecs,
            reset=_nothing_to_reset,
            server_settings={"application_name": self._application},
        )
        _OPEN.add(self)

    @property
    def connections(self) -> int:
        """How many it holds now."""
        return self._pool.get_size() if self._pool is not None else 0

    async def close(self) -> None:
        """Wait up to 5 s for what is running, then cut it off."""
        if self._pool is not None:
            try:
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await self._pool.close()
            except TimeoutError:
                self._pool.terminate()
            self._pool = None

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        """Borrow a connection; `Busy` when none is free within 2 s."""
        if self._pool is None:
            raise RuntimeError("the database is not open")
        try:
            with POOL_WAITING.track_inprogress():
                connection = await self._pool.acquire(timeout=_ACQUIRE_SECONDS)
        except TimeoutError:
            raise Busy from None
        except UNREACHABLE:
            CONNECTION_FAILURES.inc()
            raise
        try:
            yield Session(connection)
        except _LEFT_OPEN:
            # asyncpg prepares with Flush and without Sync: broken off there, PostgreSQL's clock for the statement runs
            # on, and whoever got this connection next would be cancelled in its stead.
            connection.terminate()
            raise
        finally:
            await self._pool.release(connection)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Session]:
        """READ COMMITTED; commits when the block ends, rolls back when it raises."""
        async with self.session() as session, session.connection.transaction():
            yield session

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Session]:
        """One state throughout, as a replica can show it; a statement that writes is refused."""
        async with (
            self.session() as session,
            session.connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            yield session


_OPEN: Final[WeakSet[Database]] = WeakSet()


def _held(way: Way) -> int:
    return sum(each.connections for each in _OPEN if each.way is way)


for _way in Way:
    POOL_CONNECTIONS.labels(_way).set_function(partial(_held, _way))


async def connect(dsn: str, application: str, *, holding: bool = True) -> asyncpg.Connection:
    """A connection of one's own with the same codecs.

    With `holding` it is for a lock or LISTEN, which would be lost in a pooler; a pooler refuses it for its settings.
    """
    settings = {"application_name": application} | (_GIVEN_UP_WHEN_SILENT if holding else {})
    connection = await asyncpg.connect(dsn, timeout=5, command_timeout=30, server_settings=settings)
    await register_codecs(connection)
    return connection


async def register_codecs(connection: asyncpg.Connection) -> None:
    """JSON as Python values; UUIDs, ranges and arrays are asyncpg's own, enums travel as text."""
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(
            kind, schema="pg_catalog", encoder=_encode_json, decoder=orjson.loads, format="text"
        )


async def _nothing_to_reset(_connection: asyncpg.Connection) -> None:
    """Nothing here sets session state, so a returned connection needs no RESET round trip."""


def _encode_json(value: object) -> str:
    return orjson.dumps(value).decode()
