"""What a batch saves: analytics' projection, and the whole inbox around it, with 500 events or one per transaction."""

import asyncio
import multiprocessing
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Final

import uvloop
from services.analytics.tests.load import business, project_in_batches

from analytics.app import SERVICE
from analytics.settings import Settings
from analytics.usecases import AnalyticsContext
from bench.shops import VERTICAL
from bench.stage import settings_of
from common import telemetry
from common.app import running, tune_garbage_collector
from common.inbox import Inbox
from common.subscriptions import Subscriptions
from contracts.base import Fact
from contracts.envelope import Event, encode, headers

_MANY, _SINGLE = 16_000, 1_200
_BATCH: Final = 500
_SECONDS: Final = 120


@dataclass(frozen=True, slots=True)
class Rates:
    """Events a second, from decoded events to the commit (`projected`), and from records to the commit (`applied`)."""

    projected_many: float
    projected_single: float
    applied_many: float
    applied_single: float


@dataclass(frozen=True, slots=True)
class Stored:
    """An event as Kafka would give it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


def rates(environment: Mapping[str, str]) -> Rates:
    """Measured in a process of its own, set up like a worker's."""
    context: Any = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context) as pool:
        return pool.submit(_measured, dict(environment)).result(_SECONDS)


def _measured(environment: Mapping[str, str]) -> Rates:
    settings = settings_of(Settings, "analytics", environment).model_copy(update={"log_level": "warning"})
    telemetry.configure("bench", "projection", settings)
    measured: Rates = uvloop.run(_measure(settings))
    return measured


async def _measure(settings: Settings) -> Rates:
    async with running(SERVICE, settings) as context:
        tune_garbage_collector()
        await project_in_batches(context, business(_BATCH), _BATCH)
        return Rates(
            await project_in_batches(context, business(_MANY), _BATCH),
            await project_in_batches(context, business(_SINGLE), 1),
            await _apply(context, business(_MANY), _BATCH),
            await _apply(context, business(_SINGLE), 1),
        )


async def _apply(context: AnalyticsContext, topics: Sequence[Sequence[Event[Fact]]], batch: int) -> float:
    """As `common.consumer` does, without the broker; positions are kept under a cluster's name of the bench's own."""
    inbox = Inbox("analytics", VERTICAL, context, context.uow, Subscriptions(SERVICE.subscriptions))
    batches = [
        [record(event, offset) for offset, event in enumerate(events[start : start + batch], start)]
        for events in topics
        for start in range(0, len(events), batch)
    ]
    started = perf_counter()
    for records in batches:
        await asyncio.wait_for(inbox.take("bench", records), _SECONDS)
    return sum(map(len, topics)) / (perf_counter() - started)


def record(event: Event[Fact], offset: int = 0) -> Stored:
    """An event on the wire."""
    own = [(name, value.encode()) for name, value in headers(event).items()]
    return Stored(event.type, 0, offset, str(event.subject).encode(), encode(event), own)
