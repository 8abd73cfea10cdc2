"""What an entry in the audit chain costs: the same transaction with and without one, by one writer and by sixteen."""

import asyncio
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Final

import uvloop
from services.analytics.tests.load import business

from bench.load import percentile
from bench.report import Report, Row
from bench.shops import VERTICAL
from bench.stage import Stage
from common.app import tune_garbage_collector
from common.audit import Entry
from common.uow import UnitOfWork, close_databases, open_databases
from contracts.base import Fact
from contracts.ids import AccountId, new_id

PROGRAMS: Final = ("postgres", "kafka", "identity-api", "booking-api")
WRITERS: Final = (1, 16)
_ROUNDS: Final = 5
_SECONDS: Final = 300


@dataclass
class Measured:
    """All rounds of one kind: how long each transaction took, and how long they took together, in seconds."""

    took: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def per_second(self) -> float:
        """Committed transactions."""
        return len(self.took) / self.seconds

    def row(self, measure: str, plain: "Measured | None" = None) -> Row:
        """`plain`: what it is compared with."""
        ms = [took * 1000 for took in self.took]
        ratio = self.per_second / plain.per_second if plain is not None else None
        of = "without" if plain is not None else ""
        return Row(measure, self.per_second, "/s", percentile(ms, 0.5), percentile(ms, 0.99), max(ms), ratio, of)


def measure(stage: Stage, report: Report) -> None:
    """No worker and no request: PostgreSQL and one process that commits have the machine to themselves."""
    stage.run_exactly(PROGRAMS)
    context: Any = multiprocessing.get_context("spawn")
    for writers in WRITERS:
        step = stage.reporter.step(f"committing with and without an audit entry, {writers} at once")
        with step, ProcessPoolExecutor(1, context) as pool:
            plain, audited = pool.submit(_measured, stage.dsn("booking"), writers, stage.seconds).result(_SECONDS)
        name = f"an event committed, {writers} at once"
        report.rows += [plain.row(name), audited.row("  with an audit entry", plain)]


def _measured(dsn: str, writers: int, seconds: float) -> tuple[Measured, Measured]:
    measured: tuple[Measured, Measured] = uvloop.run(_measure(dsn, writers, seconds))
    return measured


async def _measure(dsn: str, writers: int, seconds: float) -> tuple[Measured, Measured]:
    """In turns, so that what else happens on the machine strikes both alike."""
    databases = await open_databases({VERTICAL: dsn}, writers, "bench")
    uow = UnitOfWork("bench", databases, lambda _scope: None)
    facts = [event.data for events in business(writers) for event in events]
    plain, audited = Measured(), Measured()
    tune_garbage_collector()
    try:
        for entries in (0, 1):
            await _round(uow, facts, writers, entries, seconds / _ROUNDS, Measured())
        for _ in range(_ROUNDS):
            await _round(uow, facts, writers, 0, seconds / _ROUNDS, plain)
            await _round(uow, facts, writers, 1, seconds / _ROUNDS, audited)
    finally:
        await close_databases(tuple(databases.values()))
    return plain, audited


async def _round(
    uow: UnitOfWork, facts: Sequence[Fact], writers: int, entries: int, seconds: float, measured: Measured
) -> None:
    began = perf_counter()

    async def write(fact: Fact) -> None:
        while (start := perf_counter()) < began + seconds:
            async with uow.begin(VERTICAL) as work:
                await work.publish(fact)
                work.audit(*[Entry("bench.tried", AccountId(new_id()), new_id(), {"as": "provider"})] * entries)
            measured.took.append(perf_counter() - start)

    await asyncio.gather(*(write(fact) for fact in facts[:writers]))
    measured.seconds += perf_counter() - began
