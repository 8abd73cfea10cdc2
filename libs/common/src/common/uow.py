"""The unit of work: one visible transaction in which state, its event and the stored reply change together."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from time import perf_counter
from typing import Final, TypeVar

import asyncpg
import structlog

from common.audit import Entry, Queued, insert_entries
from common.db import UNREACHABLE, Database, Session, Way
from common.errors import Busy, NotReady, TooSlow, UnknownVertical
from common.idempotency import Once, claim, remember
from common.metrics import TRANSACTION_SECONDS
from common.road import INSERT_OUTBOX, SELECT_NOW
from common.telemetry import current_traceparent, trace_id_of
from contracts.base import Fact
from contracts.envelope import Event, encode, headers
from contracts.ids import EventId, new_id

log = structlog.get_logger()
T = TypeVar("T")
_WAITED_IN_VAIN: Final = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError, asyncpg.SerializationError)


class Work(Session):
    """One open transaction on one scope. Publish beside the change it tells of; `finish` before leaving."""

    __slots__ = ("_now", "_once", "afterwards", "audited", "published", "scope")

    def __init__(self, session: Session, scope: str, once: Once | None = None) -> None:
        super().__init__(session.connection)
        self.scope = scope
        self.published = False
        self.afterwards: list[Callable[[], None]] = []
        self.audited: list[Queued] = []
        self._once = once
        self._now: datetime | None = None

    async def now(self) -> datetime:
        """The transaction's instant (`app_now()`): an aware UTC datetime, the same for the whole transaction."""
        if self._now is None:
            self._now = await self.value(SELECT_NOW)
        return self._now

    async def publish(self, *facts: Fact) -> None:
        """Put facts into the outbox. The aggregate's row must be locked or new: that is what orders its events."""
        if not facts:
            return
        time = await self.now()
        traceparent = current_traceparent()
        events = [Event(EventId(new_id()), self.scope, time, fact, traceparent) for fact in facts]
        await self.run(
            INSERT_OUTBOX,
            topics=[event.type for event in events],
            keys=[event.subject for event in events],
            event_ids=[event.id for event in events],
            sequences=[event.sequence for event in events],
            headers=[headers(event) for event in events],
            payloads=[encode(event) for event in events],
        )
        self.published = True

    def audit(self, *entries: Entry) -> None:
        """Put entries on record with this transaction."""
        self.audited += [Queued(entry, trace_id_of(current_traceparent())) for entry in entries]

    def after_commit(self, call: Callable[[], None]) -> None:
        """Have `call` made once the transaction is committed, never otherwise. It must neither block nor raise."""
        self.afterwards.append(call)

    async def finish(self, result: T) -> T:
        """Keep the reply under the request's idempotency key, if it came with one; returns the result."""
        if self._once is not None:
            await remember(self, self._once, result)
        return result


class UnitOfWork:
    """Opens transactions on a service's scopes and wakes the relay after a commit that published."""

    def __init__(
        self,
        service: str,
        databases: Mapping[str, Database],
        wake: Callable[[str], None],
        replicas: Mapping[str, Database] | None = None,
    ) -> None:
        self._service = service
        self._databases = databases
        self._wake = wake
        self._replicas = replicas or databases

    @property
    def scopes(self) -> tuple[str, ...]:
        return tuple(self._databases)

    @asynccontextmanager
    async def begin(self, scope: str, once: Once | None = None) -> AsyncIterator[Work]:
        """READ COMMITTED; commits when the block ends. With `once` a repeated request is answered from the store."""
        started = perf_counter()
        try:
            async with self._refusing(scope), self._database(self._databases, scope).transaction() as session:
                work = Work(session, scope, once)
                if once is not None:
                    await claim(work, once)
                yield work
                if work.audited:
                    await insert_entries(work, scope, work.audited)
        finally:
            TRANSACTION_SECONDS.labels(self._service, scope).observe(perf_counter() - started)
        if work.published:
            self._wake(scope)
        for call in work.afterwards:
            call()

    @asynccontextmanager
    async def read(self, scope: str) -> AsyncIterator[Session]:
        """A connection without a transaction, for reading."""
        async with self._refusing(scope), self._database(self._databases, scope).session() as session:
            yield session

    @asynccontextmanager
    async def read_lagging(self, scope: str) -> AsyncIterator[Session]:
        """One state of a replica, where there is one: for what may be some seconds old. Nothing can be written."""
        async with self._refusing(scope), self._database(self._replicas, scope).snapshot() as session:
            yield session

    @asynccontextmanager
    async def _refusing(self, scope: str) -> AsyncIterator[None]:
        """What PostgreSQL says about the moment becomes what a caller is told."""
        try:
            yield
        except _WAITED_IN_VAIN:
            raise Busy from None
        except asyncpg.QueryCanceledError as error:
            raise self._cancelled(scope, error) from None
        except (TimeoutError, *UNREACHABLE) as error:
            raise self._away(scope, error) from None

    def _away(self, scope: str, error: BaseException) -> NotReady:
        log.warning("database.away", scope=scope, error=type(error).__name__)
        return NotReady()

    def _cancelled(self, scope: str, error: asyncpg.QueryCanceledError) -> TooSlow:
        # PostgreSQL's own sentence says whether a time-out or a request ended it; it quotes nothing of the statement.
        log.warning("database.cancelled", scope=scope, reason=error.args[0])
        return TooSlow()

    def _database(self, among: Mapping[str, Database], scope: str) -> Database:
        try:
            return among[scope]
        except KeyError:
            raise UnknownVertical from None


async def open_databases(
    dsns: Mapping[str, str], size: int, application: str, way: Way = Way.DIRECT
) -> Mapping[str, Database]:
    """One pool per scope, opened; closes what it opened when one of them fails."""
    databases = {scope: Database(dsn, size, application, way) for scope, dsn in dsns.items()}
    try:
        for database in databases.values():
            await database.open()
    except BaseException:
        await close_databases(tuple(databases.values()))
        raise
    return databases


async def close_databases(databases: Sequence[Database]) -> None:
    """Close every pool."""
    for database in databases:
        await database.close()
