"""The service's databases, its API in each vertical, and a desk per account."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

import asyncpg
import httpx
import pytest
from services.providers.tests.builders import Desk, SitDown

from common.service import Context
from common.testing import Databases, Tokens, api_client, settings_for
from contracts.ids import AccountId, new_id
from providers.app import SERVICE
from providers.settings import Settings


@pytest.fixture(scope="session")
async def databases(
    make_service_databases: Callable[[str, Sequence[str], Path], Awaitable[Databases]],
) -> Databases:
    made = await make_service_databases("providers", ["barber", "psychology"], SERVICE.migrations)
    for scope, dsn in made.owner_dsns.items():
        await _empty(dsn, scope)
    return made


async def _empty(owner_dsn: str, scope: str) -> None:
    """Servers that outlive a run keep its shops, and a search would find them."""
    connection = await asyncpg.connect(owner_dsn)
    try:
        await connection.execute(f'TRUNCATE "{scope}".provider CASCADE')
    finally:
        await connection.close()


@pytest.fixture(scope="session")
async def apis(databases: Databases, tokens: Tokens) -> AsyncIterator[dict[str, tuple[httpx.AsyncClient, Context]]]:
    settings = settings_for(Settings, databases)
    async with (
        api_client(SERVICE, settings, tokens, "barber") as barber,
        api_client(SERVICE, settings, tokens, "psychology") as psychology,
    ):
        yield {"barber": barber, "psychology": psychology}


@pytest.fixture
def sit_down(apis: dict[str, tuple[httpx.AsyncClient, Context]], tokens: Tokens) -> SitDown:
    """`sit_down("provider:barber")`: a desk of a new account with that scope; an empty one has no token."""

    def make(scope: str = "provider:barber", vertical: str = "barber", account: AccountId | None = None) -> Desk:
        who = account or AccountId(new_id())
        http, context = apis[vertical]
        return Desk(http, context, vertical, who, tokens.bearer(who, scope) if scope else {})

    return make


@pytest.fixture
def owner(sit_down: SitDown) -> Desk:
    return sit_down()


@pytest.fixture
def visitor(sit_down: SitDown) -> Desk:
    return sit_down(scope="")
