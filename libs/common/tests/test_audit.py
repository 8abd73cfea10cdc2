"""The audit chain on a real PostgreSQL: what breaks it, and who may append to it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

import asyncpg
import pytest

from common.audit import SYSTEM, Entry, seal_head
from common.audit_check import Checked, check_chain, read_heads
from common.kafka import create_topics, producer
from common.settings import ServiceSettings
from common.testing import Databases, Servers, event, settings_for
from common.uow import UnitOfWork, close_databases, open_databases
from contracts.audit import AuditSealed, chain_id
from contracts.envelope import encode
from contracts.ids import AccountId, new_id

MIGRATIONS = Path(__file__).parent / "toy" / "migrations"
SCOPE = "barber"
WRITERS = 16


@pytest.fixture(scope="module")
async def databases(make_service_databases: Callable[[str, Sequence[str], Path], Awaitable[Databases]]) -> Databases:
    return await make_service_databases("audited", [SCOPE], MIGRATIONS)


async def as_owner(databases: Databases, *steps: str) -> None:
    """Whatever somebody with the owner's rights may do."""
    connection = await asyncpg.connect(databases.owner_dsns[SCOPE])
    try:
        await connection.execute(f'SET search_path TO "{SCOPE}"')
        for step in steps:
            await connection.execute(step)
    finally:
        await connection.close()


@pytest.fixture
async def uow(databases: Databases) -> AsyncIterator[UnitOfWork]:
    """On an empty chain."""
    await as_owner(
        databases,
        "TRUNCATE audit_entry",
        "UPDATE audit_head SET sequence = 0, hash = decode(repeat('00', 32), 'hex')",
        "UPDATE audit_seal SET sequence = 0",
    )
    opened = await open_databases(databases.dsns, 8, "audited")
    yield UnitOfWork("audited", opened, lambda _scope: None)
    await close_databases(tuple(opened.values()))


def entry(number: int = 1) -> Entry:
    return Entry("booking.read", AccountId(new_id()), new_id(), {"número": number, "b": "ñandú", "a": '"1:x",'})


async def write(uow: UnitOfWork, count: int = 5) -> None:
    async with uow.begin(SCOPE) as work:
        work.audit(*(entry(number) for number in range(count)))


async def seal(uow: UnitOfWork, *, again: bool = False) -> AuditSealed | None:
    async with uow.begin(SCOPE) as work:
        return await seal_head(work, "audited", SCOPE, again=again)


async def check(uow: UnitOfWork, *heads: AuditSealed | None) -> Checked:
    return await check_chain(uow, "audited", SCOPE, [head for head in heads if head is not None])


async def test_a_chain_that_nobody_touched_is_whole(uow: UnitOfWork) -> None:
    await write(uow)
    async with uow.begin(SCOPE) as work:
        work.audit(Entry("audit.tried", SYSTEM))
    checked = await check(uow, await seal(uow))
    assert (checked.broken_at, checked.entries, checked.sealed) == (None, 6, 6)
    assert str(checked) == "audit audited barber: 6 entries, whole; sealed in Kafka up to 6"


SWAP = """
    UPDATE audit_entry a SET at = b.at, action = b.action, actor = b.actor, subject = b.subject, detail = b.detail
    FROM audit_entry b WHERE (a.sequence, b.sequence) IN ((2, 4), (4, 2))
"""
RENUMBER = (
    "UPDATE audit_entry SET sequence = 99 WHERE sequence = 2",
    "UPDATE audit_entry SET sequence = 2 WHERE sequence = 4",
    "UPDATE audit_entry SET sequence = 4 WHERE sequence = 99",
)
COPY = """
    INSERT INTO audit_entry
    SELECT 6, at, action, actor, subject, vertical, trace_id, detail, hash, hash FROM audit_entry WHERE sequence = 5
"""


@pytest.mark.parametrize(
    ("steps", "broken_at"),
    [
        (("UPDATE audit_entry SET actor = 'system' WHERE sequence = 3",), 3),
        (("UPDATE audit_entry SET at = at + interval '1 microsecond' WHERE sequence = 3",), 3),
        (('UPDATE audit_entry SET detail = detail || \'{"b": "otra"}\' WHERE sequence = 3',), 3),
        (("UPDATE audit_entry SET subject = NULL WHERE sequence = 1",), 1),
        (("UPDATE audit_entry SET trace_id = 'x', vertical = 'b' WHERE sequence = 5",), 5),
        (("DELETE FROM audit_entry WHERE sequence = 3",), 3),
        (("DELETE FROM audit_entry WHERE sequence = 1",), 1),
        (("DELETE FROM audit_entry WHERE sequence > 3",), 4),
        (("TRUNCATE audit_entry",), 1),
        ((SWAP,), 2),
        (RENUMBER, 2),
        ((COPY,), 6),
        (("UPDATE audit_head SET sequence = 4",), 5),
    ],
    ids=[
        "an actor",
        "an instant",
        "a detail",
        "a subject",
        "a trace",
        "one deleted",
        "the first deleted",
        "the end cut off",
        "emptied",
        "two contents swapped",
        "two rows reordered",
        "one inserted",
        "the head moved",
    ],
)
async def test_a_row_that_was_touched_breaks_the_chain_there(
    uow: UnitOfWork, databases: Databases, steps: Sequence[str], broken_at: int
) -> None:
    await write(uow)
    await as_owner(databases, *steps)
    assert (await check(uow)).broken_at == broken_at


