"""The HTTP edge every request passes: trace, request id, limits, metrics and one log line."""

from http import HTTPStatus
from time import perf_counter
from typing import Final

import structlog
from opentelemetry.trace import SpanKind
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from common.errors import BodyTooLarge, Busy, Refusal
from common.metrics import HTTP_IN_FLIGHT, HTTP_REQUESTS, HTTP_SECONDS
from common.problems import broken_response, refusal_response
from common.telemetry import span

log = structlog.get_logger()
_QUIET: Final = frozenset({"/health/live", "/health/ready", "/metrics"})
_SERVER_ERROR: Final = 500


class Edge:
    """Outermost ASGI layer. `most` requests are worked on at once; one more is told to come back."""

    def __init__(self, app: ASGIApp, service: str, max_body_bytes: int, most: int) -> None:
        self._app, self._service = app, service
        self._max_body, self._most, self._running = max_body_bytes, most, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _QUIET:
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        traceparent = headers.get(b"traceparent", b"").decode("latin-1") or None
        request_id = headers.get(b"x-request-id", b"").decode("latin-1")
        with span(f"{scope['method']} request", SpanKind.SERVER, traceparent) as current:
            exchange = _Exchange(send, request_id)
            started = perf_counter()
            try:
                await self._bounded(scope, headers, receive, exchange)
            finally:
                seconds = perf_counter() - started
                route = getattr(scope.get("route"), "path", "(none)")
                current.update_name(f"{scope['method']} {route}")
                current.set_attribute("http.response.status_code", exchange.status)
                self._count(scope["method"], route, exchange.status, seconds, request_id)

    async def _bounded(self, scope: Scope, headers: dict[bytes, bytes], receive: Receive, send: "_Exchange") -> None:
        refusal = self._refusal(headers)
        if refusal is not None:
            await refusal_response(refusal, {})(scope, receive, send)
            return
        self._running += 1
        HTTP_IN_FLIGHT.set(self._running)
        try:
            await self._app(scope, _Counted(receive, self._max_body), send)
        except Exception as error:
            log.exception("http.broken", exc_info=error)
            if not send.started:
                await broken_response()(scope, receive, send)
        finally:
            self._running -= 1
            HTTP_IN_FLIGHT.set(self._running)

    def _refusal(self, headers: dict[bytes, bytes]) -> Refusal | None:
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > self._max_body:
            return BodyTooLarge()
        return Busy() if self._running >= self._most else None

    def _count(self, method: str, route: str, status: int, seconds: float, request_id: str) -> None:
        HTTP_REQUESTS.labels(self._service, route, method, str(status)).inc()
        HTTP_SECONDS.labels(self._service, route, method).observe(seconds)
        tell = log.warning if status >= _SERVER_ERROR else log.info
        ms = round(seconds * 1000, 2)
        tell("http.request", method=method, route=route, status=status, ms=ms, request_id=request_id[:64])


class _Exchange:
    """Remembers the status on its way out and gives the request id back."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send, self._request_id, self.status = send, request_id, _SERVER_ERROR
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.started = message["status"], True
            if self._request_id:
                message["headers"] = [
                    *message.get("headers", ()),
                    (b"x-request-id", self._request_id.encode("latin-1")),
                ]
        await self._send(message)


class _Counted:
    """Counts a body that came without a length; past the limit it is refused while it is read."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive, self._left = receive, most

    async def __call__(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            # The framework lets an HTTPException pass while it reads a body, and rewrites anything else.
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return message
