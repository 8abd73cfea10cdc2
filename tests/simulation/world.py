"""Booking and payments as they are, on real databases, with everything around them in the simulation's hands.

What is real: the use cases, their subscription tables behind `common.inbox`, their jobs, PostgreSQL with all its
constraints. What is not: the broker, MercadoPago, the clock, and the power supply.

What of the real time leaks in: UUIDv7 ids, of which only the order is used, and steps are serial, so that it is the
order of creation; and the instants by which outbox, inbox and idempotency are partitioned, which nothing compares with
`app_now()`. Each service has one connection per scope, so that what a job does side by side always goes in one order,
and no time-out of a real clock ends a wait for it (`patience.py`).
"""

import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from time import time_ns
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

import asyncpg
import structlog
from services.payments.tests.builders import SECRET, signed
from services.payments.tests.fake import COLLECTOR
from tests.simulation.broker import Broker, Sent, Stream
from tests.simulation.clock import EPOCH, Clock
from tests.simulation.patience import open_patiently
from tests.simulation.power import MortalUnitOfWork
from tests.simulation.provider import Provider

from booking.app import SERVICE as BOOKING
from booking.usecases import BookingContext
from common.db import connect
from common.inbox import Inbox
from common.money import Money
from common.service import Context, Job, Service
from common.settings import SHARED
from common.subscriptions import Subscription, Subscriptions
from common.testing import VERTICALS_DIR, Databases
from common.uow import Work, close_databases
from common.verticals import Verticals, load_verticals
from contracts.envelope import Event
from contracts.ids import new_id
from payments.app import SERVICE as PAYMENTS
from payments.domain.charge import ChargeId
from payments.domain.notice import Notice, Topic
from payments.domain.reach import Marker
from payments.usecases import PaymentsContext, keep_hint, keep_webhook

C = TypeVar("C", bound=Context)
MakeDatabases = Callable[[str, Sequence[str], Path], Awaitable[Databases]]
SCOPE: Final = "barber"
JOBS: Final = (*(job.name for job in BOOKING.jobs), *(job.name for job in PAYMENTS.jobs))
"""Every job there is: a new one takes part without being asked to."""
_SERIOUS: Final = frozenset({"error", "exception", "critical", "fatal"})
_ALARMS: Final = frozenset({"job.one_by_one", "job.row_put_off"})
"""Log lines, whatever their level, by which the product gets over an error that nobody foresaw."""
_QUIET: Final = {
    "booking": ("UPDATE barber.booking SET due_at = 'infinity' WHERE due_at < 'infinity'",),
    "payments": (
        "UPDATE barber.intent SET close_due_at = NULL WHERE close_due_at IS NOT NULL",
        "UPDATE barber.intent SET look_due_at = NULL WHERE look_due_at IS NOT NULL",
        "UPDATE barber.refund SET due_at = NULL WHERE due_at IS NOT NULL",
        "UPDATE shared.webhook SET due_at = NULL, status = 'ignored' WHERE due_at IS NOT NULL",
    ),
}
_OUTBOX: Final = "SELECT id, event_id, topic, key, headers, payload FROM barber.outbox WHERE id > $1 ORDER BY id"
_TABLES: Final = """
    SELECT oid::regclass::text AS name FROM pg_class
    WHERE relkind = 'r' AND relnamespace::regnamespace::text IN ('barber', 'shared')
"""
_ENDS: Final = """
    SELECT (SELECT coalesce(max(id), 0) FROM barber.outbox) AS sent,
           (SELECT coalesce(max(id), 0) FROM barber.dead_letter) AS parked
"""


