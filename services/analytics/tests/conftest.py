"""Analytics on a real PostgreSQL."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

import httpx
import pytest
from services.analytics.tests.builders import Shop

from analytics.app import SERVICE
from analytics.settings import Settings
from analytics.usecases import AnalyticsContext
from common.testing import Databases, Tokens, api_client, settings_for
from contracts.ids import AccountId, new_id

Headers = dict[str, str]


@pytest.fixture(scope="session")
async def databases(make_service_databases: Callable[[str, Sequence[str], Path], Awaitable[Databases]]) -> Databases:
    return await make_service_databases("analytics", ["barber", "psychology"], SERVICE.migrations)


@pytest.fixture(scope="session")
async def api(databases: Databases, tokens: Tokens) -> AsyncIterator[tuple[httpx.AsyncClient, AnalyticsContext]]:
    async with api_client(SERVICE, settings_for(Settings, databases), tokens) as client_and_context:
        yield client_and_context


@pytest.fixture(scope="session")
def http(api: tuple[httpx.AsyncClient, AnalyticsContext]) -> httpx.AsyncClient:
    return api[0]


@pytest.fixture(scope="session")
def context(api: tuple[httpx.AsyncClient, AnalyticsContext]) -> AnalyticsContext:
    return api[1]


@pytest.fixture(scope="session")
def port(worker_suffix: str) -> int:
    """The first of two ports that are this test worker's own."""
    return 24310 + 2 * int(worker_suffix.removeprefix("_gw") or 0)


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def as_analyst(tokens: Tokens) -> Headers:
    return tokens.bearer(AccountId(new_id()), "analyst:barber")


@pytest.fixture
def as_client(tokens: Tokens) -> Headers:
    return tokens.bearer(AccountId(new_id()), "client")


@pytest.fixture
def as_operator(tokens: Tokens) -> Headers:
    return tokens.bearer(AccountId(new_id()), "operator:barber")
