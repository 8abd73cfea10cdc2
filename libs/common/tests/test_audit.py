"""The audit chain on a real PostgreSQL: what breaks it, what it misses, and who may add to it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

import asyncpg
import pytest

from common.audit import SYSTEM, Entry
from common.audit_chain import TRY_LOCK, link_entries, present_head
from common.audit_check import Checked, check_chain, read_heads
from common.kafka import create_topics, producer
from common.settings import ServiceSettings
from common.testing import Databases, Servers, event, published, settings_for
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


LINKED = """
    CREATE FUNCTION pg_temp.linked(bigint) RETURNS uuid LANGUAGE sql
    AS 'SELECT entry_id FROM audit_link WHERE sequence = $1'
"""


async def as_owner(databases: Databases, *steps: str) -> None:
    """Whatever somebody with the owner's rights may do."""
    connection = await asyncpg.connect(databases.owner_dsns[SCOPE])
    try:
        await connection.execute(f'SET search_path TO "{SCOPE}"')
        await connection.execute(LINKED)
        for step in steps:
            await connection.execute(step)
    finally:
        await connection.close()


@pytest.fixture
async def uow(databases: Databases) -> AsyncIterator[UnitOfWork]:
    """On an empty log."""
    await as_owner(databases, "TRUNCATE audit_link, audit_entry")
    opened = await open_databases(databases.dsns, 8, "audited")
    yield UnitOfWork("audited", opened, lambda _scope: None)
    await close_databases(tuple(opened.values()))


def entry(number: int = 1) -> Entry:
    return Entry("booking.read", AccountId(new_id()), new_id(), {"número": number, "b": "ñandú", "a": '"1:x",'})


async def write(uow: UnitOfWork, count: int = 5) -> None:
    async with uow.begin(SCOPE) as work:
        work.audit(*(entry(number) for number in range(count)))


async def head(uow: UnitOfWork) -> AuditSealed:
    async with uow.read(SCOPE) as session:
        found = await present_head(session, "audited", SCOPE)
    assert found is not None
    return found


async def link(uow: UnitOfWork, count: int = 5) -> AuditSealed:
    """So many entries more, linked; the head."""
    await write(uow, count)
    assert await link_entries(uow, "audited", SCOPE) == count
    return await head(uow)


async def check(uow: UnitOfWork, *heads: AuditSealed) -> Checked:
    return await check_chain(uow, "audited", SCOPE, heads)


async def test_a_chain_that_nobody_touched_is_whole(uow: UnitOfWork) -> None:
    await link(uow)
    async with uow.begin(SCOPE) as work:
        work.audit(Entry("audit.tried", SYSTEM))
    assert await link_entries(uow, "audited", SCOPE) == 1
    checked = await check(uow, await head(uow))
    assert (checked.whole, checked.entries, checked.sealed) == (True, 6, 6)
    assert str(checked) == "audit audited barber: 6 entries, whole; sealed in Kafka up to 6"


async def test_a_head_is_published_with_its_links_and_only_when_there_are_new_ones(uow: UnitOfWork) -> None:
    sealed = await link(uow)
    assert await link_entries(uow, "audited", SCOPE) == 0
    told = [each.data for each in await published(uow, SCOPE, chain_id("audited", SCOPE))]
    assert (told[-1], sealed.version) == (sealed, 5)


SWAP = """
    UPDATE audit_entry a SET at = b.at, action = b.action, actor = b.actor, subject = b.subject, detail = b.detail
    FROM audit_entry b, audit_link la, audit_link lb
    WHERE la.entry_id = a.id AND lb.entry_id = b.id AND (la.sequence, lb.sequence) IN ((2, 4), (4, 2))
"""
RENUMBER = (
    "UPDATE audit_link SET sequence = 99 WHERE sequence = 2",
    "UPDATE audit_link SET sequence = 2 WHERE sequence = 4",
    "UPDATE audit_link SET sequence = 4 WHERE sequence = 99",
)
COPY = """
    WITH copied AS (
        INSERT INTO audit_entry (id, action, actor, vertical, detail)
        SELECT gen_random_uuid(), action, actor, vertical, detail FROM audit_entry LIMIT 1 RETURNING id)
    INSERT INTO audit_link SELECT 6, id, (SELECT hash FROM audit_link WHERE sequence = 5) FROM copied
"""
UNTIE = "ALTER TABLE audit_link DROP CONSTRAINT IF EXISTS audit_link_entry_id_fkey"


