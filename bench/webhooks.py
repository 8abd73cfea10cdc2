"""Webhooks acknowledged a second and how long that takes, beside a bare insert of the same bytes by the same server."""

import asyncio
from collections.abc import Sequence
from statistics import median
from time import monotonic
from typing import Final

import asyncpg

from bench.bare import CREATE, GRANT, bare_process
from bench.cpu import metered
from bench.load import Load, Outcome
from bench.notices import Sender, sending_process
from bench.report import Goal, Report, Row, at_most
from bench.stage import Stage
from common.settings import SHARED
from localstack.ports import HOST
from localstack.scopes import role
from payments.settings import Settings
from sandbox.testing import bind

PROGRAMS: Final = ("postgres", "kafka", "identity-api", "payments-api")
_PORTS: Final = range(24300, 24400)
_AT_ONCE: Final = 16
_CONNECTIONS: Final = 64
_ROUNDS: Final = 3
_SHARE: Final = 0.4
"""Of what the slower of the two can do at most: an open load above that measures a queue."""
_MOST_OF_BARE: Final = 3.0
_OK: Final = 200
_START_SECONDS: Final = 30


def measure(stage: Stage, report: Report) -> None:
    """No worker: nothing is looked into meanwhile. The two take turns, so that what else goes on strikes both alike."""
    stage.run_exactly(PROGRAMS)
    settings = stage.settings(Settings, "payments")
    stage.stack.run(_make_table(stage.stack.context.superuser_dsn("payments")))
    with bind(_PORTS) as listener:
        bare = listener.getsockname()[1]
    ours = stage.stack.ports["payments-api"]
    dsn = stage.stack.context.role_dsn(role("payments", SHARED), "payments")
    with (
        bare_process(dsn, bare, settings.database_pool, len(settings.databases)),
        sending_process(settings.webhook_secret.get_secret_value()) as sender,
    ):
        stage.stack.run(_until_listening(bare))
        with stage.reporter.step("warming up"):
            for port in (bare, ours):
                sender.run(_load(port, 1))
        with stage.reporter.step(f"acknowledging webhooks, {_AT_ONCE} at once, beside a bare insert"):
            slowest = _at_once(stage, report, sender, bare, ours)
        rate = max(5.0, float(round(slowest * _SHARE)))
        with stage.reporter.step(f"acknowledging {rate:g} webhooks a second, beside a bare insert"):
            _at_a_rate(stage, report, sender, (bare, ours), rate)


def _at_once(stage: Stage, report: Report, sender: Sender, bare: int, ours: int) -> float:
    pids = stage.pids({"payments-api": "payments-api"})
    plain: list[Outcome] = []
    kept: list[Outcome] = []
    used: dict[str, float] = {}
    for _ in range(_ROUNDS):
        plain.append(sender.run(_load(bare, stage.seconds / _ROUNDS)))
        with metered(pids) as round_used:
            kept.append(sender.run(_load(ours, stage.seconds / _ROUNDS)))
        used = {name: used.get(name, 0.0) + seconds for name, seconds in round_used.items()}
    _warn(report, plain, kept)
    rates = [median(each.per_second for each in outcomes) for outcomes in (plain, kept)]
    name = f"webhooks, {_AT_ONCE} at once"
    report.rows.append(_row(f"{name}: a bare insert", plain, rates[0]))
    report.rows.append(_row("  signature checked, kept", kept, rates[1], rates[1] / rates[0], "bare"))
    micros = used["payments-api"] / max(1, sum(each.made for each in kept)) * 1e6
    report.rows.append(Row("CPU of payments-api per webhook", micros, "us"))
    return min(rates)


def _at_a_rate(stage: Stage, report: Report, sender: Sender, ports: tuple[int, int], rate: float) -> None:
    plain: list[Outcome] = []
    kept: list[Outcome] = []
    for _ in range(_ROUNDS):
        for port, outcomes in zip(ports, (plain, kept), strict=True):
            load = Load(port, _CONNECTIONS, max(stage.seconds / _ROUNDS, 2), rate, _OK)
            outcomes.append(sender.run(load))
    _warn(report, plain, kept)
    p99 = [median(each.p99 for each in outcomes) for outcomes in (plain, kept)]
    ratio = p99[1] / p99[0]
    report.rows.append(_row(f"webhooks at {rate:g}/s: a bare insert", plain, rate))
    goal = at_most(ratio, _MOST_OF_BARE)
    report.rows.append(_row("  signature checked, kept", kept, rate, ratio, "its p99", goal))


def _load(port: int, seconds: float) -> Load:
    return Load(port, _AT_ONCE, seconds, wanted=_OK)


def _row(
    measure: str,
    outcomes: Sequence[Outcome],
    figure: float,
    ratio: float | None = None,
    of: str = "",
    goal: Goal | None = None,
) -> Row:
    """The medians of the rounds."""
    p50, p99 = (median(values) for values in zip(*((each.p50, each.p99) for each in outcomes), strict=True))
    return Row(measure, figure, "/s", p50, p99, None, ratio, of, goal)


def _warn(report: Report, plain: Sequence[Outcome], kept: Sequence[Outcome]) -> None:
    for name, outcomes in (("a bare insert", plain), ("webhooks", kept)):
        for outcome in outcomes:
            report.warn_of(name, outcome.failures)


async def _make_table(dsn: str) -> None:
    connection = await asyncpg.connect(dsn, timeout=5, command_timeout=30)
    try:
        await connection.execute(CREATE)
        await connection.execute(GRANT)
    finally:
        await connection.close()


async def _until_listening(port: int) -> None:
    deadline = monotonic() + _START_SECONDS
    while True:
        try:
            _, writer = await asyncio.open_connection(HOST, port)
        except OSError:
            if monotonic() > deadline:
                raise
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return