CUT = (
    "DELETE FROM audit_entry WHERE sequence > 3",
    "UPDATE audit_head SET (sequence, hash) = (SELECT sequence, hash FROM audit_entry WHERE sequence = 3)",
)


async def test_a_chain_cut_together_with_its_head_is_missed_by_the_head_that_was_sealed(
    uow: UnitOfWork, databases: Databases
) -> None:
    await write(uow)
    sealed = await seal(uow)
    await as_owner(databases, *CUT)
    assert (await check(uow)).broken_at is None
    assert (await check(uow, sealed)).broken_at == 4


async def test_a_chain_that_was_cut_and_grew_again_is_not_what_was_sealed(
    uow: UnitOfWork, databases: Databases
) -> None:
    await write(uow)
    sealed = await seal(uow)
    await as_owner(databases, *CUT)
    await write(uow)
    assert (await check(uow, sealed)).broken_at == 5


async def test_a_shortened_chain_is_not_sealed_again(uow: UnitOfWork, databases: Databases) -> None:
    await write(uow)
    await seal(uow)
    await as_owner(databases, *CUT)
    assert await seal(uow) is None


async def test_a_chain_made_anew_and_sealed_again_differs_from_what_was_sealed_first(
    uow: UnitOfWork, databases: Databases
) -> None:
    await write(uow)
    first = await seal(uow)
    await as_owner(databases, *CUT)
    await write(uow, 2)
    second = await seal(uow, again=True)
    assert first is not None
    assert second is not None
    assert first.version == second.version
    assert (await check(uow, second)).broken_at is None
    assert (await check(uow, first, second)).broken_at == 5


async def test_a_head_is_sealed_once_and_again_only_for_a_snapshot(uow: UnitOfWork) -> None:
    assert await seal(uow, again=True) is None
    await write(uow)
    first = await seal(uow)
    assert first is not None
    assert first.version == 5
    assert await seal(uow) is None
    assert await seal(uow, again=True) == first


async def test_sixteen_who_append_at_once_keep_one_chain(uow: UnitOfWork) -> None:
    async def several() -> None:
        for _ in range(10):
            await write(uow, 2)

    await asyncio.gather(*(several() for _ in range(WRITERS)))
    checked = await check(uow)
    assert (checked.broken_at, checked.entries) == (None, WRITERS * 10 * 2)


async def test_a_transaction_that_fails_leaves_no_entry(uow: UnitOfWork) -> None:
    with pytest.raises(ZeroDivisionError):
        async with uow.begin(SCOPE) as work:
            work.audit(entry())
            raise ZeroDivisionError
    assert (await check(uow)).entries == 0


async def test_heads_are_read_from_kafka_by_chain_in_their_order(databases: Databases, servers: Servers) -> None:
    settings = settings_for(ServiceSettings, databases, servers.kafka_bootstrap)
    await create_topics("audited", settings)
    chain = f"a chain of this test's own {new_id()}"
    heads = [AuditSealed(version=version, service=chain, scope=SCOPE, head="00" * 32) for version in (3, 5, 4)]
    sender = producer(settings, "audited")
    await sender.start()
    try:
        for head in heads:
            await sender.send_and_wait(head.topic, encode(event(head)), key=str(head.subject).encode())
    finally:
        await sender.stop()
    assert (await read_heads(settings))[chain_id(chain, SCOPE)] == heads


@pytest.mark.parametrize(
    "forbidden",
    [
        "INSERT INTO audit_entry SELECT * FROM audit_entry",
        "UPDATE audit_entry SET action = 'x'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "UPDATE audit_head SET sequence = 0",
        "DELETE FROM audit_head",
        "DELETE FROM audit_seal",
    ],
)
async def test_the_applications_role_only_appends(uow: UnitOfWork, forbidden: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with uow.begin(SCOPE) as work:
            await work.connection.execute(forbidden)
