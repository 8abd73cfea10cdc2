"""Kafka in: polls one scope's topics and gives each partition's records to the inbox.

Positions are stored beside the data and decide; Kafka's own committed offsets are only a hint for dashboards and
scalers. On assignment the consumer seeks to the stored position, so a lost or repeated commit changes nothing.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Generic, TypeVar

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from common import road
from common.errors import NotReady
from common.inbox import OUTAGES, Inbox
from common.kafka import cluster_id, connection
from common.metrics import DEAD_LETTERS
from common.settings import ServiceSettings
from common.subscriptions import Subscriptions
from common.uow import UnitOfWork, Work
from common.waiting import is_being_cancelled, wait_for_event

log = structlog.get_logger()
C = TypeVar("C")
_POLL_MS: Final = 500
_MAX_RECORDS: Final = 500
_ADMIN_SECONDS: Final = 15.0
_JOIN_SECONDS: Final = 60.0
_UPKEEP_SECONDS: Final = 5.0
_STEADY_SECONDS: Final = 30.0
_BACKOFF_SECONDS: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class TooManyDeadLettersError(RuntimeError):
    """More events are parked than `dead_letter_limit` allows: the fault is in the code, not in an event."""

    def __init__(self, parked: int) -> None:
        super().__init__(f"{parked} dead letters")
        self.parked = parked


class StalledError(RuntimeError):
    """There are records to read and none has been read for `stall_seconds`: only a new process helps."""


class Consumer(Generic[C]):
    """One service's consumer for one scope; its group is `<service>.<scope>`."""

    def __init__(
        self, service: str, scope: str, context: C, uow: UnitOfWork, table: Subscriptions[C], settings: ServiceSettings
    ) -> None:
        self._service, self.scope, self._uow = service, scope, uow
        self._table, self._settings = table, settings
        self._inbox = Inbox(service, scope, context, uow, table)
        self._watch = Watch(settings.stall_seconds)
        self._stopped = asyncio.Event()
        self.joined = asyncio.Event()
        self.halted = False
        """It reads nothing, for too many of its events are parked."""
        self.polled_at = 0.0
        """Event-loop time of the last poll: the liveness heartbeat."""

    def stop(self) -> None:
        """Finish the batch under way, then return from `run`."""
        self._stopped.set()

    async def run(self) -> None:
        """Until stopped. An outage is waited out, and so are too many dead letters; StalledError ends it."""
        failures = 0
        while not self._stopped.is_set():
            self.polled_at = asyncio.get_running_loop().time()
            started = asyncio.get_running_loop().time()
            try:
                await self._check_dead_letters()
                await self._session()
            except TooManyDeadLettersError as error:
                await self._halt(error.parked)
            except (asyncio.CancelledError, KafkaError, OSError, TimeoutError, *OUTAGES) as error:
                # aiokafka cancels what waits for a coordinator that it gives up.
                if is_being_cancelled():
                    raise
                lasted = asyncio.get_running_loop().time() - started
                failures = 1 if lasted > _STEADY_SECONDS else failures + 1
                log.warning("consumer.again", scope=self.scope, error=type(error).__name__, failures=failures)
                await asyncio.sleep(_BACKOFF_SECONDS[min(failures, len(_BACKOFF_SECONDS)) - 1])

    async def _halt(self, parked: int) -> None:
        """Other scopes go on; this one is looked at again in a moment, for `replay` may have emptied it."""
        if not self.halted:
            log.error("consumer.halted", scope=self.scope, parked=parked, limit=self._settings.dead_letter_limit)
        self.halted = True
        await wait_for_event(self._stopped, _UPKEEP_SECONDS)

    async def _session(self) -> None:
        async with asyncio.timeout(_ADMIN_SECONDS):
            cluster = await cluster_id(self._settings)
        group = f"{self._service}.{self.scope}".replace("*", "shared")
        consumer = AIOKafkaConsumer(
            **connection(self._settings),
            client_id=group,
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_poll_records=_MAX_RECORDS,
            fetch_max_wait_ms=_POLL_MS,
        )
        stored = SeekToStored(consumer, self._uow, self.scope, cluster)
        consumer.subscribe(self._table.topics, listener=stored)
        try:
            # It waits for the assignment: a member that died is only missed after its session.
            async with asyncio.timeout(_JOIN_SECONDS):
                await consumer.start()
            self.joined.set()
            await self._poll(consumer, stored)
        finally:
            self.joined.clear()
            await consumer.stop()

    async def _poll(self, consumer: AIOKafkaConsumer, stored: "SeekToStored") -> None:
        loop = asyncio.get_running_loop()
        kept_up = loop.time()
        read: dict[TopicPartition, int] = {}
        hinted: dict[TopicPartition, int] = {}
        while not self._stopped.is_set():
            self.polled_at = loop.time()
            polled = await consumer.getmany(timeout_ms=_POLL_MS)
            stored.check()
            for partition, records in polled.items():
                # A fetch may have begun at Kafka's own offset before the seek: it is of no account.
                if partition in stored.sought:
                    await self._inbox.take(stored.cluster, records)
                    read[partition] = records[-1].offset + 1
            if loop.time() - kept_up > _UPKEEP_SECONDS:
                await stored.raise_positions(read)
                await _hint(consumer, hinted)
                await self._upkeep(consumer)
                kept_up, read = loop.time(), {}
        await _hint(consumer, hinted)

    async def _upkeep(self, consumer: AIOKafkaConsumer) -> None:
        await self._check_dead_letters()
        now = asyncio.get_running_loop().time()
        if self._watch.is_due(now) and self._watch.stuck(await _behind(consumer), now):
            raise StalledError(f"{self._service}, scope {self.scope}")

    async def _check_dead_letters(self) -> None:
        async with self._uow.read(self.scope) as session:
            parked = int(await session.value(road.COUNT_DEAD_LETTERS))
        DEAD_LETTERS.labels(self._service, self.scope).set(parked)
        if parked > self._settings.dead_letter_limit:
            raise TooManyDeadLettersError(parked)
        self.halted = False


