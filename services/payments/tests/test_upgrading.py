"""The upgrade to the money core: what the version before books, earlier or meanwhile, gets its provider as well."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final
from uuid import UUID, uuid4

import asyncpg
import pytest

from common.migration import upgrade
from common.testing import Databases, Servers, make_databases
from payments.app import SERVICE

SCOPE: Final = "barber"
INTENT: Final = """
    INSERT INTO intent (id, version, booking_id, client_id, provider_id, status, currency, amount_minor, captured_minor,
                        refunded_minor, collector_id, city, province, expires_at, created_at)
    VALUES ($1, 1, $2, $2, $3, 'paid', 'ARS', 100, 100, 0, '1', '', '', now(), now())
"""
BOOK: Final = """
    WITH entry AS (
        INSERT INTO ledger_transaction (id, reference, kind, intent_id, booking_id, charge_id)
        VALUES ($1, $2, 'capture', $3, $3, '1'))
    INSERT INTO ledger_posting (transaction_id, line, account, currency, amount_minor)
    VALUES ($1, 1, 'psp_clearing', 'ARS', 100), ($1, 2, 'booking_held', 'ARS', -100)
"""


@pytest.fixture
async def before(servers: Servers, worker_suffix: str) -> AsyncIterator[Databases]:
    """A schema as the version before has it."""
    name = f"upgraded_payments{worker_suffix}"
    made = await make_databases(servers.postgres_dsn, name, [SCOPE], SERVICE.migrations, "0003")
    yield made
    owner = await asyncpg.connect(made.owner_dsns[SCOPE])
    try:
        await owner.execute(f"DROP SCHEMA {SCOPE} CASCADE")
    finally:
        await owner.close()


async def test_what_the_version_before_books_has_its_provider_once_the_upgrade_is_through(before: Databases) -> None:
    provider, intent = uuid4(), uuid4()
    older = await asyncpg.connect(before.dsns[SCOPE])
    try:
        await older.execute(INTENT, intent, uuid4(), provider)
        earlier = await book(older, intent)
        await migrate(before, "0011")
        meanwhile = await book(older, intent)
        await migrate(before, "head")
        named = await older.fetch("SELECT id FROM ledger_transaction WHERE provider_id = $1", provider)
    finally:
        await older.close()
    assert {row["id"] for row in named} == {earlier, meanwhile}


async def book(older: asyncpg.Connection, intent: UUID) -> UUID:
    """A capture, in the words of the version before."""
    entry = uuid4()
    await older.execute(BOOK, entry, f"capture:{entry}", intent)
    return entry


async def migrate(databases: Databases, revision: str) -> None:
    await asyncio.to_thread(upgrade, SERVICE.migrations, databases.owner_dsns[SCOPE], SCOPE, revision)
