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
from services.payments.tests.fake_bank import FakeBank
from services.payments.tests.till import NOTHING_OPEN, Till, run
from services.payments.tests.worlds import World

from common.migration import schema_of
from common.service import Service
from common.testing import Databases, Tokens, api_client, settings_for
from common.uow import UnitOfWork
from common.verticals import Verticals
from contracts.ids import new_id
from payments.app import SERVICE, context_with
from payments.clients import RefusedError, SdkMercadoPago, connected
from payments.domain.charge import ChargeId
from payments.settings import Settings
from payments.usecases import PaymentsContext
from sandbox.app import create_app as create_sandbox
from sandbox.testing import MERCADOPAGO_TOKEN, bind, serving
from sandbox.testing import settings_for as sandbox_settings

OUR_CBU = "0110599520000012345678"
PORTS = range(24100, 24200)
SCOPES = ["*", "barber", "psychology"]
_NOTHING_DUE = (
    ("*", "UPDATE webhook SET due_at = NULL, status = 'ignored' WHERE due_at IS NOT NULL"),
    ("barber", "UPDATE intent SET close_due_at = NULL WHERE close_due_at IS NOT NULL"),
    ("barber", "UPDATE intent SET look_due_at = NULL WHERE look_due_at IS NOT NULL"),
    ("barber", "UPDATE refund SET due_at = NULL WHERE due_at IS NOT NULL"),
    ("barber", "UPDATE dispute SET look_due_at = NULL, send_due_at = NULL"),
    ("barber", "DELETE FROM dispute_search"),
    ("barber", "UPDATE withdrawal SET due_at = NULL WHERE due_at IS NOT NULL"),
)
PUBLIC_KEY = "TEST-00000000-0000-4000-8000-000000000000"
_OURS = (
    "webhook, reconciliation_case, payable, provider, intent, report, search_window, contact, withdrawal,"
    " credit_account"
)


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
        bank_url="http://in-memory",
        bank_cbu=OUR_CBU,
        bank_alias="barberpro.cobros",
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

    async def card(self, holder: str = "APRO") -> str:
        """A Visa card's token, as MercadoPago's script asks for it."""
        known = {"name": holder, "identification": {"type": "DNI", "number": "12345678"}}
        card = {"card_number": "4509953566233704", "security_code": "123", "cardholder": known}
        body = card | {"expiration_month": 11, "expiration_year": 2035}
        reply = await self.http.post("/v1/card_tokens", json=body, params={"public_key": PUBLIC_KEY})
        assert reply.status_code == 201, reply.text
        return str(reply.json()["id"])

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


@pytest.fixture
async def real(sandbox: Sandbox, sandbox_token: str) -> AsyncIterator[SdkMercadoPago]:
    async with connected(sandbox.url, sandbox_token, 1.0) as client:
        yield client


@pytest.fixture(params=["real", "in memory"])
def world(request: pytest.FixtureRequest, mercadopago: FakeMercadoPago) -> World:
    if request.param == "in memory":

        async def pay_in_memory(page: str, holder: str) -> ChargeId:
            return mercadopago.pay(page, holder)

        async def card_in_memory(holder: str) -> str:
            token = new_id().hex
            mercadopago.tokens[token] = holder
            return token

        async def order_in_memory(page: str, made: list[ChargeId]) -> str:
            mercadopago.merchant_orders[page] = made
            return page

        return World(mercadopago, pay_in_memory, card_in_memory, order_in_memory)
    sandbox: Sandbox = request.getfixturevalue("sandbox")

    async def pay(page: str, holder: str) -> ChargeId:
        reply = await sandbox.pay(page, holder)
        if reply.status_code != 201:
            raise RefusedError(reply.status_code)
        return ChargeId(str(reply.json()["id"]))

    async def order(page: str, _made: list[ChargeId]) -> str:
        own = {"Authorization": f"Bearer {request.getfixturevalue('sandbox_token')}"}
        found = await sandbox.http.get("/merchant_orders/search", params={"preference_id": page}, headers=own)
        return str(found.json()["elements"][0]["id"])

    return World(request.getfixturevalue("real"), pay, sandbox.card, order)


@pytest.fixture
async def till(road: Road) -> Till:
    """A provider with a checked account at a bank; nothing that other tests left is open."""
    bank = FakeBank()
    bank.reset()
    await run(road, NOTHING_OPEN)
    return await Till(road, bank).open()