@dataclass
class Side(Generic[C]):
    """One service: its context, how events reach it, and what is on its database."""

    name: str
    context: C
    uow: MortalUnitOfWork
    inbox: Inbox[C]
    jobs: Mapping[str, Job[C]]
    owner: asyncpg.Connection
    sent: int = 0
    parked: int = 0

    async def begin_anew(self) -> None:
        """What earlier examples left is not due any more."""
        self.uow.power.restore()
        self.uow.changed = True
        for query in _QUIET[self.name]:
            await self.owner.execute(query)
        ends = await self.owner.fetchrow(_ENDS)
        self.sent, self.parked = ends["sent"], ends["parked"]

    async def read_outbox(self) -> list[Mapping[str, Any]]:
        """What was published since it was last read; writers are serial, so that ids do for a cursor."""
        rows: list[Mapping[str, Any]] = await self.owner.fetch(_OUTBOX, self.sent)
        self.sent = rows[-1]["id"] if rows else self.sent
        return rows

    async def rows(self, query: str, *values: object) -> list[Mapping[str, Any]]:
        """For the judge."""
        found: list[Mapping[str, Any]] = await self.owner.fetch(query, *values)
        return found

    async def run(self, job: str) -> int:
        """One round of a job, on every scope as the worker does it."""
        return sum([await self.jobs[job].run(self.context, scope) for scope in self.uow.scopes])

    async def close(self) -> None:
        await close_databases(self.uow.pools)
        await self.owner.close()


class World:
    """Both sides and all that is between and around them."""

    def __init__(
        self,
        booking: Side[BookingContext],
        payments: Side[PaymentsContext],
        clock: Clock,
        provider: Provider,
        applied: Counter[tuple[str, UUID]],
    ) -> None:
        self.booking, self.payments, self.clock, self.provider = booking, payments, clock, provider
        self.applied = applied
        """How often each side committed what an event brought about."""
        self.alarms: list[str] = []
        self.vertical = booking.context.verticals.get(SCOPE)
        self.began = new_id()
        """Every id of this example is above it."""
        self.published: dict[UUID, str] = {}
        """Every event of this example, and its topic."""
        self._logs = structlog.get_config()
        self._anew()

    @property
    def sides(self) -> tuple[Side[BookingContext], Side[PaymentsContext]]:
        return self.booking, self.payments

    async def begin_anew(self) -> None:
        """An example of its own: nothing of earlier ones is due, on its way, or known outside."""
        for side in self.sides:
            await side.begin_anew()
        await self.clock.set_to(EPOCH)
        self.began = new_id()
        self._anew()

    async def collect(self) -> None:
        """Both relays hand what is new to the broker."""
        for side in self.sides:
            if side.uow.changed:
                rows = await side.read_outbox()
                self.published |= {row["event_id"]: row["topic"] for row in rows}
                self.broker.publish(rows)

    async def deliver(self, stream: Stream, most: int) -> None:
        """A batch reaches its reader, and is handed over when that has committed it."""
        batch = self.broker.next_of(stream, most)
        await self._take(stream.reader, batch)
        self.broker.handed_over(stream.reader, batch)

    async def repeat(self, reader: str, sent: Sent) -> None:
        """A record comes once more: a relay that lost its producer sends what it had sent."""
        await self._take(reader, [sent])

    async def run_job(self, name: str) -> int:
        """One round of one service's job."""
        (side,) = [side for side in self.sides if name in side.jobs]
        return await side.run(name)

    async def notify(self, charge_id: ChargeId, request_id: str) -> None:
        """MercadoPago's signed webhook arrives."""
        at = str(int(self.clock.now.timestamp()))
        signature = signed(charge_id, request_id, at)["x-signature"]
        await keep_webhook(self.payments.context, Notice(Topic.PAYMENT, charge_id, request_id, b"{}"), signature)

    async def hint(self, charge_id: ChargeId) -> None:
        """Somebody says where to look."""
        await keep_hint(self.payments.context, Notice(Topic.PAYMENT, charge_id, "", b""))

    async def close(self) -> None:
        for side in self.sides:
            await side.close()
        structlog.configure(**self._logs)

    def listen(self) -> None:
        """Logs are not written: what must not be in them is kept."""
        structlog.configure(processors=[self._hear], wrapper_class=structlog.make_filtering_bound_logger(30))

    def _anew(self) -> None:
        self.provider.begin_anew()
        self.broker = Broker({"booking": _topics(BOOKING), "payments": _topics(PAYMENTS)})
        self.applied.clear()
        self.published.clear()
        self.alarms.clear()

    async def _take(self, reader: str, batch: Sequence[Sent]) -> None:
        await (self.booking if reader == "booking" else self.payments).inbox.take("simulated", batch)

    def _hear(self, _logger: object, level: str, line: MutableMapping[str, Any]) -> str:
        if level in _SERIOUS or line["event"] in _ALARMS:
            self.alarms.append(f"{line['event']}: {sys.exc_info()[1]!r} {line}")
        raise structlog.DropEvent


