"""Each event counts once: the inbox on a real PostgreSQL, with records as Kafka would give them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from libs.common.tests.builders import activity

from common.dead_letters import ReplayReport, replay
from common.inbox import Inbox
from common.service import Context
from common.subscriptions import Subscriptions, project, react
from common.testing import event
from common.uow import UnitOfWork, Work
from common.verticals import Verticals
from contracts.analytics import ClientActivity
from contracts.base import Fact
from contracts.envelope import Event, encode, headers
from contracts.identity import AccountContact
from contracts.ids import AccountId, new_id

OFFSETS = count(1_000_000, 2)
"""Offsets of malformed records: they are parked under their place, and two tests must not share one."""


@dataclass(frozen=True)
class Record:
    """What aiokafka hands over, as far as the inbox looks."""

    topic: str
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]
    partition: int = 0


def record(sent: Event[Fact], offset: int) -> Record:
    given = [(name, value.encode()) for name, value in headers(sent).items()]
    return Record(sent.type, offset, str(sent.subject).encode(), encode(sent), given)


@dataclass
class Counter:
    """A use case that counts per subject, and fails for the subjects it is told to."""

    fails_for: set[UUID] = field(default_factory=set)
    slow_for: set[UUID] = field(default_factory=set)
    batches: list[int] = field(default_factory=list)

    async def one(self, _context: Context, work: Work, received: Event[Fact]) -> None:
        await self.count(_context, work, [received])

    async def count(self, _context: Context, work: Work, events: Sequence[Event[Fact]]) -> None:
        self.batches.append(len(events))
        for received in events:
            if received.subject in self.fails_for:
                raise ZeroDivisionError
            if received.subject in self.slow_for:
                await work.connection.execute("SET LOCAL statement_timeout TO '50ms'")
                await work.connection.execute("SELECT pg_sleep(1)")
            await work.connection.execute(
                "INSERT INTO thing (id, version, seen) VALUES ($1, 1, 1) "
                "ON CONFLICT (id) DO UPDATE SET seen = thing.seen + 1",
                received.subject,
            )


async def open_topic(uow: UnitOfWork, cluster: str, topic: str) -> None:
    async with uow.begin("barber") as work:
        await work.connection.execute(
            "INSERT INTO consumer_position (cluster, topic, partition, next_offset) VALUES ($1, $2, 0, 0)",
            cluster,
            topic,
        )


@pytest.fixture
def cluster() -> str:
    """A cluster nobody has read from yet."""
    return str(new_id())


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
def context(uow: UnitOfWork) -> Context:
    return Context(uow, Verticals({}))


@pytest.fixture
async def reacting(uow: UnitOfWork, counter: Counter, context: Context, cluster: str) -> Inbox[Context]:
    await open_topic(uow, cluster, ClientActivity.topic)
    return Inbox("toy", "barber", context, uow, Subscriptions([react(ClientActivity, counter.one)]))


@pytest.fixture
async def projecting(uow: UnitOfWork, counter: Counter, context: Context, cluster: str) -> Inbox[Context]:
    await open_topic(uow, cluster, ClientActivity.topic)
    return Inbox("toy", "barber", context, uow, Subscriptions([project(ClientActivity, into=counter.count)]))


async def seen(uow: UnitOfWork, subject: UUID) -> int:
    async with uow.read("barber") as session:
        return await session.connection.fetchval("SELECT seen FROM thing WHERE id = $1", subject) or 0


async def parked(uow: UnitOfWork, subject: object) -> list[str]:
    async with uow.read("barber") as session:
        rows = await session.connection.fetch(
            "SELECT reason FROM dead_letter WHERE subject = $1 AND resolved_at IS NULL ORDER BY id", str(subject)
        )
    return [row["reason"] for row in rows]


async def test_a_record_delivered_again_at_another_offset_is_passed_over(
    uow: UnitOfWork, reacting: Inbox[Context], cluster: str
) -> None:
    sent = event(activity())
    await reacting.take(cluster, [record(sent, 0), record(sent, 1)])
    await reacting.take(cluster, [record(sent, 2)])
    assert await seen(uow, sent.subject) == 1


async def test_a_zombie_reading_behind_the_stored_position_changes_nothing(
    uow: UnitOfWork, reacting: Inbox[Context], cluster: str
) -> None:
    late = event(activity())
    await reacting.take(cluster, [record(event(activity()), 10)])
    await reacting.take(cluster, [record(late, 9)])
    assert await seen(uow, late.subject) == 0


async def test_a_record_of_another_vertical_is_skipped_undecoded(
    uow: UnitOfWork, reacting: Inbox[Context], cluster: str
) -> None:
    sent = event(activity(), vertical="psychology")
    broken = Record(sent.type, 0, b"x", b"not even json", record(sent, 0).headers)
    await reacting.take(cluster, [broken])
    assert await parked(uow, "x") == []


async def test_a_shared_record_reaches_every_vertical(uow: UnitOfWork, reacting: Inbox[Context], cluster: str) -> None:
    sent = event(activity(), vertical="*")
    await reacting.take(cluster, [record(sent, 0)])
    assert await seen(uow, sent.subject) == 1


@pytest.mark.parametrize(
    "broken",
    [
        {"value": b""},
        {"value": b"not json"},
        {"value": b"[]"},
        {"value": b'{"specversion": "1.0"}'},
        {"value": b'{"specversion": "1.0", "id": "x", "type": "client.activity"}'},
        {"value": b"\xff\xfe"},
        {"value": b"{}", "key": b"a\0b"},
        {"value": b"{}", "headers": [("ce_vertical", b"barber"), ("x", b"a\0b")]},
        {"value": b"{}", "headers": [("ce_vertical", b"barber"), ("x", None)]},
        {"value": None, "key": None},
    ],
)
async def test_a_malformed_record_is_parked_and_the_rest_goes_on(
    uow: UnitOfWork, reacting: Inbox[Context], cluster: str, broken: dict[str, Any]
) -> None:
    good, offset = event(activity()), next(OFFSETS)
    bad = replace(record(good, offset), **broken)
    await reacting.take(cluster, [bad, record(good, offset + 1)])
    assert len(await parked(uow, f"client.activity/0/{offset}")) == 1
    assert await seen(uow, good.subject) == 1


async def test_an_event_whose_header_names_another_vertical_is_parked(
    uow: UnitOfWork, reacting: Inbox[Context], cluster: str
) -> None:
    offset = next(OFFSETS)
    sent = replace(record(event(activity(), vertical="psychology"), offset), headers=[("ce_vertical", b"barber")])
    await reacting.take(cluster, [sent])
    assert await parked(uow, f"client.activity/0/{offset}") == ["the vertical is not the header's"]


async def test_an_event_that_takes_the_database_too_long_is_parked_and_the_rest_goes_on(
    uow: UnitOfWork, reacting: Inbox[Context], counter: Counter, cluster: str
) -> None:
    slow, good = event(activity()), event(activity())
    counter.slow_for.add(slow.subject)
    await reacting.take(cluster, [record(slow, 0), record(good, 1)])
    assert await parked(uow, slow.subject) == ["TooSlow after 3 attempts"]
    assert await seen(uow, good.subject) == 1


async def test_a_failing_event_is_parked_with_the_later_ones_of_its_aggregate(
    uow: UnitOfWork, reacting: Inbox[Context], counter: Counter, cluster: str
) -> None:
    bad, good = activity(), event(activity())
    counter.fails_for.add(bad.subject)
    await reacting.take(cluster, [record(event(bad), 0), record(good, 1)])
    counter.fails_for.clear()
    await reacting.take(cluster, [record(event(bad), 2)])
    assert await parked(uow, bad.subject) == [
        "ZeroDivisionError after 3 attempts",
        "an earlier event of this aggregate is parked",
    ]
    assert (await seen(uow, bad.subject), await seen(uow, good.subject)) == (0, 1)


async def test_a_replay_applies_what_was_parked_once_the_cause_is_mended(
    uow: UnitOfWork, reacting: Inbox[Context], counter: Counter, context: Context, cluster: str
) -> None:
    async with uow.begin("barber") as work:
        await work.connection.execute("UPDATE dead_letter SET resolved_at = now()")
    bad = activity()
    counter.fails_for.add(bad.subject)
    first = event(bad)
    await reacting.take(cluster, [record(first, 0), record(event(bad), 1), record(first, 2)])
    table = Subscriptions([react(ClientActivity, counter.one)])
    assert await replay(uow, "barber", context, table) == ReplayReport(replayed=0, failed=2)
    counter.fails_for.clear()
    assert await replay(uow, "barber", context, table) == ReplayReport(replayed=2, failed=0)
    assert (await seen(uow, bad.subject), await parked(uow, bad.subject)) == (2, [])


async def test_a_projection_takes_a_batch_in_one_go(
    uow: UnitOfWork, projecting: Inbox[Context], counter: Counter, cluster: str
) -> None:
    sent = [event(activity()) for _ in range(120)]
    await projecting.take(cluster, [record(one, offset) for offset, one in enumerate(sent)])
    assert counter.batches == [120]
    assert await seen(uow, sent[-1].subject) == 1


async def test_reactions_are_at_most_fifty_in_one_transaction(
    reacting: Inbox[Context], uow: UnitOfWork, cluster: str
) -> None:
    sent = [event(activity()) for _ in range(120)]
    await reacting.take(cluster, [record(one, offset) for offset, one in enumerate(sent)])
    async with uow.read("barber") as session:
        transactions = await session.connection.fetchval(
            "SELECT count(DISTINCT xmin::text) FROM thing WHERE id = ANY ($1)", [one.subject for one in sent]
        )
    assert transactions == 3


async def test_an_erased_key_of_a_compacted_topic_is_understood(
    uow: UnitOfWork, counter: Counter, context: Context, cluster: str
) -> None:
    await open_topic(uow, cluster, AccountContact.topic)
    erased = event(AccountContact.tombstone(AccountId(new_id())), vertical="*")
    assert encode(erased) is None
    inbox = Inbox("toy", "barber", context, uow, Subscriptions([project(AccountContact, into=counter.count)]))
    await inbox.take(cluster, [record(erased, 0)])
    assert await seen(uow, erased.subject) == 1
