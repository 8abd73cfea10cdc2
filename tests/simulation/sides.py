"""One service of the simulation: its real use cases on its real database, and how an example begins on it anew."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

import asyncpg
from services.payments.tests.builders import SECRET
from services.payments.tests.fake import COLLECTOR
from tests.simulation.patience import open_patiently
from tests.simulation.power import MortalUnitOfWork
from tests.simulation.provider import Provider

from common.db import connect
from common.inbox import Inbox
from common.money import Money
from common.service import Context, Job, Service
from common.subscriptions import Subscription, Subscriptions
from common.testing import Databases
from common.uow import Work, close_databases
from common.verticals import Verticals
from contracts.envelope import Event
from payments.domain.reach import Marker
from payments.usecases import PaymentsContext

C = TypeVar("C", bound=Context)
MakeDatabases = Callable[[str, Sequence[str], Path], Awaitable[Databases]]
SCOPE: Final = "barber"
KEY: Final = "k1"
CONTACT_KEYS: Final = {KEY: b"one key of these steps, 32 bytes"}
REFUND_LIMIT: Final = Money(250_000)
"""Centavos that one person may give back alone: less than what is due, more than a half of it."""
_QUIET: Final = {
    "booking": ("UPDATE barber.booking SET due_at = 'infinity' WHERE due_at < 'infinity'",),
    "payments": (
        "UPDATE barber.intent SET close_due_at = NULL WHERE close_due_at IS NOT NULL",
        # The pages of balances and tips are closed once they have run out: no column says that they are due.
        """UPDATE barber.intent SET status = 'expired'
           WHERE status = ANY (ARRAY['created', 'awaiting_payer', 'processing', 'authorized'])""",
        "UPDATE barber.intent SET look_due_at = NULL WHERE look_due_at IS NOT NULL",
        "UPDATE barber.refund SET due_at = NULL WHERE due_at IS NOT NULL",
        "UPDATE barber.intent SET earn_due_at = NULL WHERE earn_due_at IS NOT NULL",
        "UPDATE barber.withdrawal SET due_at = NULL WHERE due_at IS NOT NULL",
        "UPDATE barber.dispute SET look_due_at = NULL WHERE look_due_at IS NOT NULL",
        "DELETE FROM barber.dispute_search",
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


def payments_context(uow: MortalUnitOfWork, verticals: Verticals, provider: Provider) -> PaymentsContext:
    """Around a MercadoPago in memory; what one person may give back is less than one booking costs."""
    return PaymentsContext(
        uow,
        verticals,
        mercadopago=provider,
        collector_id=COLLECTOR,
        public_url="http://here",
        notification_url="http://here/hook",
        webhook_secrets=[SECRET],
        refund_limit=REFUND_LIMIT,
        contact_keys=CONTACT_KEYS,
        marker=Marker(CONTACT_KEYS),
        # Nobody waits for an event that only another rule can bring.
        wait_seconds=-1.0,
        page_seconds=600.0,
    )


def side_of(
    service: Service[Any, C],
    context: C,
    uow: MortalUnitOfWork,
    owner: asyncpg.Connection,
    applied: Counter[tuple[str, UUID]],
) -> Side[C]:
    """The service with its subscriptions counted in `applied`."""
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


def topics_of(service: Service[Any, Any]) -> list[str]:
    """What it reads."""
    return Subscriptions(service.subscriptions).topics


async def open_uow(name: str, databases: Databases) -> MortalUnitOfWork:
    """On databases that wait."""
    return MortalUnitOfWork(name, await open_patiently(databases.dsns), lambda _scope: None)


async def open_owner(databases: Databases) -> asyncpg.Connection:
    """For the judge; durability is left to other tests."""
    connection = await connect(databases.owner_dsns[SCOPE], "simulation")
    await connection.execute(f'ALTER DATABASE "{databases.name}" SET synchronous_commit = off')
    # Rows that fall due at one instant come in the order in which they lie: nobody tidies up at a time of its own.
    for table in await connection.fetch(_TABLES):
        await connection.execute(f"ALTER TABLE {table['name']} SET (autovacuum_enabled = false)")
    return connection
