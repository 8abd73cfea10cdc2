"""For tests, here and in the services: a sandbox in this process, a receiver of webhooks, and patience."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI, Request, Response
from pydantic import SecretStr
from starlette.types import ASGIApp

from sandbox.app import create_app
from sandbox.patience import eventually
from sandbox.players import BANK_TOKEN, OTHERS_CBU, PDF, Account, Bank, Disputes, a_batch
from sandbox.settings import Settings

__all__ = [
    "AMEX",
    "BANK_TOKEN",
    "COLLECTOR_ID",
    "MASTERCARD",
    "MERCADOPAGO_TOKEN",
    "OTHERS_CBU",
    "PDF",
    "VISA",
    "WEBHOOK_SECRET",
    "WHATSAPP_TOKEN",
    "Account",
    "Bank",
    "Disputes",
    "Received",
    "Receiver",
    "a_batch",
    "a_card",
    "bind",
    "client_of",
    "eventually",
    "in_process",
    "receiving",
    "serving",
    "settings_for",
]

# ruff: noqa: S105  what follows opens nothing but a sandbox under test
WEBHOOK_SECRET = "s3cr3t"
MERCADOPAGO_TOKEN = "TEST-mercadopago"
WHATSAPP_TOKEN = "TEST-whatsapp"
COLLECTOR_ID = 724484980

MASTERCARD, VISA, AMEX = "5031755734530604", "4509953566233704", "371180303257522"
"""MercadoPago's documented test cards."""


def settings_for(data_file: Path, **changes: Any) -> Settings:
    """Settings of a quick sandbox: notifications are retried after 50 ms."""
    values: dict[str, Any] = {
        "data_file": data_file,
        "webhook_secret": SecretStr(WEBHOOK_SECRET),
        "mercadopago_token": SecretStr(MERCADOPAGO_TOKEN),
        "whatsapp_token": SecretStr(WHATSAPP_TOKEN),
        "bank_token": SecretStr(BANK_TOKEN),
        "collector_id": COLLECTOR_ID,
        "webhook_retry_seconds": 0.05,
        "webhook_timeout_seconds": 2.0,
    }
    return Settings(**{**values, **changes})


def a_card(holder: str = "APRO", number: str = VISA) -> dict[str, Any]:
    """The body of `POST /v1/card_tokens`; the holder's name decides what becomes of the payment."""
    return {
        "card_number": number,
        "security_code": "1234" if number == AMEX else "123",
        "expiration_month": 11,
        "expiration_year": 2030,
        "cardholder": {"name": holder, "identification": {"type": "DNI", "number": "12345678"}},
    }


@asynccontextmanager
async def in_process(settings: Settings, smtp: socket.socket | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """A sandbox without an HTTP listener; the client carries MercadoPago's token and reaches every endpoint."""
    app = create_app(settings, smtp)
    async with app.router.lifespan_context(app), client_of(httpx.ASGITransport(app), "http://sandbox") as client:
        yield client


@asynccontextmanager
async def client_of(transport: httpx.AsyncBaseTransport | None, base_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client with MercadoPago's token that ignores the environment's proxies."""
    headers = {"authorization": f"Bearer {MERCADOPAGO_TOKEN}"}
    async with httpx.AsyncClient(transport=transport, base_url=base_url, headers=headers, trust_env=False) as client:
        yield client


def bind(ports: Iterable[int]) -> socket.socket:
    """A listening socket on the first free port. Raises OSError when every port is taken."""
    for port in ports:
        try:
            return socket.create_server(("127.0.0.1", port))
        except OSError:
            continue
    raise OSError("every port of the range is taken")


@asynccontextmanager
async def serving(app: ASGIApp, listener: socket.socket) -> AsyncIterator[str]:
    """A real HTTP server for the app; its address."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=1))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await eventually(lambda: server.started or task.done())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


@dataclass(frozen=True, slots=True)
class Received:
    """One webhook as it arrived."""

    query: dict[str, str]
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass
class Receiver:
    """What a seller's endpoint saw, and what it answers: `answers` in order, then 200."""

    address: str
    nth: int = 0
    answers: list[int] = field(default_factory=list)
    got: list[Received] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where to send; another one after each `forget`, so that stragglers are not counted."""
        return f"{self.address}/webhooks/{self.nth}"

    def forget(self) -> None:
        """Begin anew at another url."""
        self.nth += 1
        self.answers, self.got = [], []

    async def take(self, nth: int, request: Request) -> Response:
        """The endpoint."""
        if nth != self.nth:
            return Response(status_code=200)
        self.got.append(Received(dict(request.query_params), dict(request.headers), await request.json()))
        return Response(status_code=self.answers.pop(0) if self.answers else 200)

    async def has(self, count: int) -> list[Received]:
        """Wait until this many arrived; all of them."""
        await eventually(lambda: len(self.got) >= count)
        return self.got


@asynccontextmanager
async def receiving(listener: socket.socket) -> AsyncIterator[Receiver]:
    """A seller's webhook endpoint on a real port, at `receiver.url`."""
    receiver = Receiver(f"http://127.0.0.1:{listener.getsockname()[1]}")
    app = FastAPI(openapi_url=None)
    app.add_api_route("/webhooks/{nth}", receiver.take, methods=["POST"])
    async with serving(app, listener):
        yield receiver
