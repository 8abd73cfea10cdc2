"""The bank over HTTP: bearer token, JSON, amounts as decimal strings of pesos.

Paths and bodies hold account numbers, so nothing of a request or a reply is ever in an error's text.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, Final, TypeVar
from urllib.parse import quote

import httpx

from payments.clients import bank_wire
from payments.clients.bank import (
    BankMissingError,
    BankNotAcceptedError,
    BankRefusedError,
    BankUnansweredError,
    BankUnreadableError,
)
from payments.domain.bank import AccountSeen, Batch, BatchId, BatchSeen, MovementPage

T = TypeVar("T")
_MOST_BYTES: Final = 4 * 1024 * 1024
_CONNECT_SECONDS: Final = 5.0
_LIMITS: Final = httpx.Limits(max_connections=8, max_keepalive_connections=4)
_NEVER_LEFT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_LATER: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.LOCKED, HTTPStatus.TOO_EARLY})
_BATCHES: Final = "/bank/v1/payment-batches"
_MOST_RETRY_AFTER: Final = 3600


class HttpBank:
    """The real port. `seconds` bounds a call as a whole."""

    def __init__(self, http: httpx.AsyncClient, seconds: float) -> None:
        self._http, self._seconds = http, seconds

    async def send_batch(self, batch: Batch, key: str) -> None:
        body = bank_wire.batch_body(batch)
        await self._ask("POST", _BATCHES, json=body, headers={"Idempotency-Key": key})

    async def batch(self, batch_id: BatchId) -> BatchSeen:
        return _read(bank_wire.read_batch, await self._ask("GET", f"{_BATCHES}/{batch_id}"))

    async def movements(self, after: str | None, most: int) -> MovementPage:
        query = {"limit": str(most)} | ({"after": after} if after is not None else {})
        return _read(bank_wire.read_movements, await self._ask("GET", "/bank/v1/movements", params=query))

    async def account(self, name: str) -> AccountSeen:
        return _read(bank_wire.read_account, await self._ask("GET", f"/bank/v1/accounts/{quote(name, safe='')}"))

    async def _ask(self, method: str, path: str, **request: Any) -> object:
        try:
            async with (
                asyncio.timeout(self._seconds),
                self._http.stream(method, path, **request) as reply,
            ):
                raw = await _body(reply)
        except _NEVER_LEFT as error:
            raise BankNotAcceptedError(type(error).__name__) from None
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise BankUnansweredError(type(error).__name__) from None
        return _judged(reply, raw)


async def _body(reply: httpx.Response) -> bytes:
    raw = b""
    async for chunk in reply.aiter_bytes():
        raw += chunk
        if len(raw) > _MOST_BYTES:
            raise BankUnreadableError("reply too large")
    return raw


def _judged(reply: httpx.Response, raw: bytes) -> object:
    status, parsed = reply.status_code, _parsed(raw)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise BankNotAcceptedError("http-429", _seconds(reply))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _LATER or 300 <= status < 400:
        raise BankUnansweredError(f"http-{status}", _seconds(reply))
    if status >= HTTPStatus.BAD_REQUEST:
        kind = BankMissingError if status == HTTPStatus.NOT_FOUND else BankRefusedError
        raise kind(status, *bank_wire.read_refusal(parsed))
    if not isinstance(parsed, dict):
        raise BankUnansweredError("reply is no JSON")
    return parsed


def _read(read: Callable[[Mapping[str, Any]], T], body: object) -> T:
    try:
        return read(body)  # type: ignore[arg-type]  # what is no mapping raises one of these
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError):
        raise BankUnreadableError(read.__name__) from None


def _parsed(raw: bytes) -> object:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def _seconds(reply: httpx.Response) -> int:
    text = reply.headers.get("retry-after", "")
    return min(int(text), _MOST_RETRY_AFTER) if text.isdecimal() and len(text) < 6 else 0


@asynccontextmanager
async def connected_bank(url: str, token: str, seconds: float) -> AsyncIterator[HttpBank]:
    """The real bank as long as the block lasts. Neither proxies nor a .netrc change where the token goes."""
    async with httpx.AsyncClient(
        base_url=url.rstrip("/"),
        headers={"Authorization": f"Bearer {token}"},
        timeout=httpx.Timeout(seconds, connect=_CONNECT_SECONDS),
        limits=_LIMITS,
        trust_env=False,
    ) as http:
        yield HttpBank(http, seconds)