@pytest.mark.parametrize(
    ("steps", "broken_at"),
    [
        (("UPDATE audit_entry SET actor = 'system' WHERE id = pg_temp.linked(3)",), 3),
        (("UPDATE audit_entry SET at = at + interval '1 microsecond' WHERE id = pg_temp.linked(3)",), 3),
        (('UPDATE audit_entry SET detail = detail || \'{"b": "otra"}\' WHERE id = pg_temp.linked(3)',), 3),
        (("UPDATE audit_entry SET subject = NULL WHERE id = pg_temp.linked(1)",), 1),
        (("UPDATE audit_entry SET trace_id = 'x', vertical = 'b' WHERE id = pg_temp.linked(5)",), 5),
        (("DELETE FROM audit_link WHERE sequence = 3",), 3),
        (("DELETE FROM audit_link WHERE sequence = 1",), 1),
        ((UNTIE, "DELETE FROM audit_entry WHERE id = pg_temp.linked(2)"), 2),
        ((SWAP,), 2),
        (RENUMBER, 2),
        ((COPY,), 6),
    ],
    ids=[
        "an actor",
        "an instant",
        "a detail",
        "a subject",
        "a trace",
        "a link deleted",
        "the first link deleted",
        "an entry deleted",
        "two contents swapped",
        "two links reordered",
        "one inserted",
    ],
)
async def test_what_was_touched_breaks_the_chain_there(
    uow: UnitOfWork, databases: Databases, steps: Sequence[str], broken_at: int
) -> None:
    await link(uow)
    await as_owner(databases, *steps)
    checked = await check(uow)
    assert (checked.broken_at, checked.whole) == (broken_at, False)


CUT = (
    "DELETE FROM audit_link WHERE sequence > 3",
    "DELETE FROM audit_entry WHERE id NOT IN (SELECT entry_id FROM audit_link)",
)


async def test_a_chain_cut_off_is_missed_by_the_head_that_was_sealed(uow: UnitOfWork, databases: Databases) -> None:
    sealed = await link(uow)
    await as_owner(databases, *CUT)
    assert (await check(uow)).broken_at is None
    assert (await check(uow, sealed)).broken_at == 4


async def test_a_chain_that_was_cut_and_grew_again_is_not_what_was_sealed(
    uow: UnitOfWork, databases: Databases
) -> None:
    first = await link(uow)
    await as_owner(databases, *CUT)
    second = await link(uow, 2)
    assert first.version == second.version
    assert (await check(uow, second)).broken_at is None
    assert (await check(uow, first, second)).broken_at == 5


HIDE = "UPDATE audit_entry SET at = at - interval '2 hours'"
HIDE_NEW = """
    UPDATE audit_entry SET at = at - interval '2 hours' WHERE id NOT IN (SELECT entry_id FROM audit_link)
"""


async def test_what_is_old_and_was_never_sealed_is_told(uow: UnitOfWork, databases: Databases) -> None:
    await link(uow)
    await as_owner(databases, "TRUNCATE audit_link", HIDE)
    assert str(await check(uow)) == "audit audited barber: NOT SEALED: 5 entries older than 5 min; does the worker run?"


async def test_what_was_linked_and_is_in_no_head_is_told_when_it_is_old(uow: UnitOfWork, databases: Databases) -> None:
    await write(uow)
    await as_owner(databases, HIDE)
    assert await link_entries(uow, "audited", SCOPE) == 5
    sealed = await head(uow)
    assert ((await check(uow)).unsealed, (await check(uow, sealed)).whole) == (5, True)


async def test_an_entry_that_says_it_is_older_than_an_hour_is_not_slipped_in(
    uow: UnitOfWork, databases: Databases
) -> None:
    sealed = await link(uow)
    await write(uow, 1)
    await as_owner(databases, HIDE_NEW)
    assert await link_entries(uow, "audited", SCOPE) == 0
    assert (await check(uow, sealed)).unsealed == 1


async def test_sixteen_who_write_while_others_link_keep_one_chain(uow: UnitOfWork) -> None:
    async def several() -> None:
        for _ in range(10):
            await write(uow, 2)
            await link_entries(uow, "audited", SCOPE)

    await asyncio.gather(*(several() for _ in range(WRITERS)))
    await link_entries(uow, "audited", SCOPE)
    checked = await check(uow, await head(uow))
    assert (checked.whole, checked.entries) == (True, WRITERS * 10 * 2)


async def test_whoever_writes_waits_for_nobody_who_links(uow: UnitOfWork) -> None:
    async with uow.begin(SCOPE) as linking:
        assert await linking.value(TRY_LOCK)
        await write(uow)
        assert await link_entries(uow, "audited", SCOPE) == 0
    assert await link_entries(uow, "audited", SCOPE) == 5


async def test_a_transaction_that_fails_leaves_no_entry(uow: UnitOfWork) -> None:
    with pytest.raises(ZeroDivisionError):
        async with uow.begin(SCOPE) as work:
            work.audit(entry())
            raise ZeroDivisionError
    assert await link_entries(uow, "audited", SCOPE) == 0


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
        "UPDATE audit_entry SET action = 'x'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "UPDATE audit_link SET sequence = 0",
        "DELETE FROM audit_link",
        "TRUNCATE audit_link",
    ],
)
async def test_the_applications_role_only_adds(uow: UnitOfWork, forbidden: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with uow.begin(SCOPE) as work:
            await work.connection.execute(forbidden)
