"""10,000 webhooks about 2,000 payments in one burst: acknowledged by the API's process, applied by the worker's job."""

import asyncio
import logging
from collections.abc import Sequence
from functools import partial
from typing import Final

import asyncpg
import structlog
from services.payments.tests.burst import Burst, LateMercadoPago, Measured, Notification

from bench.load import Load, Outcome
from bench.notices import Sender, sending_process
from bench.report import Report, Row
from bench.stage import Stage
from bench.webhooks import PROGRAMS
from common.app import pool_size
from common.uow import UnitOfWork, close_databases, open_databases
from payments.app import context_with
from payments.settings import Settings

_PAYMENTS: Final = 2_000
_AT_ONCE: Final = 16
_OK: Final = 200
_FOREVER: Final = 300.0


def measure(stage: Stage, report: Report) -> None:
    """MercadoPago is in memory, in the process of the worker's job: its own answers' time is not in this.

    Neither are the job's log lines, which would drown the table.
    """
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    stage.run_exactly(PROGRAMS)
    settings = stage.settings(Settings, "payments")
    with sending_process(settings.webhook_secret.get_secret_value()) as sender:
        stage.stack.run(_forget_the_past(stage.stack.context.superuser_dsn("payments")))
        step = stage.reporter.step(f"a burst of {5 * _PAYMENTS:,} webhooks about {_PAYMENTS:,} payments")
        with step:
            measured, outcomes = stage.stack.run(_burst(stage, settings, sender))
    for outcome in outcomes:
        report.warn_of("a burst of webhooks", outcome.failures)
    name = f"a burst of {measured.notifications:,} webhooks"
    acknowledged = measured.notifications / measured.acknowledged
    p50, p99 = (max(getattr(outcome, name) for outcome in outcomes) for name in ("p50", "p99"))
    report.rows.append(Row(f"{name}: acknowledged, the worker at work", acknowledged, "/s", p50, p99))
    report.rows.append(Row("  until all were applied and counted right", measured.applied, "s"))
    fetches = measured.asked / measured.payments
    report.rows.append(
        Row("  MercadoPago asked", fetches, "a payment", ratio=measured.asked / measured.notifications, of="told")
    )
    applied = measured.payments / measured.applied
    report.rows.append(Row("  payments applied", applied, "/s"))


async def _forget_the_past(dsn: str) -> None:
    """What other loads notified of is nobody's: the job would look into it first."""
    connection = await asyncpg.connect(dsn, timeout=5, command_timeout=60)
    try:
        await connection.execute("UPDATE shared.webhook SET due_at = NULL, status = 'ignored' WHERE due_at IS NOT NULL")
    finally:
        await connection.close()


async def _burst(stage: Stage, settings: Settings, sender: Sender) -> tuple[Measured, list[Outcome]]:
    dsns = {scope: dsn.get_secret_value() for scope, dsn in settings.databases.items()}
    databases = await open_databases(dsns, pool_size(settings.database_pool, len(dsns)), "bench")
    outcomes: list[Outcome] = []

    async def send(notifications: Sequence[Notification]) -> None:
        load = Load(stage.stack.ports["payments-api"], _AT_ONCE, _FOREVER, wanted=_OK, most=len(notifications))
        outcomes.append(await asyncio.to_thread(partial(sender.deliver, load, notifications)))

    try:
        uow = UnitOfWork("payments", databases, lambda _scope: None)
        late = LateMercadoPago()
        burst = Burst(context_with(late, settings, uow, stage.verticals), late)
        await burst.prepare(_PAYMENTS)
        measured = await burst.run(send)
        await burst.check()
    finally:
        await close_databases(tuple(databases.values()))
    return measured, outcomes
