"""Payments on its real database: with MercadoPago in memory for sequences, with the sandbox for the wire."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from services.payments.tests.builders import CONTACT_KEYS, SECRET, Road
from services.payments.tests.fake import COLLECTOR, FakeMercadoPago

from common.migration import schema_of
from common.service import Service
from common.testing import Databases, Tokens, api_client, settings_for
from common.uow import UnitOfWork
from common.verticals import Verticals
from payments.app import SERVICE, context_with
from payments.settings import Settings
from payments.usecases import PaymentsContext
from sandbox.app import create_app as create_sandbox
from sandbox.testing import MERCADOPAGO_TOKEN, bind, serving
from sandbox.testing import settings_for as sandbox_settings

PORTS = range(24100, 24200)
SCOPES = ["*", "barber", "psychology"]
_NOTHING_DUE = (
    ("*", "UPDATE webhook SET due_at = NULL, status = 'ignored' WHERE due_at IS NOT NULL"),
    ("barber", "UPDATE intent SET close_due_at = NULL WHERE close_due_at IS NOT NULL"),
    ("barber", "UPDATE intent SET look_due_at = NULL WHERE look_due_at IS NOT NULL"),
    ("barber", "UPDATE refund SET due_at = NULL WHERE due_at IS NOT NULL"),
    ("barber", "UPDATE withdrawal SET due_at = NULL WHERE due_at IS NOT NULL"),
)
_OURS = "webhook, reconciliation_case, payable, provider, intent, contact, withdrawal"


@pytest.fixture(scope="session")
async def databases(make_service_databases: Callable[[str, Sequence[str], Path], Awaitable[Databases]]) -> Databases:
    """Empty of what earlier runs left: a job takes up whatever is due."""
    made = await make_service_databases("payments", SCOPES, SERVICE.migrations)
    connection = await asyncpg.connect(made.owner_dsns["*"])
    try:
        for scope in SCOPES:
            await connection.execute(f'SET search_path TO "{schema_of(scope)}"')
            await connection.execute(f"TRUNCATE {_OURS} CASCADE")
    finally:
        await connection.close()
    return made


@pytest.fixture(scope="session")
def settings(databases: Databases) -> Settings:
    return settings_for(
        Settings,
        databases,
        mercadopago_token="in memory",
        webhook_secret=SECRET,
        collector_id=COLLECTOR,
        contact_keys=CONTACT_KEYS,
    )


@pytest.fixture(scope="session")
async def in_memory() -> FakeMercadoPago:
    return FakeMercadoPago()


@asynccontextmanager
async def serving_in_memory(
    settings: Settings, tokens: Tokens, in_memory: FakeMercadoPago
) -> AsyncIterator[tuple[httpx.AsyncClient, PaymentsContext]]:
    """The service on its real database, with that MercadoPago."""

    @asynccontextmanager
    async def build(own: Settings, uow: UnitOfWork, verticals: Verticals) -> AsyncIterator[PaymentsContext]:
        yield replace(context_with(in_memory, own, uow, verticals), wait_seconds=1.0)

    service: Service[Settings, PaymentsContext] = replace(SERVICE, build=build)
    async with api_client(service, settings, tokens) as client_and_context:
        yield client_and_context


@pytest.fixture(scope="session")
async def api(
    settings: Settings, tokens: Tokens, in_memory: FakeMercadoPago
) -> AsyncIterator[tuple[httpx.AsyncClient, PaymentsContext]]:
    async with serving_in_memory(settings, tokens, in_memory) as client_and_context:
        yield client_and_context


@pytest.fixture
def mercadopago(in_memory: FakeMercadoPago) -> FakeMercadoPago:
    in_memory.reset()
    return in_memory


@pytest.fixture
async def road(api: tuple[httpx.AsyncClient, PaymentsContext], tokens: Tokens, mercadopago: FakeMercadoPago) -> Road:
    """Nothing that other tests left is due."""
    http, context = api
    for scope, query in _NOTHING_DUE:
        async with context.uow.begin(scope) as work:
            await work.connection.execute(query)
    return Road(http, context, tokens, mercadopago)


def http_client(url: str, **headers: str) -> httpx.AsyncClient:
    """A client that lets go of a connection before the server does."""
    limits = httpx.Limits(keepalive_expiry=1)
    return httpx.AsyncClient(base_url=url, headers=headers, trust_env=False, timeout=20, limits=limits)


@dataclass(frozen=True)
class Sandbox:
    """The project's simulated MercadoPago on a real port."""

    url: str
    http: httpx.AsyncClient

    async def knobs(self, **knobs: Any) -> None:
        """What it does wrong from now on; everything else at rest."""
        reply = await self.http.put("/sandbox/knobs", json=knobs)
        assert reply.status_code == 200, reply.text

    async def is_quiet(self, url: str) -> bool:
        """Whether no notification is on its way to that address."""
        found = (await self.http.get("/sandbox/webhooks", params={"state": "pending", "limit": 1000})).json()
        return not any(each["url"] == url for each in found["deliveries"])

    async def pay(self, page_id: str, holder: str = "APRO") -> httpx.Response:
        """The payer pays on the page."""
        return await self.http.post(f"/sandbox/checkout/{page_id}/pay", json={"holder": holder})


@pytest.fixture(scope="session")
async def running_sandbox(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sandbox]:
    made = sandbox_settings(tmp_path_factory.mktemp("sandbox") / "sandbox.db", collector_id=int(COLLECTOR))
    async with serving(create_sandbox(made), bind(PORTS)) as url, http_client(url) as http:
        yield Sandbox(url, http)


@pytest.fixture
async def sandbox(running_sandbox: Sandbox) -> AsyncIterator[Sandbox]:
    await running_sandbox.knobs()
    yield running_sandbox
    await running_sandbox.knobs()


@pytest.fixture(scope="session")
def sandbox_token() -> str:
    return MERCADOPAGO_TOKEN
