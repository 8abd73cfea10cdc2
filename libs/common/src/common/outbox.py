"""The relay: outbox rows to Kafka, none lost, in order within a key.

It asks which rows became visible between two snapshots (the stored one and a fresh one) and sends them ordered by id.
A transaction that commits late is therefore never passed over, and rows of one aggregate, whose writers hold its lock,
keep their order. Any error throws the producer away and reads again: repeats, never gaps. docs/architecture.md has the
figures of the algorithms that fail.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from common import road
from common.db import UNREACHABLE, Row, Session, connect
from common.kafka import producer
from common.metrics import OUTBOX_AGE, OUTBOX_FAILURES, OUTBOX_SENT, from_zero
from common.settings import ServiceSettings
from common.waiting import is_being_cancelled, wait_for_event

log = structlog.get_logger()
_BATCH: Final = 500
_POLL_SECONDS: Final = 0.5
"""Behind NOTIFY, for what was committed by a process that died before it could tell."""
_SEND_SECONDS: Final = 20.0
_STANDBY_SECONDS: Final = 1.0
_STEADY_SECONDS: Final = 30.0
_BACKOFF_SECONDS: Final = (0.2, 0.5, 1.0, 2.0, 5.0)


class ForeignDatabaseError(RuntimeError):
    """The database is not the one the cursor was written on; run `rebase` after a restore, then `snapshot`."""


class AlreadyMovedError(RuntimeError):
    """Another relay moved the cursor while this one was sending."""


_PASSES: Final = (OSError, TimeoutError, KafkaError, AlreadyMovedError, asyncpg.PostgresError, *UNREACHABLE)


def channel(scope: str) -> str:
    """The NOTIFY channel of a scope."""
    return "outbox_shared" if scope == "*" else f"outbox_{scope}"


class Waker:
    """Tells the relay, in another process, that something was committed: coalesced, on a connection of its own.

    NOTIFY inside the business transaction would serialise commits on a cluster-wide lock. `channel` names a scope's
    channel; another reader than the relay (a live feed) has channels of its own.
    """

    def __init__(self, dsns: Mapping[str, str], application: str, channel: Callable[[str], str] = channel) -> None:
        self._dsns, self._application, self._channel = dsns, application, channel
        self._pending = {scope: asyncio.Event() for scope in dsns}

    def wake(self, scope: str) -> None:
        """Cheap, never blocks; many calls become one NOTIFY."""
        self._pending[scope].set()

    async def run(self) -> None:
        """Until cancelled. A lost connection costs only speed: the relay polls as well."""
        async with asyncio.TaskGroup() as group:
            for scope in self._dsns:
                group.create_task(self._serve(scope))

    async def _serve(self, scope: str) -> None:
        while True:
            try:
                connection = await connect(self._dsns[scope], f"{self._application}-waker", holding=False)
                try:
                    await self._notify(connection, scope)
                finally:
                    connection.terminate()
            except (OSError, TimeoutError, asyncpg.PostgresError, *UNREACHABLE):
                await asyncio.sleep(_BACKOFF_SECONDS[2])

    async def _notify(self, connection: asyncpg.Connection, scope: str) -> None:
        pending = self._pending[scope]
        while True:
            await pending.wait()
            pending.clear()
            await connection.execute(f"NOTIFY {self._channel(scope)}")


class Relay:
    """One scope's relay. Only one runs at a time, whoever holds the advisory lock; the others stand by."""

    def __init__(self, service: str, scope: str, dsn: str, settings: ServiceSettings) -> None:
        self._service, self._scope, self._dsn, self._settings = service, scope, dsn, settings
        self._woken = asyncio.Event()
        self._stopping = False
        from_zero(OUTBOX_FAILURES, [service], [scope])

    def stop(self) -> None:
        """Finish the window under way, then return from `run`."""
        self._stopping = True
        self._woken.set()

    async def run(self) -> None:
        """Until stopped. ForeignDatabaseError ends it; everything else is tried again, ever more slowly."""
        failures = 0
        while not self._stopping:
            started = asyncio.get_running_loop().time()
            try:
                await self._session()
            except (asyncio.CancelledError, *_PASSES) as error:
                # aiokafka cancels what waits for a broker that it gives up.
                if is_being_cancelled():
                    raise
                lasted = asyncio.get_running_loop().time() - started
                failures = 1 if lasted > _STEADY_SECONDS else failures + 1
                OUTBOX_FAILURES.labels(self._service, self._scope).inc()
                log.warning("relay.again", scope=self._scope, error=type(error).__name__, failures=failures)
                await self._pause(_BACKOFF_SECONDS[min(failures, len(_BACKOFF_SECONDS)) - 1])

    async def _session(self) -> None:
        connection = await connect(self._dsn, f"{self._service}-relay")
        try:
            await self._become_the_relay(connection)
            if self._stopping:
                return
            OUTBOX_AGE.labels(self._service, self._scope).set(
                float(await Session(connection).value(road.OLDEST_UNSENT))
            )
            await connection.add_listener(channel(self._scope), lambda *_: self._woken.set())
            out = producer(self._settings, f"{self._service}-{self._scope}-relay".replace("*", "shared"))
            try:
                async with asyncio.timeout(_SEND_SECONDS):
                    await out.start()
                await self._relay(connection, out)
            finally:
                await _discard(out)
        finally:
            connection.terminate()

    async def _become_the_relay(self, connection: asyncpg.Connection) -> None:
        session = Session(connection)
        while not self._stopping and not await session.value(road.LOCK_RELAY):
            # Somebody else relays: what is still shown here from before would be old news.
            OUTBOX_AGE.remove(self._service, self._scope)
            await self._pause(_STANDBY_SECONDS)

    async def _relay(self, connection: asyncpg.Connection, out: AIOKafkaProducer) -> None:
        while not self._stopping:
            self._woken.clear()
            if await relay_window(connection, out, self._service, self._scope) == 0:
                await self._pause(_POLL_SECONDS)

    async def _pause(self, seconds: float) -> None:
        if await wait_for_event(self._woken, seconds):
            self._woken.clear()


