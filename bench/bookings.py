"""Bookings a second, their latency and their processor time, beside pgbench on the same database."""

import os
import re
import tempfile
import time
from pathlib import Path
from typing import Final

import asyncpg

from bench.cpu import metered
from bench.load import Load, Outcome
from bench.report import Goal, Report, Row, at_least, at_most
from bench.script import SERIAL, Script, script_of
from bench.shops import VERTICAL
from bench.stage import Stage
from localstack.machine import run
from localstack.ports import HOST
from localstack.prerequisites import find_postgres
from localstack.scopes import role

PROGRAMS: Final = ("postgres", "kafka", "identity-api", "booking-api", "gateway")
CONCURRENCY: Final = (1, 16, 64)
_MEASURED_AT: Final = 16
_WATCHED: Final = {"booking-api": "booking-api", "gateway": "gateway", "PostgreSQL": "postgres"}
_CPU_GOALS: Final = {"booking-api": 250.0, "gateway": 70.0}
_CPU_IN_ALL: Final = 500.0
_P99_OF_P50: Final = {16: 2.5, 64: 3.5}
_VIA_OF_PGBENCH, _VIA_OF_DIRECT = 0.30, 0.80
_SETTLE_SECONDS: Final = 0.5
_TPS: Final = re.compile(r"tps = ([0-9.]+) ")
_LATENCY: Final = re.compile(r"latency average = ([0-9.]+) ms")


def measure(stage: Stage, report: Report) -> None:
    """Without workers, so that bookings and pgbench have the machine to themselves in the same way."""
    stage.run_exactly(PROGRAMS)
    ports = stage.stack.ports
    script, direct, via = script_of(stage.recording), ports["booking-api"], ports["gateway"]
    with stage.reporter.step("warming up"):
        for port in (direct, via):
            stage.loader.run(Load(port, 16, 2))
        Pgbench(stage, script).run(4, 1)
        stage.stack.run(analyze(stage.stack.context.superuser_dsn("booking")))
    cpu: list[Row] = []
    for clients in CONCURRENCY:
        with stage.reporter.step(f"booking with {clients} at once, direct, through the gateway, by pgbench") as step:
            step.now("direct")
            plain = _load(stage, report, direct, clients)
            step.now("through the gateway")
            with metered(stage.pids(_WATCHED)) as used:
                outcome = _load(stage, report, via, clients)
            step.now("pgbench")
            tps, latency = Pgbench(stage, script).run(clients, stage.seconds)
        report.rows += _compared(clients, plain, outcome, tps, latency)
        if clients == _MEASURED_AT:
            cpu = _cpu_rows(used, outcome.made)
    report.rows += cpu


async def analyze(dsn: str) -> None:
    """Have PostgreSQL look at tables that are no longer empty, as autovacuum would in time."""
    connection = await asyncpg.connect(dsn, timeout=5, command_timeout=60)
    try:
        await connection.execute("ANALYZE")
    finally:
        await connection.close()


def _load(stage: Stage, report: Report, port: int, clients: int) -> Outcome:
    time.sleep(_SETTLE_SECONDS)
    outcome = stage.loader.run(Load(port, clients, stage.seconds))
    report.warn_of(f"{clients} at once on port {port}", outcome.failures)
    return outcome


def _compared(clients: int, direct: Outcome, via: Outcome, tps: float, latency: float) -> list[Row]:
    """The rows of one concurrency; an average stands for pgbench's p50."""
    share, passed = via.per_second / tps, via.per_second / direct.per_second
    main = clients == _MEASURED_AT
    return [
        Row(f"pgbench, the same SQL, {clients} at once", tps, "/s", p50=latency),
        _row(f"booking-api direct, {clients} at once", direct, direct.per_second / tps, "pgbench", None),
        _row(
            f"through the gateway, {clients} at once",
            via,
            share,
            "pgbench",
            at_least(share, _VIA_OF_PGBENCH) if main else None,
        ),
        Row(
            "  the gateway's share",
            ratio=passed,
            of="direct",
            goal=at_least(passed, _VIA_OF_DIRECT) if main else None,
        ),
        _tail(via, clients),
    ]


def _row(measure: str, outcome: Outcome, ratio: float, of: str, goal: Goal | None) -> Row:
    return Row(measure, outcome.per_second, "/s", outcome.p50, outcome.p99, ratio=ratio, of=of, goal=goal)


def _tail(outcome: Outcome, clients: int) -> Row:
    spread = outcome.p99 / outcome.p50
    bound = _P99_OF_P50.get(clients)
    return Row("  p99 through the gateway", ratio=spread, of="p50", goal=at_most(spread, bound) if bound else None)


def _cpu_rows(used: dict[str, float], bookings: int) -> list[Row]:
    each = {name: seconds / bookings * 1e6 for name, seconds in used.items()}
    rows = [
        Row(
            f"CPU of {name} per booking",
            micros,
            "us",
            goal=at_most(micros, _CPU_GOALS[name]) if name in _CPU_GOALS else None,
        )
        for name, micros in each.items()
    ]
    whole = sum(each.values())
    return [*rows, Row("CPU of the three per booking", whole, "us", goal=at_most(whole, _CPU_IN_ALL))]


class Pgbench:
    """pgbench on booking's database as booking's own role."""

    def __init__(self, stage: Stage, script: Script) -> None:
        self._stage, self._script = stage, script

    def run(self, clients: int, seconds: float) -> tuple[float, float]:
        """Transactions a second and their average latency in ms, in prepared mode."""
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
            file.write(self._script.text)
            file.flush()
            output = run(self._command(Path(file.name), clients, seconds), seconds=seconds + 60, env=self._environment)
        found = [pattern.search(output) for pattern in (_TPS, _LATENCY)]
        tps, latency = (float(one.group(1)) if one else float("nan") for one in found)
        return tps, latency

    def _command(self, file: Path, clients: int, seconds: float) -> list[str | Path]:
        # No pgbench makes 10,000 bookings a second with one client: the next run's ids are higher.
        variables = {SERIAL: str(int(time.time() * 10_000)), **self._script.variables}
        defined = [f"-D{name}={value}" for name, value in variables.items()]
        pgbench = find_postgres(self._stage.stack.machine) / "pgbench"
        options = ["-n", "-M", "prepared", "-c", str(clients), "-j", "1", "-T", str(max(1, round(seconds)))]
        return [pgbench, *options, *defined, "-f", file]

    @property
    def _environment(self) -> dict[str, str]:
        stack = self._stage.stack
        user = role("booking", VERTICAL)
        return os.environ | {
            "PGHOST": HOST,
            "PGPORT": str(stack.ports["postgres"]),
            "PGDATABASE": "booking",
            "PGUSER": user,
            "PGPASSWORD": stack.context.secrets.roles[user],
        }
