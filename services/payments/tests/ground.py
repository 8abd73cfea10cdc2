"""What a random walk goes over: payments on databases of its own, with its clock and its MercadoPago in our hands."""

import sys
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from datetime import timedelta
from time import time_ns
from typing import Any, Final
from uuid import UUID

import asyncpg
import structlog
from services.payments.tests.builders import SECRET, Booked, signed
from services.payments.tests.fake import COLLECTOR
from services.payments.tests.liar import Liar
from tests.simulation.clock import EPOCH, Clock
from tests.simulation.patience import open_patiently
from tests.simulation.provider import Telling
from tests.simulation.sides import MakeDatabases

from common.db import connect
from common.money import Money
from common.settings import SHARED
from common.testing import VERTICALS_DIR, event
from common.uow import UnitOfWork, close_databases
from common.verticals import load_verticals
from contracts.base import Amount
from contracts.booking import BookingCreated, BookingFact, BookingRefundDue, BookingStatus
from contracts.ids import PaymentId, RefundId, new_id
from payments import usecases
from payments.app import SERVICE
from payments.domain.charge import ChargeId, Snapshot
from payments.domain.intent import Intent
from payments.domain.notice import Notice, Topic
from payments.domain.purpose import Wish
from payments.domain.reach import Marker
from payments.domain.reference import parse_reference
from payments.usecases import PaymentsContext

SCOPE: Final = "barber"
_MEASURES: Final = frozenset({"measure", "check_ledger", "check_fingerprints"})
JOBS: Final = tuple(job.name for job in SERVICE.jobs if job.name not in _MEASURES)
"""Every job that changes anything: a new one takes part without being asked to."""
_HOLD: Final = timedelta(minutes=15)
_ROUNDS: Final = 40
_SERIOUS: Final = frozenset({"error", "exception", "critical", "fatal"})
_NOTHING_DUE: Final = (
    "UPDATE barber.intent SET close_due_at = NULL, look_due_at = NULL, earn_due_at = NULL",
    "UPDATE barber.refund SET due_at = NULL",
    "UPDATE shared.webhook SET due_at = NULL, status = 'ignored' WHERE due_at IS NOT NULL",
)


class Ground:
    """One example at a time: what earlier ones left is never due again."""

    def __init__(self, context: PaymentsContext, owner: asyncpg.Connection, clock: Clock, liar: Liar) -> None:
        self.context, self.clock, self.liar = context, clock, liar
        self.alarms: list[str] = []
        """What was logged as an error: one that is got over is an error all the same."""
        self.began: UUID = new_id()
        self._owner = owner
        self._jobs = {job.name: job for job in SERVICE.jobs}
        self._booked: dict[UUID, Booked] = {}

    @property
    def uow(self) -> UnitOfWork:
        return self.context.uow

    async def begin_anew(self) -> None:
        """Nothing of earlier examples is due or known outside; every id of this one is above `began`."""
        for query in _NOTHING_DUE:
            await self._owner.execute(query)
        await self.clock.set_to(EPOCH)
        self.began = new_id()
        self.alarms.clear()
        self._booked.clear()
        self.liar.begin_anew()

    async def create(self, booked: Booked) -> None:
        """A booking is held."""
        self._booked[booked.id] = booked
        await self.hear(booked.tell(BookingCreated, hold_expires_at=self.clock.now + _HOLD))

    async def hear(self, fact: BookingFact) -> None:
        """A projected fact of booking's arrives."""
        async with self.uow.begin(SCOPE) as work:
            await usecases.remember_bookings(self.context, work, [event(fact)])

    async def begin(self, booked: Booked) -> Intent:
        """The client asks for the page."""
        vertical = self.context.verticals.get(SCOPE)
        return await usecases.begin_payment(self.context, vertical, booked.client_id, Wish(booked.id), None)

    async def ask_refund(self, charge: Snapshot, minor: int) -> None:
        """Booking wants money back."""
        reference = parse_reference(charge.external_reference)
        assert reference is not None
        async with self.uow.begin(SCOPE) as work:
            query = "SELECT booking_id FROM intent WHERE id = $1"
            booked = self._booked[await work.connection.fetchval(query, reference.intent_id)]
            fact = booked.tell(
                BookingRefundDue,
                BookingStatus.CANCELLED,
                payment_id=PaymentId(reference.intent_id),
                refund_id=RefundId(new_id()),
                amount=Amount(minor=minor),
                reason="policy",
            )
            await usecases.ask_refund(self.context, work, event(fact))

    async def tell(self, notice: Telling) -> None:
        """A signed webhook arrives."""
        signature = signed(notice.about, notice.request_id, str(int(self.clock.now.timestamp())))["x-signature"]
        await usecases.keep_webhook(self.context, Notice(*notice, b"{}"), signature)

    async def hint(self, charge_id: ChargeId) -> None:
        """Somebody says where to look."""
        await usecases.keep_hint(self.context, Notice(Topic.PAYMENT, charge_id, "", b""))

    async def work(self, job: str) -> int:
        """One round of a job, on every scope as the worker does it."""
        return sum([await self._jobs[job].run(self.context, scope) for scope in self.uow.scopes])

    async def rest(self) -> None:
        """Until nothing happens any more at this instant; every notification that was not lost comes."""
        for _ in range(_ROUNDS):
            done = sum([await self.work(job) for job in JOBS])
            while self.liar.untold:
                done += 1
                await self.tell(self.liar.untold.pop())
            if not done:
                return
        raise AssertionError("it never comes to rest")

    async def cases(self, subject: str) -> list[str]:
        """The kinds of open cases about a payment."""
        query = "SELECT kind FROM barber.reconciliation_case WHERE subject = $1 AND closed_at IS NULL"
        return [row["kind"] for row in await self._owner.fetch(query, subject)]

    def hear_log(self, _logger: object, level: str, line: MutableMapping[str, Any]) -> str:
        """Logs are not written: what must not be in them is kept."""
        if level in _SERIOUS:
            self.alarms.append(f"{line['event']}: {sys.exc_info()[1]!r} {line}")
        raise structlog.DropEvent


@asynccontextmanager
async def opened(make: MakeDatabases) -> AsyncIterator[Ground]:
    """On databases of its own, whose clock stands still."""
    databases = await make("walked_payments", [SHARED, SCOPE], SERVICE.migrations)
    owner = await connect(databases.owner_dsns[SCOPE], "walk")
    await owner.execute(f'ALTER DATABASE "{databases.name}" SET synchronous_commit = off')
    pools = await open_patiently(databases.dsns)
    clock = Clock([(owner, SCOPE), (owner, "shared")])
    await clock.stop()
    # Microseconds since 1970: ids of an earlier run on the same databases are below.
    liar = Liar(tick=time_ns() // 1000, clock=clock.read)
    uow = UnitOfWork("payments", pools, lambda _scope: None)
    ground = Ground(_context(uow, liar), owner, clock, liar)
    logs = structlog.get_config()
    structlog.configure(processors=[ground.hear_log], wrapper_class=structlog.make_filtering_bound_logger(30))
    try:
        yield ground
    finally:
        structlog.configure(**logs)
        await close_databases(tuple(pools.values()))
        await owner.close()


def _context(uow: UnitOfWork, liar: Liar) -> PaymentsContext:
    return PaymentsContext(
        uow,
        load_verticals(VERTICALS_DIR),
        mercadopago=liar,
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
