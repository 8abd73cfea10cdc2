"""Notifications on a real PostgreSQL, the project's sandbox on real ports, and channels in memory."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from pydantic import SecretStr
from services.notifications.tests.builders import KEYS, Turno
from services.notifications.tests.fakes import FakeChannel

from common.testing import Databases, Tokens, api_client, settings_for
from notifications.app import SERVICE
from notifications.domain.notification import Channel
from notifications.settings import Settings
from notifications.usecases import NotificationsContext
from sandbox.app import create_app
from sandbox.testing import WHATSAPP_TOKEN, bind, serving
from sandbox.testing import settings_for as sandbox_settings_for

_PORTS = range(24200, 24300)
_TABLES = ("notification", "contact", "preference", "provider", "service", "booking")


@dataclass(frozen=True)
class Sandbox:
    """The outside world on loopback, and a client of its controls."""

    url: str
    smtp_port: int
    http: httpx.AsyncClient

    async def turn(self, **knobs: Any) -> None:
        (await self.http.put("/sandbox/knobs", json=knobs)).raise_for_status()

    async def messages(self, **query: str) -> list[dict[str, Any]]:
        reply = await self.http.get("/sandbox/messages", params={"limit": "1000"} | query)
        reply.raise_for_status()
        found: list[dict[str, Any]] = reply.json()["messages"]
        return found


@pytest.fixture(scope="session")
async def running_sandbox(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sandbox]:
    smtp = bind(_PORTS)
    smtp_port: int = smtp.getsockname()[1]
    settings = sandbox_settings_for(tmp_path_factory.mktemp("sandbox") / "sandbox.db")
    async with serving(create_app(settings, smtp), bind(_PORTS)) as url, httpx.AsyncClient(base_url=url) as http:
        yield Sandbox(url, smtp_port, http)


@pytest.fixture
async def sandbox(running_sandbox: Sandbox) -> Sandbox:
    """The sandbox, empty and with every knob at rest."""
    await running_sandbox.turn()
    (await running_sandbox.http.delete("/sandbox/data")).raise_for_status()
    return running_sandbox


@pytest.fixture(scope="session")
async def databases(make_service_databases: Callable[[str, Sequence[str], Path], Awaitable[Databases]]) -> Databases:
    return await make_service_databases("notifications", ["barber", "psychology"], SERVICE.migrations)


@pytest.fixture(scope="session")
def settings(databases: Databases, running_sandbox: Sandbox) -> Settings:
    return settings_for(
        Settings,
        databases,
        contact_keys=KEYS,
        whatsapp_url=running_sandbox.url,
        whatsapp_token=SecretStr(WHATSAPP_TOKEN),
        whatsapp_phone_number_id="104857600",
        smtp_host="127.0.0.1",
        smtp_port=running_sandbox.smtp_port,
        mail_from="turnos@barberpro.local",
    )


@pytest.fixture(scope="session")
async def api(settings: Settings, tokens: Tokens) -> AsyncIterator[tuple[httpx.AsyncClient, NotificationsContext]]:
    async with api_client(SERVICE, settings, tokens) as client_and_context:
        yield client_and_context


@pytest.fixture
def http(api: tuple[httpx.AsyncClient, NotificationsContext]) -> httpx.AsyncClient:
    return api[0]


@pytest.fixture
async def wired(api: tuple[httpx.AsyncClient, NotificationsContext], databases: Databases) -> NotificationsContext:
    """The service as it runs, with empty tables; its channels lead to the sandbox."""
    for scope, dsn in databases.owner_dsns.items():
        connection = await asyncpg.connect(dsn)
        try:
            deletes = "; ".join(f'DELETE FROM "{scope}".{table}' for table in _TABLES)  # noqa: S608 - our own names
            await connection.execute(deletes)
        finally:
            await connection.close()
    return api[1]


@pytest.fixture
def whatsapp() -> FakeChannel:
    return FakeChannel(Channel.WHATSAPP)


@pytest.fixture
def email() -> FakeChannel:
    return FakeChannel(Channel.EMAIL)


@pytest.fixture
def context(wired: NotificationsContext, whatsapp: FakeChannel, email: FakeChannel) -> NotificationsContext:
    """The service with empty tables and channels in memory."""
    return replace(wired, senders={Channel.WHATSAPP: whatsapp, Channel.EMAIL: email})


@pytest.fixture
def turno() -> Turno:
    return Turno()


class Clock:
    """Moves `app_now()` of the verticals on from where it really is."""

    def __init__(self, databases: Databases) -> None:
        self._databases = databases
        self._shift = timedelta(0)

    async def on(self, by: timedelta) -> None:
        await self._set(self._shift + by)

    async def to(self, moment: datetime) -> None:
        await self._set(moment - datetime.now(UTC))

    async def back(self) -> None:
        await self._set(timedelta(0))

    async def _set(self, shift: timedelta) -> None:
        self._shift = shift
        for scope in self._databases.dsns:
            await self._databases.shift_clock(scope, shift)


@pytest.fixture
async def clock(databases: Databases) -> AsyncIterator[Clock]:
    made = Clock(databases)
    yield made
    await made.back()