async def relay_window(connection: asyncpg.Connection, out: AIOKafkaProducer, service: str, scope: str) -> int:
    """Send what became visible since the stored snapshot, then move the cursor; how many events were sent."""
    session = Session(connection)
    cursor = await session.one(road.SELECT_CURSOR)
    if cursor is None or cursor["system_identifier"] != cursor["actual_identifier"]:
        raise ForeignDatabaseError(f"{service}: scope {scope}")
    fresh = await session.value(road.SELECT_SNAPSHOT)
    if fresh == cursor["snapshot"]:
        return 0
    sent = 0
    async with connection.transaction():
        await session.value(road.PATIENT_WINDOW)
        query, arguments = road.NEW_OUTBOX_ROWS, {"stored": cursor["snapshot"], "fresh": fresh}
        rows = await connection.cursor(query.sql, *query.arguments(arguments))
        while batch := await rows.fetch(_BATCH):
            OUTBOX_AGE.labels(service, scope).set((datetime.now(UTC) - batch[0]["created_at"]).total_seconds())
            await _send(out, batch)
            sent += len(batch)
        # Moving the cursor takes a transaction id and a write: an idle relay does it rarely.
        if sent == 0 and cursor["moved_lately"]:
            return 0
        if await session.run(road.MOVE_CURSOR, stored=cursor["snapshot"], fresh=fresh) != 1:
            raise AlreadyMovedError
    OUTBOX_SENT.labels(service, scope).inc(sent)
    OUTBOX_AGE.labels(service, scope).set(0)
    return sent


async def _send(out: AIOKafkaProducer, batch: Sequence[Row]) -> None:
    """Hand over in id order without waiting for each, then wait for all."""
    waiting = []
    for row in batch:
        headers = [(name, value.encode()) for name, value in row["headers"].items()]
        waiting.append(await out.send(row["topic"], row["payload"], key=str(row["key"]).encode(), headers=headers))
    async with asyncio.timeout(_SEND_SECONDS):
        await asyncio.gather(*waiting)


async def _discard(out: AIOKafkaProducer) -> None:
    """Stop a producer that may be broken; it is not used again whatever happens."""
    try:
        async with asyncio.timeout(_BACKOFF_SECONDS[-1]):
            await out.stop()
    except (TimeoutError, KafkaError) as error:
        log.warning("relay.producer_discarded", error=type(error).__name__)
