"""Errors and time-outs of the simulated APIs, put in front of the real behaviour by the knobs."""

import asyncio
import json
import re
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.bodies import JsonObject
from sandbox.knobs import ErrorKind, KnobBoard

_WHATSAPP = re.compile(r"^/v\d{2}\.\d/[^/]+/messages$")
MERCADOPAGO = ("/checkout/preferences", "/v1/", "/merchant_orders", "/post-purchase/")
"""Where the simulated MercadoPago lives."""
BANK = "/bank/"
"""Where the simulated bank lives."""
_WRITES = {"POST", "PUT"}
HTML_BODY = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


class FaultMiddleware:
    """Pure ASGI: only calls of the simulated APIs are touched, never the sandbox's own pages and controls."""

    def __init__(self, app: ASGIApp, board: KnobBoard) -> None:
        self._app = app
        self._board = board

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse before, or accept and fall silent, or pass."""
        path = scope.get("path", "")
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif path.startswith(MERCADOPAGO):
            await self._mercadopago(scope, receive, send)
        elif path.startswith(BANK):
            await self._bank(scope, receive, send)
        elif _WHATSAPP.match(path) and self._strikes("whatsapp_timeout_after_accept", path):
            await self._accept_and_hold(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _mercadopago(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if self._strikes("error_rate", path):
            await _refuse(send, self._board.now.error_kind, self._board.now.retry_after_seconds, _mercadopago_body)
        elif scope["method"] in _WRITES and self._strikes("timeout_after_accept", path):
            await self._accept_and_hold(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _bank(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if self._board.now.bank_slow_ms:
            self._board.struck("bank_slow_ms")
            await asyncio.sleep(self._board.now.bank_slow_ms / 1000)
        if self._strikes("bank_error_rate", path):
            await _refuse(send, self._board.now.bank_error_kind, self._board.now.retry_after_seconds, _bank_body)
        elif scope["method"] in _WRITES and self._strikes("bank_timeout_after_accept", path):
            await self._accept_and_hold(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _strikes(self, knob: str, path: str) -> bool:
        return self._board.strikes_call(knob, getattr(self._board.now, knob), path)

    async def _accept_and_hold(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Do the work, keep the answer back, and wait for the client to hang up."""
        await self._app(scope, receive, _nowhere)
        try:
            async with asyncio.timeout(self._board.now.hold_seconds):
                while (await receive())["type"] != "http.disconnect":
                    pass
        except TimeoutError:
            await _answer(send, 504, b"text/html", HTML_BODY)


async def _nowhere(_: Message) -> None:
    return


def _mercadopago_body(status: int, error: str) -> JsonObject:
    return {"message": error, "error": error, "status": status, "cause": []}


def _bank_body(_: int, error: str) -> JsonObject:
    return {"code": error}


async def _refuse(send: Send, kind: ErrorKind, retry_after: int, told: Callable[[int, str], JsonObject]) -> None:
    if kind == "html":
        await _answer(send, 502, b"text/html", HTML_BODY)
        return
    status, error = (429, "too_many_requests") if kind == "429" else (500, "internal_error")
    body = json.dumps(told(status, error)).encode()
    extra = [(b"retry-after", str(retry_after).encode())] if kind == "429" else []
    await _answer(send, status, b"application/json", body, extra)


async def _answer(
    send: Send, status: int, kind: bytes, body: bytes, extra: list[tuple[bytes, bytes]] | None = None
) -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), *(extra or [])]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
