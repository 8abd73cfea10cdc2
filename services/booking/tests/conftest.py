"""Booking on a real PostgreSQL."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from services.booking.tests.builders import Paying, Shop, days_ahead
from services.booking.tests.four import Four, book_four

from booking.app import SERVICE
from booking.settings import Settings
from booking.usecases import BookingContext
from common.testing import Databases, Tokens, api_client, settings_for
from contracts.ids import AccountId, BookingId, new_id


@pytest.fixture(scope="session")
async def databases(make_service_databases: Callable[[str, Sequence[str], Path], Awaitable[Databases]]) -> Databases:
    return await make_service_databases("booking", ["barber", "psychology"], SERVICE.migrations)


@pytest.fixture(scope="session")
async def api(databases: Databases, tokens: Tokens) -> AsyncIterator[tuple[httpx.AsyncClient, BookingContext]]:
    settings = settings_for(Settings, databases, link_key="a link key of these tests, long enough")
    async with api_client(SERVICE, settings, tokens) as client_and_context:
        yield client_and_context


@pytest.fixture
def http(api: tuple[httpx.AsyncClient, BookingContext]) -> httpx.AsyncClient:
    return api[0]


@pytest.fixture
def context(api: tuple[httpx.AsyncClient, BookingContext]) -> BookingContext:
    return api[1]


@pytest.fixture
async def shop(context: BookingContext) -> Shop:
    """An open barber shop: two barbers, two chairs, every day from 9 to 20."""
    return await Shop().open(context)


@pytest.fixture
def client() -> AccountId:
    return AccountId(new_id())


@pytest.fixture
def as_client(tokens: Tokens, client: AccountId) -> dict[str, str]:
    return tokens.bearer(client)


@pytest.fixture
def as_owner(tokens: Tokens, shop: Shop) -> dict[str, str]:
    return tokens.bearer(shop.owner, "client provider:barber")


@pytest.fixture
async def made(http: httpx.AsyncClient, shop: Shop, as_client: dict[str, str]) -> dict[str, Any]:
    """A held booking for the day after tomorrow."""
    reply: dict[str, Any] = (
        await http.post("/api/v1/bookings", json=shop.wish(days_ahead(2)), headers=as_client)
    ).json()
    return reply


@pytest.fixture
def paying(context: BookingContext, shop: Shop, made: dict[str, Any], client: AccountId) -> Paying:
    return Paying(context, shop, BookingId(UUID(made["id"])), client)


@pytest.fixture
async def clock(databases: Databases) -> AsyncIterator[Databases]:
    """Time may be moved; it is put right again."""
    yield databases
    await databases.shift_clock("barber", timedelta(0))


@pytest.fixture
async def four(
    http: httpx.AsyncClient, context: BookingContext, shop: Shop, client: AccountId, as_client: dict[str, str]
) -> Four:
    return await book_four(http, context, shop, client, as_client)
