"""The unit of work on a real PostgreSQL."""

from datetime import timedelta

import asyncpg
import pytest
from libs.common.tests.builders import activity

from common.errors import InProgress, KeyReused, UnknownVertical
from common.http import Body
from common.idempotency import Once, Replayed
from common.testing import Databases, published
from common.uow import UnitOfWork
from contracts.ids import new_id


class Echo(Body):
    said: str


def once(key: str, body: bytes = b"body") -> Once:
    return Once("somebody POST /things", key, body, 201, lambda said: Echo(said=said))


async def test_a_fact_published_in_a_committed_transaction_stands_in_the_outbox(uow: UnitOfWork) -> None:
    fact = activity()
    async with uow.begin("barber") as work:
        await work.publish(fact)
    (event,) = await published(uow, "barber", fact.subject)
    assert event.data == fact
    assert event.vertical == "barber"


async def test_a_fact_published_in_a_failed_transaction_never_was(uow: UnitOfWork) -> None:
    fact = activity()
    with pytest.raises(ZeroDivisionError):
        async with uow.begin("barber") as work:
            await work.publish(fact)
            raise ZeroDivisionError
    assert await published(uow, "barber", fact.subject) == []


async def test_what_waits_for_the_commit_is_called_after_it_and_never_after_a_rollback(uow: UnitOfWork) -> None:
    called: list[str] = []
    async with uow.begin("barber") as work:
        work.after_commit(lambda: called.append("committed"))
        assert called == []
    with pytest.raises(ZeroDivisionError):
        async with uow.begin("barber") as work:
            work.after_commit(lambda: called.append("rolled back"))
            raise ZeroDivisionError
    assert called == ["committed"]


async def test_an_unknown_scope_is_refused(uow: UnitOfWork) -> None:
    with pytest.raises(UnknownVertical):
        async with uow.begin("astrology"):
            pass


async def test_a_repeated_key_is_answered_with_the_stored_reply(uow: UnitOfWork) -> None:
    key = str(new_id())
    async with uow.begin("barber", once(key)) as work:
        await work.finish("hola")
    with pytest.raises(Replayed) as replayed:
        async with uow.begin("barber", once(key)):
            pass
    assert (replayed.value.status, replayed.value.body) == (201, '{"said":"hola"}')


async def test_a_key_used_with_another_body_is_refused(uow: UnitOfWork) -> None:
    key = str(new_id())
    async with uow.begin("barber", once(key)) as work:
        await work.finish("hola")
    with pytest.raises(KeyReused):
        async with uow.begin("barber", once(key, b"other")):
            pass


async def test_a_key_still_being_worked_on_is_told_to_come_back(uow: UnitOfWork) -> None:
    key = str(new_id())
    async with uow.begin("barber", once(key)):
        with pytest.raises(InProgress):
            async with uow.begin("barber", once(key)):
                pass


async def test_a_key_whose_request_failed_is_free_again(uow: UnitOfWork) -> None:
    key = str(new_id())
    with pytest.raises(ZeroDivisionError):
        async with uow.begin("barber", once(key)):
            raise ZeroDivisionError
    async with uow.begin("barber", once(key)) as work:
        assert await work.finish("otra vez") == "otra vez"


async def test_only_the_owner_shifts_the_clock(uow: UnitOfWork, toy_databases: Databases) -> None:
    await toy_databases.shift_clock("barber", timedelta(days=3))
    try:
        async with uow.begin("barber") as work:
            shifted = await work.now()
        async with uow.begin("psychology") as work:
            real = await work.now()
    finally:
        await toy_databases.shift_clock("barber", timedelta(0))
    assert timedelta(days=2, hours=23) < shifted - real < timedelta(days=3, hours=1)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with uow.begin("barber") as work:
            await work.connection.execute("UPDATE clock_offset SET shift = '1 day'")


@pytest.mark.parametrize("table", ["outbox", "inbox", "idempotency"])
async def test_the_application_cannot_rewrite_what_was_recorded(uow: UnitOfWork, table: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with uow.begin("barber") as work:
            await work.connection.execute(f"DELETE FROM {table}")  # noqa: S608 - names from this test


async def test_a_role_of_one_vertical_cannot_read_another(uow: UnitOfWork) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with uow.begin("barber") as work:
            await work.connection.fetch("SELECT * FROM psychology.thing")


async def test_a_connection_left_in_the_middle_of_a_statement_is_given_to_nobody_else(uow: UnitOfWork) -> None:
    async with uow.read("barber") as session:
        before = await session.connection.fetchval("SELECT pg_backend_pid()")
    with pytest.raises(asyncpg.DataError):
        async with uow.read("barber") as session:
            await session.connection.fetchval("SELECT CAST($1 AS bigint)", 2**80)
    async with uow.read("barber") as session:
        assert await session.connection.fetchval("SELECT pg_backend_pid()") != before
