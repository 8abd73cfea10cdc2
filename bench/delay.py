"""From the outbox row to a consumer's commit while every service works, and what a booking costs them together."""

from contextlib import ExitStack
from typing import Final

from bench.arrivals import Arrivals, arrivals_process
from bench.cpu import metered
from bench.load import Load, percentile
from bench.positions import wait_until_read
from bench.report import Report, Row, at_most
from bench.stage import Stage
from common import road
from common.db import Session, connect
from contracts.booking import BookingCreated
from localstack.programs import BY_NAME, PROGRAMS

_RATES: Final = ((20.0, "idle"), (200.0, "busy"))
_CONNECTIONS: Final = 32
_AT_MOST_MS: Final = 50.0
_LATE_SECONDS: Final = 30.0
_WHOLE_AT: Final = 16


def measure(stage: Stage, report: Report) -> None:
    """The consumer is one of `common.consumer` with a projection of the bench's, the bookings come by the gateway."""
    _forget_the_past(stage)
    stage.run_exactly(list(BY_NAME))
    loader, gateway = stage.loader, stage.stack.ports["gateway"]
    with ExitStack() as ends:
        with stage.reporter.step("joining as a consumer of booking.created"):
            arrivals = ends.enter_context(arrivals_process(stage.stack))
            arrivals.take(loader.run(Load(gateway, 4, 1, rate=20)).made, _LATE_SECONDS)
        for rate, name in _RATES:
            with stage.reporter.step(f"outbox to consumer at {rate:g} bookings a second"):
                _delay(stage, report, arrivals, rate, name)
        with stage.reporter.step(f"booking with {_WHOLE_AT} at once while every consumer works"):
            _whole(stage, report, arrivals)


def _forget_the_past(stage: Stage) -> None:
    """What earlier loads left in the outbox would keep the relay busy: move its cursor past it, as if it were sent."""

    async def move() -> None:
        connection = await connect(stage.dsn("booking"), "bench")
        try:
            session = Session(connection)
            cursor = await session.one(road.SELECT_CURSOR)
            assert cursor is not None
            fresh = await session.value(road.SELECT_SNAPSHOT)
            await session.run(road.MOVE_CURSOR, stored=cursor["snapshot"], fresh=fresh)
        finally:
            await connection.close()

    if stage.running("booking-api"):
        stage.stack.run(move())


def _delay(stage: Stage, report: Report, arrivals: Arrivals, rate: float, name: str) -> None:
    load = Load(stage.stack.ports["gateway"], _CONNECTIONS, max(stage.seconds, 2), rate)
    outcome = stage.loader.run(load)
    delays = [delay * 1000 for delay in arrivals.take(outcome.made, _LATE_SECONDS)]
    report.warn_of(f"{rate:g} bookings a second", outcome.failures)
    if len(delays) < outcome.made:
        report.warn_of(f"{rate:g} bookings a second", {"events that did not arrive": outcome.made - len(delays)})
    p50, p99 = percentile(delays, 0.5), percentile(delays, 0.99)
    measure = f"outbox row to consumer's commit, {name} ({rate:g}/s)"
    report.rows.append(
        Row(measure, len(delays), "events", p50, p99, max(delays, default=0.0), goal=at_most(p99, _AT_MOST_MS))
    )


def _whole(stage: Stage, report: Report, arrivals: Arrivals) -> None:
    """Processor time is counted until analytics has applied the last event; it is the whole stack's."""
    pids = stage.pids({program.name: program.name for program in PROGRAMS})
    with metered(pids) as used:
        outcome = stage.loader.run(Load(stage.stack.ports["gateway"], _WHOLE_AT, stage.seconds))
        arrivals.take(outcome.made, _LATE_SECONDS)
        read = wait_until_read(stage, "analytics", [BookingCreated.topic], _LATE_SECONDS)
    report.warn_of("every consumer at work", outcome.failures | ({} if read else {"analytics is behind": 1}))
    name = f"through the gateway, {_WHOLE_AT} at once, all consumers at work"
    report.rows.append(Row(name, outcome.per_second, "/s", outcome.p50, outcome.p99))
    micros = sum(used.values()) / max(1, outcome.made) * 1e6
    report.rows.append(Row("CPU of the whole stack per booking and its events", micros, "us"))
