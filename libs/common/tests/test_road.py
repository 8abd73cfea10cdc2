"""Outbox -> relay -> Kafka -> consumer, on a real PostgreSQL and a real Kafka."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from random import Random
from uuid import UUID

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from libs.common.tests.builders import activity

from common import road
from common.consumer import Consumer
from common.db import connect
from common.kafka import cluster_id, create_topics, producer
from common.outbox import ForeignDatabaseError, Relay, relay_window
from common.service import Context, Service
from common.settings import ServiceSettings
from common.subscriptions import Subscriptions, project
from common.telemetry import span
from common.testing import Databases, Servers, eventually, settings_for
from common.uow import UnitOfWork, Work
from common.verticals import Verticals
from contracts.analytics import ClientActivity
from contracts.envelope import Event
from contracts.ids import new_id


@pytest.fixture(scope="session")
async def settings(
    toy: Service[ServiceSettings, Context], toy_databases: Databases, servers: Servers
) -> ServiceSettings:
    made = settings_for(toy.settings, toy_databases, servers.kafka_bootstrap)
    await create_topics("analytics", made)
    return made


class Seen:
    """A projection that remembers, in memory and in the database, what it was given."""

    def __init__(self) -> None:
        self.events: list[Event[ClientActivity]] = []

    async def remember(self, _context: Context, _work: Work, events: Sequence[Event[ClientActivity]]) -> None:
        self.events += events

    def of(self, subjects: set[UUID]) -> list[Event[ClientActivity]]:
        return [event for event in self.events if event.subject in subjects]


@asynccontextmanager
async def relaying(databases: Databases, settings: ServiceSettings) -> AsyncIterator[Relay]:
    relay = Relay("toy", "barber", databases.dsns["barber"], settings)
    task = asyncio.create_task(relay.run())
    yield relay
    relay.stop()
    await asyncio.wait_for(task, 10)


@asynccontextmanager
async def consuming(
    uow: UnitOfWork, settings: ServiceSettings, seen: Seen, group: str
) -> AsyncIterator[Consumer[Context]]:
    table = Subscriptions([project(ClientActivity, into=seen.remember)])
    consumer = Consumer(group, "barber", Context(uow, Verticals({})), uow, table, settings)
    task = asyncio.create_task(consumer.run())
    yield consumer
    consumer.stop()
    await asyncio.wait_for(task, 10)


async def publish_from_many_writers(
    uow: UnitOfWork, subjects: Sequence[UUID], each: int, seed: int
) -> dict[UUID, list[int]]:
    """Transactions that overlap, wait, and sometimes fail; what was committed, per aggregate in version order."""
    committed: dict[UUID, list[int]] = defaultdict(list)
    locks = {subject: asyncio.Lock() for subject in subjects}
    chance = Random(seed)

    async def write(subject: UUID) -> None:
        async with locks[subject]:
            version = len(committed[subject]) + 1
            fails = chance.random() < 0.2
            with suppress(ZeroDivisionError):
                async with uow.begin("barber") as work:
                    await work.publish(activity(subject, version))
                    await work.connection.execute("SELECT pg_sleep($1)", chance.random() * 0.02)
                    version += 1 // (not fails)
                committed[subject].append(version - 1)

    await asyncio.gather(*(write(chance.choice(subjects)) for _ in range(each * len(subjects))))
    return committed


async def test_no_committed_event_is_lost_and_each_aggregates_events_keep_their_order(
    uow: UnitOfWork, toy_databases: Databases, settings: ServiceSettings
) -> None:
    subjects, seen = [new_id() for _ in range(8)], Seen()
    async with relaying(toy_databases, settings), consuming(uow, settings, seen, f"order-{new_id()}"):
        committed = await publish_from_many_writers(uow, subjects, 25, seed=7)
        total = sum(map(len, committed.values()))
        await eventually(lambda: len(seen.of(set(subjects))) >= total)
    received: dict[UUID, list[int]] = defaultdict(list)
    for event in seen.of(set(subjects)):
        received[event.subject].append(event.sequence)
    assert received == committed


async def test_a_consumer_starts_again_where_its_database_says_and_not_where_kafka_says(
    uow: UnitOfWork, toy_databases: Databases, settings: ServiceSettings
) -> None:
    group, first, second = f"again-{new_id()}", Seen(), Seen()
    before, missed = activity(), activity()
    async with relaying(toy_databases, settings):
        async with consuming(uow, settings, first, group):
            await publish(uow, before)
            await eventually(lambda: first.of({before.subject}))
        await publish(uow, missed)
        await commit_ahead(settings, f"{group}.barber", missed)
        async with consuming(uow, settings, second, group):
            await eventually(lambda: second.of({missed.subject}))
    assert second.of({before.subject}) == []


async def test_what_kafka_was_never_told_or_lost_it_is_told_by_the_next_session(
    uow: UnitOfWork, toy_databases: Databases, settings: ServiceSettings
) -> None:
    group, first, second = f"hint-{new_id()}", Seen(), Seen()
    before, after = [activity() for _ in range(12)], activity()
    async with relaying(toy_databases, settings):
        async with consuming(uow, settings, first, f"first-{new_id()}"):
            await publish(uow, *before)
            await eventually(lambda: len(first.of({fact.subject for fact in before})) == len(before))
        async with consuming(uow, settings, second, group):
            await publish(uow, after)
            await eventually(lambda: second.of({after.subject}))
    told, stored = await committed_offsets(settings, f"{group}.barber"), await stored_positions(uow, settings)
    assert {one: offset for one, offset in stored.items() if told.get(one, 0) < offset} == {}
    assert min(stored.values()) > 0


async def test_a_log_that_was_made_anew_is_read_from_its_beginning(
    uow: UnitOfWork, toy_databases: Databases, settings: ServiceSettings
) -> None:
    seen, sent = Seen(), activity()
    async with uow.begin("barber") as work:
        await work.connection.execute("UPDATE consumer_position SET next_offset = 1000000")
    async with relaying(toy_databases, settings), consuming(uow, settings, seen, f"anew-{new_id()}"):
        await publish(uow, sent)
        await eventually(lambda: seen.of({sent.subject}))


async def test_after_a_restore_elsewhere_everything_kept_is_sent_again(
    uow: UnitOfWork, toy_databases: Databases, settings: ServiceSettings
) -> None:
    sent = activity()
    async with uow.begin("psychology") as work:
        await work.publish(sent)
    out = producer(settings, "restored")
    await out.start()
    connection = await connect(toy_databases.dsns["psychology"], "restored")
    try:
        await relay_window(connection, out, "toy", "psychology")
        await connection.execute("UPDATE relay_cursor SET system_identifier = 1")
        async with uow.begin("psychology") as work:
            await work.value(road.REBASE)
        kept = await connection.fetchval("SELECT count(*) FROM outbox")
        assert await relay_window(connection, out, "toy", "psychology") == kept > 0
        assert await relay_window(connection, out, "toy", "psychology") == 0
    finally:
        await connection.close()
        await out.stop()


async def test_a_reader_whose_positions_are_put_back_reads_from_the_beginning(
    uow: UnitOfWork, toy_databases: Databases, settings: ServiceSettings
) -> None:
    sent, seen = activity(), Seen()
    await forget_positions(uow)
    async with relaying(toy_databases, settings), consuming(uow, settings, seen, f"new-{new_id()}"):
        await publish(uow, sent)
        await eventually(lambda: seen.of({sent.subject}))


async def test_the_trace_and_the_vertical_arrive_with_the_event(
    uow: UnitOfWork, toy_databases: Databases, settings: ServiceSettings
) -> None:
    sent, seen = activity(), Seen()
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    async with relaying(toy_databases, settings), consuming(uow, settings, seen, f"trace-{new_id()}"):
        with span("request", traceparent=parent):
            await publish(uow, sent)
        await eventually(lambda: seen.of({sent.subject}))
    (event,) = seen.of({sent.subject})
    assert event.vertical == "barber"
    assert (event.traceparent or "").split("-")[1] == parent.split("-")[1]


async def test_a_relay_refuses_a_database_that_is_not_its_own(
    uow: UnitOfWork, toy_databases: Databases, settings: ServiceSettings
) -> None:
    out = producer(settings, "foreign")
    await out.start()
    connection = await asyncpg.connect(toy_databases.dsns["psychology"])
    try:
        await connection.execute("UPDATE relay_cursor SET system_identifier = 1")
        with pytest.raises(ForeignDatabaseError):
            await relay_window(connection, out, "toy", "psychology")
    finally:
        await connection.close()
        await out.stop()


async def publish(uow: UnitOfWork, *facts: ClientActivity) -> None:
    async with uow.begin("barber") as work:
        await work.publish(*facts)


async def forget_positions(uow: UnitOfWork) -> None:
    async with uow.begin("barber") as work:
        await work.connection.execute("UPDATE consumer_position SET next_offset = 0")


async def commit_ahead(settings: ServiceSettings, group: str, waiting: ClientActivity) -> None:
    """Put the group's own offsets behind the last record, as an operator's slip would, once `waiting` has arrived."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka_bootstrap,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        mine = [TopicPartition(ClientActivity.topic, partition) for partition in range(settings.kafka_partitions)]
        consumer.assign(mine)
        await consumer.seek_to_beginning(*mine)
        async with asyncio.timeout(10):
            async for record in consumer:
                if record.key == str(waiting.subject).encode():
                    break
        await consumer.commit(await consumer.end_offsets(mine))
    finally:
        await consumer.stop()


async def committed_offsets(settings: ServiceSettings, group: str) -> dict[int, int]:
    """What Kafka believes the group has read, by partition."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)
    await admin.start()
    try:
        found = await admin.list_consumer_group_offsets(group)
    finally:
        await admin.close()
    return {partition.partition: one.offset for partition, one in found.items()}


async def stored_positions(uow: UnitOfWork, settings: ServiceSettings) -> dict[int, int]:
    """What the reader's own database says."""
    query = "SELECT partition, next_offset FROM consumer_position WHERE cluster = $1 AND topic = $2"
    async with uow.read("barber") as session:
        rows = await session.connection.fetch(query, await cluster_id(settings), ClientActivity.topic)
    return {row["partition"]: row["next_offset"] for row in rows}