async def open_world(make: MakeDatabases) -> World:
    """On databases of its own: their clock stands still, and durability is left to other tests."""
    applied: Counter[tuple[str, UUID]] = Counter()
    on_booking = await make("simulated_booking", [SCOPE], BOOKING.migrations)
    on_payments = await make("simulated_payments", [SHARED, SCOPE], PAYMENTS.migrations)
    owners = [await _owner(each) for each in (on_booking, on_payments)]
    clock = Clock([(owners[0], SCOPE), (owners[1], SCOPE), (owners[1], "shared")])
    await clock.stop()
    # Microseconds since 1970: ids of an earlier run on the same databases are below.
    provider = Provider(tick=time_ns() // 1000, clock=clock.read)
    verticals = load_verticals(VERTICALS_DIR)
    uow = await _uow("booking", on_booking)
    booking = _side(
        BOOKING,
        BookingContext(uow, verticals, b"a link key of these tests, long", "http://here"),
        uow,
        owners[0],
        applied,
    )
    uow = await _uow("payments", on_payments)
    payments = _side(PAYMENTS, _payments_context(uow, verticals, provider), uow, owners[1], applied)
    world = World(booking, payments, clock, provider, applied)
    world.listen()
    return world


def _payments_context(uow: MortalUnitOfWork, verticals: Verticals, provider: Provider) -> PaymentsContext:
    return PaymentsContext(
        uow,
        verticals,
        mercadopago=provider,
        collector_id=COLLECTOR,
        public_url="http://here",
        notification_url="http://here/hook",
        webhook_secrets=[SECRET],
        refund_limit=Money(20_000_000),
        contact_keys={},
        marker=Marker({}),
        # Nobody waits for an event that only another rule can bring.
        wait_seconds=-1.0,
        page_seconds=600.0,
    )


def _side(
    service: Service[Any, C],
    context: C,
    uow: MortalUnitOfWork,
    owner: asyncpg.Connection,
    applied: Counter[tuple[str, UUID]],
) -> Side[C]:
    lines = [_counted(service.name, line, applied) for line in service.subscriptions]
    inbox = Inbox(service.name, SCOPE, context, uow, Subscriptions(lines))
    return Side(service.name, context, uow, inbox, {job.name: job for job in service.jobs}, owner)


def _counted(reader: str, line: Subscription[C], applied: Counter[tuple[str, UUID]]) -> Subscription[C]:
    """The same line; each event counts once its transaction is committed."""

    async def apply(context: C, work: Work, events: Sequence[Event[Any]]) -> None:
        for event in events:
            work.after_commit(partial(applied.update, [(reader, event.id)]))
        await line.apply(context, work, events)

    return replace(line, apply=apply)


def _topics(service: Service[Any, Any]) -> list[str]:
    return Subscriptions(service.subscriptions).topics


async def _uow(name: str, databases: Databases) -> MortalUnitOfWork:
    return MortalUnitOfWork(name, await open_patiently(databases.dsns), lambda _scope: None)


async def _owner(databases: Databases) -> asyncpg.Connection:
    connection = await connect(databases.owner_dsns[SCOPE], "simulation")
    await connection.execute(f'ALTER DATABASE "{databases.name}" SET synchronous_commit = off')
    # Rows that fall due at one instant come in the order in which they lie: nobody tidies up at a time of its own.
    for table in await connection.fetch(_TABLES):
        await connection.execute(f"ALTER TABLE {table['name']} SET (autovacuum_enabled = false)")
    return connection
