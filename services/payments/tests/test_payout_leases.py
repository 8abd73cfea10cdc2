"""A crash, or a worker that outlives its lease: what has ended here is never sent again, and no end is undone."""

from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest
from services.payments.tests.builders import SCOPE
from services.payments.tests.fake_bank import CBUS
from services.payments.tests.till import Till

from common.settings import SHARED
from common.testing import Databases
from payments import usecases
from payments.clients import BankNotAcceptedError
from payments.domain.bank import MovementKind, MovementStatus
from payments.store import movements, payouts

LEASE = timedelta(seconds=60)
NO_END = "ALTER TABLE payout_batch ADD CONSTRAINT no_end CHECK (status <> 'refused') NOT VALID"


@pytest.fixture
async def owner(databases: Databases) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(databases.owner_dsns[SCOPE])
    try:
        yield connection
    finally:
        await connection.close()


async def two_of_a_batch(till: Till) -> Till:
    """The first one's account is wrong at the bank; the second provider."""
    other = await Till(till.road, till.bank).open(cbu=CBUS[1])
    for each in (till, other):
        await each.earn(10_000)
        await each.turn()
    (row,) = await till.payouts()
    till.bank.refuse[till.item(row["id"])] = "limit"
    return other


async def test_a_crash_after_a_refusal_leaves_nothing_failed_in_a_batch_that_is_to_be_sent(
    till: Till, owner: asyncpg.Connection
) -> None:
    other = await two_of_a_batch(till)
    await owner.execute(f"SET search_path TO {SCOPE}; {NO_END}")
    try:
        await till.send()
    finally:
        await owner.execute(f"ALTER TABLE {SCOPE}.payout_batch DROP CONSTRAINT no_end")
    assert (await till.statuses(), await other.statuses()) == (["batched"], ["batched"])
    await till.send()
    assert (await till.statuses(), await other.statuses()) == (["failed"], ["approved"])


async def test_what_was_failed_here_is_never_in_what_the_bank_is_told(till: Till) -> None:
    other = await two_of_a_batch(till)
    till.bank.fail.append(BankNotAcceptedError("http-429", 0))
    await till.send()
    async with till.road.uow.begin(SCOPE) as work:
        await work.connection.execute("UPDATE payout SET status = 'failed' WHERE provider_id = $1", till.id)
    till.bank.refuse.clear()
    await till.send()
    (sent,) = till.bank.batches.values()
    (row,) = await other.payouts()
    assert [item.id for item in sent.items] == [other.item(row["id"])]


async def test_a_batch_of_which_nothing_is_left_is_over(till: Till) -> None:
    await till.earn(10_000)
    await till.turn()
    await usecases.gather_payouts(till.context, SCOPE)
    async with till.road.uow.begin(SCOPE) as work:
        await work.connection.execute("UPDATE payout SET status = 'failed' WHERE provider_id = $1", till.id)
    await till.send()
    (row,) = await till.payouts()
    assert await batch_of(till, row["batch_id"]) == ("refused", None)
    assert "send_batch" not in till.bank.asked


@pytest.mark.parametrize("wrong", [False, True])
async def test_who_outlived_its_lease_does_not_undo_what_became_of_a_batch(till: Till, *, wrong: bool) -> None:
    await till.earn(10_000)
    await till.turn()
    await usecases.gather_payouts(till.context, SCOPE)
    async with till.road.uow.begin(SCOPE) as work:
        (stale,) = await payouts.claim_batches(work, 4, LEASE)
    (row,) = await till.payouts()
    if wrong:
        till.bank.refuse[till.item(row["id"])] = "limit"
    await till.send()
    till.bank.execute()
    await till.send()
    async with till.road.uow.begin(SCOPE) as work:
        assert not await payouts.save_batch(work, stale, "prepared", timedelta(0), "late")
    assert await batch_of(till, row["batch_id"]) == ("refused" if wrong else "done", None)


async def test_who_outlived_its_lease_does_not_take_up_a_movement_again(till: Till) -> None:
    line = till.bank.move(MovementKind.MP_WITHDRAWAL, 500_000)
    await till.look()
    async with till.road.uow.begin(SHARED) as work:
        await movements.look_again(work, line.id, timedelta(0))
    query = "SELECT status, due_at FROM bank_movement WHERE id = $1"
    (row,) = await till.road.rows(query, line.id, scope=SHARED)
    assert (row["status"], row["due_at"]) == (MovementStatus.EXPLAINED, None)


async def batch_of(till: Till, batch_id: object) -> tuple[str, object]:
    (row,) = await till.road.rows("SELECT status, due_at FROM payout_batch WHERE id = $1", batch_id)
    return row["status"], row["due_at"]
