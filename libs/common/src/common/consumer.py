"""Kafka in: polls one scope's topics and gives each partition's records to the inbox.

Positions are stored beside the data and decide; Kafka's own committed offsets are only a hint for dashboards and
scalers. On assignment the consumer seeks to the stored position, so a lost or repeated commit changes nothing.
"""

import asyncio
from collections.abc import Iterable
from typing import Any, Final, Generic, TypeVar

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from common import road
from common.inbox import OUTAGES, Inbox
from common.kafka import cluster_id, connection
from common.metrics import DEAD_LETTERS
from common.settings import ServiceSettings
from common.subscriptions import Subscriptions
from common.uow import UnitOfWork

log = structlog.get_logger()
C = TypeVar("C")
_POLL_MS: Final = 500
_MAX_RECORDS: Final = 500
_ADMIN_SECONDS: Final = 15.0
_UPKEEP_SECONDS: Final = 5.0
_BACKOFF_SECONDS: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class TooManyDeadLettersError(RuntimeError):
    """More events are parked than `dead_letter_limit` allows: the fault is in the code, not in an event."""


class StalledError(RuntimeError):
    """There are records to read and none has been read for `stall_seconds`: only a new process helps."""


class Consumer(Generic[C]):
    """One service's consumer for one scope; its group is `<service>.<scope>`."""

    def __init__(
        self, service: str, scope: str, context: C, uow: UnitOfWork, table: Subscriptions[C], settings: ServiceSettings
    ) -> None:
        self._service, self._scope, self._uow = service, scope, uow
        self._table, self._settings = table, settings
        self._inbox = Inbox(service, scope, context, uow, table)
        self._stopping = False
        self.joined = asyncio.Event()
        self.polled_at = 0.0
        """Event-loop time of the last poll: the liveness heartbeat."""

    def stop(self) -> None:
        """Finish the batch under way, then return from `run`."""
        self._stopping = True

    async def run(self) -> None:
        """Until stopped; an outage is waited out. TooManyDeadLettersError and StalledError end it."""
        failures = 0
        while not self._stopping:
            self.polled_at = asyncio.get_running_loop().time()
            try:
                await self._session()
                failures = 0
            except (KafkaError, *OUTAGES) as error:
                failures += 1
                log.warning("consumer.again", scope=self._scope, error=type(error).__name__, failures=failures)
                await asyncio.sleep(_BACKOFF_SECONDS[min(failures, len(_BACKOFF_SECONDS)) - 1])

    async def _session(self) -> None:
        cluster = await asyncio.wait_for(cluster_id(self._settings), _ADMIN_SECONDS)
        group = f"{self._service}.{self._scope}"
        consumer = AIOKafkaConsumer(
            **connection(self._settings),
            client_id=group,
            group_id=group.replace("*", "shared"),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_poll_records=_MAX_RECORDS,
            fetch_max_wait_ms=_POLL_MS,
        )
        consumer.subscribe(self._table.topics, listener=SeekToStored(consumer, self._uow, self._scope, cluster))
        await asyncio.wait_for(consumer.start(), _ADMIN_SECONDS)
        try:
            self.joined.set()
            await self._poll(consumer, cluster)
        finally:
            await consumer.stop()

    async def _poll(self, consumer: AIOKafkaConsumer, cluster: str) -> None:
        loop = asyncio.get_running_loop()
        watch = Watch(self._settings.stall_seconds, loop.time())
        kept_up = loop.time()
        hints: dict[TopicPartition, int] = {}
        while not self._stopping:
            self.polled_at = loop.time()
            for partition, records in (await consumer.getmany(timeout_ms=_POLL_MS)).items():
                await self._inbox.take(cluster, records)
                hints[partition] = records[-1].offset + 1
                watch.moved(loop.time())
            if loop.time() - kept_up > _UPKEEP_SECONDS:
                await self._upkeep(consumer, hints, watch)
                kept_up, hints = loop.time(), {}
        await _hint(consumer, hints)

    async def _upkeep(self, consumer: AIOKafkaConsumer, hints: dict[TopicPartition, int], watch: "Watch") -> None:
        await _hint(consumer, hints)
        async with self._uow.read(self._scope) as session:
            parked = int(await session.value(road.COUNT_DEAD_LETTERS))
        DEAD_LETTERS.labels(self._service, self._scope).set(parked)
        if parked > self._settings.dead_letter_limit:
            raise TooManyDeadLettersError(f"{parked} dead letters in {self._service}, scope {self._scope}")
        now = asyncio.get_running_loop().time()
        if watch.is_due(now) and await _is_behind(consumer):
            raise StalledError(f"{self._service}, scope {self._scope}")
        if watch.is_due(now):
            watch.moved(now)


class Watch:
    """When something last moved, and whether that is too long ago."""

    def __init__(self, patience: float, now: float) -> None:
        self._patience, self._moved_at = patience, now

    def moved(self, now: float) -> None:
        self._moved_at = now

    def is_due(self, now: float) -> bool:
        return now - self._moved_at > self._patience


class SeekToStored(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka ships no types
    """On assignment, go to the position stored in the database."""

    def __init__(self, consumer: AIOKafkaConsumer, uow: UnitOfWork, scope: str, cluster: str) -> None:
        self._consumer, self._uow, self._scope, self._cluster = consumer, uow, scope, cluster

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Nothing to hand over: the next owner reads the position under its lock."""

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Open positions for new partitions and seek to all."""
        partitions = sorted(assigned)
        if not partitions:
            return
        values: dict[str, Any] = {
            "cluster": self._cluster,
            "topics": [partition.topic for partition in partitions],
            "partitions": [partition.partition for partition in partitions],
        }
        async with self._uow.begin(self._scope) as work:
            rows = await work.all(road.OPEN_POSITIONS, **values)
        for row in rows:
            self._consumer.seek(TopicPartition(row["topic"], row["partition"]), row["next_offset"])


async def _hint(consumer: AIOKafkaConsumer, hints: dict[TopicPartition, int]) -> None:
    mine = consumer.assignment()
    known = {partition: offset for partition, offset in hints.items() if partition in mine}
    if not known:
        return
    try:
        await asyncio.wait_for(consumer.commit(known), _ADMIN_SECONDS)
    except (KafkaError, TimeoutError) as error:
        log.info("consumer.hint_lost", error=type(error).__name__)


async def _is_behind(consumer: AIOKafkaConsumer) -> bool:
    """Whether any assigned partition has records that were not polled, asked of the broker itself."""
    mine = consumer.assignment()
    if not mine:
        return False
    ends = await asyncio.wait_for(consumer.end_offsets(mine), _ADMIN_SECONDS)
    for partition, end in ends.items():
        if end > await asyncio.wait_for(consumer.position(partition), _ADMIN_SECONDS):
            return True
    return False
