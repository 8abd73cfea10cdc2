"""The upgrade to services in stretches: what the version before wrote, earlier or meanwhile, is as plain as it was."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final
from uuid import UUID, uuid4

import asyncpg
import pytest

from common.migration import upgrade
from common.testing import Databases, Servers, Tokens, api_client, make_databases, settings_for
from providers.app import SERVICE
from providers.settings import Settings

SCOPE: Final = "barber"
SIGN_UP: Final = """
    WITH shop AS (INSERT INTO provider (id, owner_account_id, display_name, slug, status, version)
                  VALUES ($1, $1, 'Nico', 'nico', 'active', 1)),
         here AS (INSERT INTO place (id, provider_id, name, address, city, province, zone, point)
                  VALUES ($2, $1, 'Centro', 'Colón 1', 'Córdoba', 'X', 'America/Argentina/Cordoba',
                          ST_Point(-64.18, -31.42, 4326)::geography)),
         nico AS (INSERT INTO staff (id, provider_id, display_name, place_ids) VALUES ($3, $1, 'Nico', ARRAY[$2]))
    INSERT INTO schedule (id, provider_id, staff_id, place_id, weekly, version)
    VALUES ($4, $1, $3, $2, '[[1, "10:00", "20:00"]]', 1)
"""
OFFER: Final = """
    INSERT INTO service (id, provider_id, code, name, search_text, duration_minutes, buffer_before_minutes,
                         buffer_after_minutes, price_minor, currency, deposit_kind, deposit_value, staff_ids, needs,
                         active, version)
    VALUES ($1, $2, 'corte', 'Corte', 'corte', 30, 0, 0, 850000, 'ARS', 'none', 0, ARRAY[$3::uuid], '{}', true, 1)
"""


@pytest.fixture
async def before(servers: Servers, worker_suffix: str) -> AsyncIterator[Databases]:
    """A schema as the version before has it."""
    name = f"upgraded_providers{worker_suffix}"
    made = await make_databases(servers.postgres_dsn, name, [SCOPE], SERVICE.migrations, "0002")
    yield made
    owner = await asyncpg.connect(made.owner_dsns[SCOPE])
    try:
        await owner.execute(f"DROP SCHEMA {SCOPE} CASCADE")
    finally:
        await owner.close()


async def test_what_the_version_before_wrote_is_attended_whole_with_one_price_and_no_cap(
    before: Databases, tokens: Tokens
) -> None:
    shop, place, staff, schedule = (uuid4() for _ in range(4))
    older = await asyncpg.connect(before.dsns[SCOPE])
    try:
        await older.execute(SIGN_UP, shop, place, staff, schedule)
        await older.execute(OFFER, uuid4(), shop, staff)
        await asyncio.to_thread(upgrade, SERVICE.migrations, before.owner_dsns[SCOPE], SCOPE, "head")
        await older.execute(OFFER, uuid4(), shop, staff)
    finally:
        await older.close()
    shown = await profile(before, tokens, shop)
    assert [(one["weight"], one["placeIds"]) for one in shown["staff"]] == [(1, [str(place)])]
    assert [(one["days"], one["weekly"]) for one in shown["hours"]] == [
        ([], [{"day": 1, "start": "10:00", "end": "20:00"}])
    ]
    for service in shown["services"]:
        assert (service["segments"], service["prices"], service["approval"]) == ([], [], False)
        assert service["priceWithoutNationalTaxes"] == service["price"] == 8500
    assert len(shown["services"]) == 2


async def profile(databases: Databases, tokens: Tokens, shop: UUID) -> dict[str, list[dict[str, object]]]:
    async with api_client(SERVICE, settings_for(Settings, databases), tokens, SCOPE) as (http, _context):
        reply = await http.get(f"/api/v1/providers/{shop}")
    assert reply.status_code == 200, reply.text
    body: dict[str, list[dict[str, object]]] = reply.json()
    return body
