"""The audit log keeps a fingerprint of each entry: what is changed or taken out of the ledger afterwards shows."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from services.payments.tests.builders import SCOPE, Road

from common.testing import Databases
from contracts.ids import new_id
from payments import usecases
from payments.usecases import audited

_GAUGE = 'payments_ledger_tampered_entries{scope="barber"} '


async def tampered(road: Road) -> float:
    """How many entries are not what was booked."""
    await usecases.check_fingerprints(road.context, SCOPE)
    (line,) = [line for line in (await road.http.get("/metrics")).text.splitlines() if line.startswith(_GAUGE)]
    return float(line.removeprefix(_GAUGE))


@pytest.fixture
async def owner(databases: Databases) -> AsyncIterator[asyncpg.Connection]:
    """Whoever owns the database may do anything; each test puts back what it changed."""
    connection = await asyncpg.connect(databases.owner_dsns[SCOPE])
    await connection.execute("SET search_path TO barber")
    yield connection
    await connection.close()


async def test_a_ledger_that_nobody_touched_is_what_was_booked(road: Road) -> None:
    await road.paid()
    assert await tampered(road) == 0


async def test_an_entry_changed_by_the_databases_owner_shows(road: Road, owner: asyncpg.Connection) -> None:
    _, payment_id, _ = await road.paid()
    change = "UPDATE ledger_posting SET amount_minor = amount_minor + {} WHERE line = {} AND transaction_id = $1"
    entry = await owner.fetchval("SELECT id FROM ledger_transaction WHERE intent_id = $1", payment_id)
    for line, minor in ((1, 100), (2, -100)):
        await owner.execute(change.format(minor, line), entry)
    assert await tampered(road) == 1
    for line, minor in ((1, -100), (2, 100)):
        await owner.execute(change.format(minor, line), entry)
    assert await tampered(road) == 0


async def test_an_entry_taken_out_shows(road: Road, owner: asyncpg.Connection) -> None:
    """What is left of it is its fingerprint."""
    gone = new_id()
    async with road.uow.begin(SCOPE) as work:
        work.audit(audited.booked(gone, "0" * 64))
    assert await tampered(road) == 1
    await owner.execute("DELETE FROM audit_entry WHERE subject = $1", gone)
    assert await tampered(road) == 0
