"""A burst of webhooks: several notifications about each payment, repeated and shuffled, while some are shown late."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from time import perf_counter
from typing import Any, Final

from services.payments.tests.builders import SCOPE, Booked
from services.payments.tests.fake import FakeMercadoPago

from common.errors import Busy
from common.money import Money
from common.settings import SHARED
from common.testing import event
from contracts.booking import BookingCreated
from contracts.ids import PaymentId, new_id
from payments import store, usecases
from payments.domain.charge import ChargeId, Snapshot
from payments.domain.purpose import Wish
from payments.domain.reference import Reference
from payments.usecases import PaymentsContext

Notification = tuple[ChargeId, str]
"""A payment and the notification's request id."""
_DUE: Final = 150_000
_OF_EACH: Final = 5
_LATE: Final = 0.2
_AT_ONCE: Final = 6
_LOOK_SECONDS: Final = 0.1
_ROUNDS: Final = 10
_ENTRIES: Final = """
    SELECT t.charge_id, count(DISTINCT t.reference) FILTER (WHERE t.kind = 'capture') AS captures,
           count(DISTINCT t.reference) FILTER (WHERE t.kind = 'refund') AS refunds,
           sum(p.amount_minor) AS total, -sum(p.amount_minor) FILTER (WHERE p.account = 'booking_held') AS held
    FROM ledger_transaction t JOIN ledger_posting p ON p.transaction_id = t.id
    WHERE t.intent_id = ANY ($1) GROUP BY t.charge_id
"""
_TOLD: Final = """
    SELECT key, count(*) AS times FROM outbox WHERE key = ANY ($1) AND topic = 'payment.confirmed' GROUP BY key
"""
_HURRY: Final = "UPDATE webhook SET due_at = app_now() WHERE status = 'due' AND due_at > app_now()"


@dataclass
class LateMercadoPago(FakeMercadoPago):
    """A fifth of the looks show a payment as it was before, as long as it is `late`."""

    was: dict[ChargeId, Snapshot] = field(default_factory=dict)
    late: bool = False
    random: Random = field(default_factory=lambda: Random(7))

    async def payment(self, payment_id: ChargeId) -> Snapshot:
        shown = await super().payment(payment_id)
        return self.was.get(payment_id, shown) if self.late and self.random.random() < _LATE else shown


@dataclass
class Burst:
    """So many payments, paid, a fourth of them given back in part; nothing of it is known to us yet."""

    context: PaymentsContext
    mercadopago: LateMercadoPago
    payments: list[PaymentId] = field(default_factory=list)

    async def prepare(self, count: int) -> None:
        """Book, begin and pay: the page answers at once."""
        booked = [Booked(due=_DUE, hold=timedelta(hours=2)) for _ in range(count)]
        for start in range(0, count, 500):
            events = [event(each.tell(BookingCreated)) for each in booked[start : start + 500]]
            async with self.context.uow.begin(SCOPE) as work:
                await usecases.remember_bookings(self.context, work, events)
        await in_turn(_AT_ONCE, (self._begin(each) for each in booked))

    async def _begin(self, booked: Booked) -> None:
        vertical = self.context.verticals.get(SCOPE)
        intent = await usecases.begin_payment(self.context, vertical, booked.client_id, Wish(booked.id), None)
        self.payments.append(intent.id)
        world, reference = self.mercadopago, str(Reference(SCOPE, intent.id))
        charge_id = world.put(reference, intent.amount, collector=self.context.collector_id)
        if len(self.payments) % 4 == 0:
            world.was[charge_id] = world.charges[charge_id]
            world.give_back(charge_id, Money(_DUE // 3))

    def notifications(self) -> tuple[list[Notification], list[Notification]]:
        """Five about each payment, a fourth of them a repetition word by word; shuffled, and the last of each apart."""
        random = self.mercadopago.random
        first: list[Notification] = []
        last: list[Notification] = []
        for charge_id in [each.id for each in self.mercadopago.charges.values()]:
            requests = [str(new_id()) for _ in range(_OF_EACH - 1)]
            requests[-1] = requests[0]
            first += [(charge_id, request) for request in requests]
            last.append((charge_id, str(new_id())))
        random.shuffle(first)
        random.shuffle(last)
        return first, last

    async def run(self, send: Callable[[Sequence[Notification]], Awaitable[None]]) -> "Measured":
        """`send` returns when all are acknowledged. The worker's job runs beside it, as in production."""
        first, last = self.notifications()
        self.mercadopago.late, began, sending = True, perf_counter(), True

        async def work() -> None:
            while (done := await self._round()) or sending:  # noqa: ASYNC110 - as jobs do
                await asyncio.sleep(0 if done else _LOOK_SECONDS)

        working = asyncio.create_task(work())
        await send(first)
        self.mercadopago.late = False
        await send(last)
        acknowledged, sending = perf_counter() - began, False
        await working
        async with self.context.uow.begin(SHARED) as opened:
            await opened.connection.execute(_HURRY)
        await work()
        applied, asked = perf_counter() - began, self.mercadopago.asked.count("payment")
        return Measured(len(first) + len(last), len(self.payments), acknowledged, applied, asked)

    async def _round(self) -> int:
        """As the worker runs its job: a round that found no connection in time is run again."""
        for _ in range(_ROUNDS):
            with suppress(Busy):
                return await usecases.look_into_webhooks(self.context, SHARED)
        raise Busy

    async def check(self) -> None:
        """Counted again, payment by payment: as MercadoPago has it, nothing twice, nothing left and nobody needed."""
        async with self.context.uow.read(SCOPE) as session:
            booked = {row["charge_id"]: row for row in await session.connection.fetch(_ENTRIES, self.payments)}
            told = {row["key"]: row["times"] for row in await session.connection.fetch(_TOLD, self.payments)}
            assert await store.find_imbalance(session) == 0
            cases = "SELECT count(*) FROM reconciliation_case WHERE kind <> 'refund_nobody_asked_for'"
            cases += " AND intent_id = ANY ($1)"
            assert await session.connection.fetchval(cases, self.payments) == 0
        async with self.context.uow.read(SHARED) as session:
            left = "SELECT count(*) FROM webhook WHERE status <> 'done' AND resource_id = ANY ($1)"
            assert await session.connection.fetchval(left, list(self.mercadopago.charges)) == 0
        for charge in self.mercadopago.charges.values():
            row = booked.pop(charge.id)
            assert (row["captures"], row["refunds"], row["total"]) == (1, len(charge.refunds), 0)
            assert row["held"] == charge.amount.minor - charge.refunded.minor
        assert not booked
        assert told == dict.fromkeys(self.payments, 1)


@dataclass(frozen=True)
class Measured:
    """Seconds from the first notification: until all were acknowledged, and until all were applied."""

    notifications: int
    payments: int
    acknowledged: float
    applied: float
    asked: int
    """How often MercadoPago was asked about a payment."""


async def in_turn(at_once: int, work: Iterator[Awaitable[Any]]) -> None:
    """All of it, so many at a time."""

    async def some() -> None:
        for each in work:
            await each

    await asyncio.gather(*(some() for _ in range(at_once)))
