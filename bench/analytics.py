"""Events a second that analytics applies: its own worker on a full topic, and what batches are worth."""

import asyncio
from collections.abc import Sequence
from time import perf_counter
from typing import Final

import asyncpg
from services.analytics.tests.load import business

from analytics.settings import Settings
from bench.positions import applied, wait_until_read, written
from bench.projection import Stored, rates, record
from bench.report import Report, Row, at_least
from bench.stage import Stage
from common.kafka import producer
from localstack.supervision import stop_and_wait

_EVENTS: Final = 50_000
_PROGRAMS: Final = ("postgres", "kafka", "analytics-worker")
_BATCH: Final = 500
_POLL_SECONDS: Final = 0.02
_BOUND_SECONDS: Final = 90.0
_AT_LEAST: Final = 25.0


def measure(stage: Stage, report: Report) -> None:
    """Alone on the machine: what the other services make of these events is not analytics' cost."""
    stage.run_exactly(_PROGRAMS)
    topics = business(_EVENTS)
    names = [events[0].type for events in topics]
    with stage.reporter.step("waiting until analytics has read what there is"):
        wait_until_read(stage, "analytics", names, _BOUND_SECONDS)
    stop_and_wait(stage.stack.supervisor, ["analytics-worker"], 30)
    with stage.reporter.step(f"putting {_EVENTS:,} events into Kafka"):
        stage.stack.run(_produce(stage, [record(event) for events in topics for event in events]))
    with stage.reporter.step(f"analytics applies {_EVENTS:,} events"):
        stage.stack.supervisor.start("analytics-worker")
        worker = stage.stack.run(_rate(stage, names))
    stop_and_wait(stage.stack.supervisor, ["analytics-worker"], 30)
    with stage.reporter.step(f"the same in process, in batches of {_BATCH} and one by one"):
        single = rates(stage.stack.environment("analytics"))
    report.rows += [
        Row(f"analytics-worker, {_EVENTS:,} events from Kafka", worker, "/s"),
        Row(f"  its inbox and projection, {_BATCH} a transaction", single.applied_many, "/s"),
        _against("  a transaction for each", single.applied_many, single.applied_single, goal=True),
        Row(f"  its projection alone, {_BATCH} a transaction", single.projected_many, "/s"),
        _against("  a transaction for each", single.projected_many, single.projected_single, goal=False),
    ]


def _against(measure: str, many: float, single: float, *, goal: bool) -> Row:
    ratio = many / single
    return Row(measure, single, "/s", ratio=ratio, of="one each", goal=at_least(ratio, _AT_LEAST) if goal else None)


async def _produce(stage: Stage, records: Sequence[Stored]) -> None:
    """In the order of the topics, in batches as a relay does."""
    out = producer(stage.settings(Settings, "analytics"), "bench")
    await out.start()
    try:
        for start in range(0, len(records), _BATCH):
            waiting = [
                await out.send(one.topic, one.value, key=one.key, headers=list(one.headers))
                for one in records[start : start + _BATCH]
            ]
            await asyncio.gather(*waiting)
    finally:
        await out.stop()


async def _rate(stage: Stage, topics: Sequence[str]) -> float:
    """From the first batch seen to be applied to the last, so that the worker's start does not count."""
    ends = await written(stage.stack.context.kafka_bootstrap, topics)
    connection = await asyncpg.connect(stage.dsn("analytics"), timeout=5, command_timeout=10)
    try:
        async with asyncio.timeout(_BOUND_SECONDS):
            before = first = done = await applied(connection, topics)
            began = perf_counter()
            while done < ends:
                await asyncio.sleep(_POLL_SECONDS)
                done = await applied(connection, topics)
                if first == before:
                    first, began = done, perf_counter()
        return (ends - first) / (perf_counter() - began)
    finally:
        await connection.close()