class Watch:
    """Which partitions have had records waiting at one position for longer than `patience` seconds."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._looked_at = 0.0
        self._since: dict[TopicPartition, tuple[int, float]] = {}

    def is_due(self, now: float) -> bool:
        """Looking asks the broker, so it is done four times in the time of patience."""
        return now - self._looked_at > self._patience / 4

    def stuck(self, behind: Mapping[TopicPartition, int], now: float) -> bool:
        """Whether one stands still; `behind` has the position of each partition with records waiting."""
        self._looked_at = now
        before, self._since = self._since, {}
        for partition, position in behind.items():
            last, since = before.get(partition, (position, now))
            self._since[partition] = (position, since if last == position else now)
        return any(now - since > self._patience for _, since in self._since.values())


class SeekToStored(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka ships no types
    """On assignment, go to the position stored in the database; `sought` are the partitions where that was done."""

    def __init__(self, consumer: AIOKafkaConsumer, uow: UnitOfWork, scope: str, cluster: str) -> None:
        self._consumer, self._uow, self._scope, self.cluster = consumer, uow, scope, cluster
        self.sought: set[TopicPartition] = set()
        self._failure: Exception | None = None

    def check(self) -> None:
        """Raise what went wrong in a call-back, where aiokafka only logs it."""
        if self._failure is not None:
            raise self._failure

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Nothing to hand over: the next owner reads the position under its lock."""
        self.sought.difference_update(revoked)

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Open positions for new partitions and seek to all."""
        try:
            await self._seek(sorted(assigned))
        except Exception as error:  # noqa: BLE001 - kept for `check`: aiokafka would log it and go on without the seek
            self._failure = error

    async def raise_positions(self, read: Mapping[TopicPartition, int]) -> None:
        """Store how far other verticals' records have been passed over, so that they are not read again."""
        if not read:
            return
        async with self._uow.begin(self._scope) as work:
            for partition, offset in sorted(read.items()):
                where = {"cluster": self.cluster, "topic": partition.topic, "partition": partition.partition}
                await work.run(road.RAISE_POSITION, **where, next_offset=offset)

    async def _seek(self, partitions: Sequence[TopicPartition]) -> None:
        if not partitions:
            return
        async with asyncio.timeout(_ADMIN_SECONDS):
            ends = await self._consumer.end_offsets(partitions)
        async with self._uow.begin(self._scope) as work:
            rows = await work.all(
                road.OPEN_POSITIONS,
                cluster=self.cluster,
                topics=[partition.topic for partition in partitions],
                partitions=[partition.partition for partition in partitions],
            )
            for row in rows:
                partition = TopicPartition(row["topic"], row["partition"])
                self._consumer.seek(
                    partition, await self._reachable(work, partition, row["next_offset"], ends[partition])
                )
                self.sought.add(partition)
        # Whoever opened a position a moment ago hid it from our statement: the next session sees it.
        if len(rows) < len(partitions):
            raise NotReady

    async def _reachable(self, work: Work, partition: TopicPartition, stored: int, end: int) -> int:
        """A log shorter than what was read of it was cut or made anew: read it whole, the inbox knows the repeats."""
        if stored <= end:
            return stored
        log.error("consumer.log_was_cut", topic=partition.topic, partition=partition.partition, stored=stored, end=end)
        where = {"cluster": self.cluster, "topic": partition.topic, "partition": partition.partition}
        await work.run(road.MOVE_POSITION, **where, next_offset=0)
        return 0


async def _hint(consumer: AIOKafkaConsumer, hinted: dict[TopicPartition, int]) -> None:
    """Commit what Kafka was not told yet: in a new session everything, as the last hints of the old one may be lost."""
    try:
        async with asyncio.timeout(_ADMIN_SECONDS):
            reached = {partition: await consumer.position(partition) for partition in consumer.assignment()}
            news = dict(reached.items() - hinted.items())
            if news:
                await consumer.commit(news)
                hinted |= news
    except (KafkaError, TimeoutError) as error:
        log.info("consumer.hint_lost", error=type(error).__name__)


async def _behind(consumer: AIOKafkaConsumer) -> dict[TopicPartition, int]:
    """The position of each assigned partition with records that were not polled, asked of the broker itself."""
    mine = consumer.assignment()
    if not mine:
        return {}
    async with asyncio.timeout(_ADMIN_SECONDS):
        ends = await consumer.end_offsets(mine)
        positions = {partition: await consumer.position(partition) for partition in ends}
    return {partition: position for partition, position in positions.items() if position < ends[partition]}
