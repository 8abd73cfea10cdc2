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
from collections.abc import MutableMapping, Sequence
from time import time_ns
from typing import Any, Final
from uuid import UUID

import structlog
from services.payments.tests.builders import signed
from tests.simulation.broker import Broker, Sent, Stream
from tests.simulation.clock import EPOCH, Clock
from tests.simulation.codes import code_in
from tests.simulation.ids import Ids
from tests.simulation.provider import Provider, Telling
from tests.simulation.sides import (
    SCOPE,
    MakeDatabases,
    Side,
    open_owner,
    open_uow,
    payments_context,
    side_of,
    topics_of,
)

from booking.app import SERVICE as BOOKING
from booking.usecases import BookingContext
from common.settings import SHARED
from common.testing import VERTICALS_DIR
from common.verticals import load_verticals
from contracts.ids import new_id
from payments.app import SERVICE as PAYMENTS
from payments.domain.notice import Notice
from payments.usecases import PaymentsContext, keep_hint, keep_webhook

JOBS: Final = (*(job.name for job in BOOKING.jobs), *(job.name for job in PAYMENTS.jobs))
"""Every job there is: a new one takes part without being asked to."""
_SERIOUS: Final = frozenset({"error", "exception", "critical", "fatal"})
_ALARMS: Final = frozenset({"job.one_by_one", "job.row_put_off"})
"""Log lines, whatever their level, by which the product gets over an error that nobody foresaw."""


class World:
    """Both sides and all that is between and around them."""

    def __init__(
        self,
        booking: Side[BookingContext],
        payments: Side[PaymentsContext],
        clock: Clock,
        provider: Provider,
        applied: Counter[tuple[str, UUID]],
        ids: Ids,
    ) -> None:
        self.booking, self.payments, self.clock, self.provider = booking, payments, clock, provider
        self._ids = ids
        self.applied = applied
        """How often each side committed what an event brought about."""
        self.alarms: list[str] = []
        self.vertical = booking.context.verticals.get(SCOPE)
        self.began = new_id()
        """Every id of this example is above it."""
        self.published: dict[UUID, str] = {}
        """Every event of this example, and its topic."""
        self.codes: dict[UUID, str] = {}
        """What travelled to those who withdraw, by the withdrawal."""
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
        self._ids.begin_anew()
        self.began = new_id()
        self._anew()

    async def collect(self) -> None:
        """Both relays hand what is new to the broker."""
        for side in self.sides:
            if side.uow.changed:
                rows = await side.read_outbox()
                self.published |= {row["event_id"]: row["topic"] for row in rows}
                self.codes |= dict(code_in(row["payload"]) for row in rows if row["topic"] == "withdrawal.code")
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

    async def notify(self, telling: Telling) -> None:
        """MercadoPago's signed webhook arrives."""
        at = str(int(self.clock.now.timestamp()))
        signature = signed(telling.about, telling.request_id, at)["x-signature"]
        notice = Notice(telling.topic, telling.about, telling.request_id, b"{}")
        await keep_webhook(self.payments.context, notice, signature)

    async def hint(self, telling: Telling) -> None:
        """Somebody says where to look."""
        await keep_hint(self.payments.context, Notice(telling.topic, telling.about, "", b""))

    async def close(self) -> None:
        for side in self.sides:
            await side.close()
        structlog.configure(**self._logs)

    def listen(self) -> None:
        """Logs are not written: what must not be in them is kept."""
        structlog.configure(processors=[self._hear], wrapper_class=structlog.make_filtering_bound_logger(30))

    def _anew(self) -> None:
        self.provider.begin_anew()
        self.codes.clear()
        self.broker = Broker({"booking": topics_of(BOOKING), "payments": topics_of(PAYMENTS)})
        self.applied.clear()
        self.published.clear()
        self.alarms.clear()

    async def _take(self, reader: str, batch: Sequence[Sent]) -> None:
        await (self.booking if reader == "booking" else self.payments).inbox.take("simulated", batch)

    def _hear(self, _logger: object, level: str, line: MutableMapping[str, Any]) -> str:
        if level in _SERIOUS or line["event"] in _ALARMS:
            self.alarms.append(f"{line['event']}: {sys.exc_info()[1]!r} {line}")
        raise structlog.DropEvent


async def open_world(make: MakeDatabases, ids: Ids) -> World:
    """On databases of its own: their clock stands still, and durability is left to other tests."""
    applied: Counter[tuple[str, UUID]] = Counter()
    on_booking = await make("simulated_booking", [SCOPE], BOOKING.migrations)
    on_payments = await make("simulated_payments", [SHARED, SCOPE], PAYMENTS.migrations)
    owners = [await open_owner(each) for each in (on_booking, on_payments)]
    clock = Clock([(owners[0], SCOPE), (owners[1], SCOPE), (owners[1], "shared")])
    await clock.stop()
    # Microseconds since 1970: ids of an earlier run on the same databases are below.
    provider = Provider(tick=time_ns() // 1000, clock=clock.read)
    verticals = load_verticals(VERTICALS_DIR)
    uow = await open_uow("booking", on_booking)
    booking = side_of(
        BOOKING,
        BookingContext(uow, verticals, b"a link key of these tests, long", "http://here"),
        uow,
        owners[0],
        applied,
    )
    uow = await open_uow("payments", on_payments)
    payments = side_of(PAYMENTS, payments_context(uow, verticals, provider), uow, owners[1], applied)
    world = World(booking, payments, clock, provider, applied, ids)
    world.listen()
    return world
