"""Plays a service on a real port: it tells back what reached it, and misbehaves when the query asks for it."""

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qs, urlsplit

HOST: Final = "127.0.0.1"
_HEAD_END: Final = b"\r\n\r\n"


@dataclass(frozen=True)
class Received:
    """A request as the service saw it; header names in small letters."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def asked(self) -> dict[str, str]:
        """The query, one value per name."""
        query = parse_qs(urlsplit(self.target).query, keep_blank_values=True)
        return {name: values[0] for name, values in query.items()}

    @property
    def names(self) -> list[str]:
        """The names of the headers."""
        return [name for name, _ in self.headers]

    def header(self, name: str) -> str | None:
        """A header's only value; None without it."""
        values = [value for given, value in self.headers if given == name]
        assert len(values) <= 1, values
        return values[0] if values else None


@dataclass
class StandIn:
    """One service. `?status=` sets its answer's, `?hang` waits for `let_go`, `?drop` closes without a word.

    A path that ends in `/stream` sends one event at once and the next after `let_go`.
    """

    name: str
    port: int
    received: list[Received] = field(default_factory=list)
    release: asyncio.Event = field(default_factory=asyncio.Event)
    ready: bool = True
    hanging: int = 0
    _server: asyncio.Server | None = None
    _connections: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, HOST, self.port)

    async def stop(self) -> None:
        """Be gone: nothing listens and every connection is cut."""
        if self._server is None:
            return
        self._server.close()
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()
        self._server = None

    def let_go(self) -> None:
        """End what hangs; what comes later hangs again."""
        self.release.set()
        self.release = asyncio.Event()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
                while await self._answer(await _read(reader), writer):
                    await writer.drain()
        finally:
            self._connections.discard(task)
            writer.close()

    async def _answer(self, request: Received, writer: asyncio.StreamWriter) -> bool:
        """False when the connection is to be closed."""
        path = urlsplit(request.target).path
        if path == "/health/ready":
            writer.write(_response(200 if self.ready else 503, b"{}"))
            return True
        self.received.append(request)
        if "drop" in request.asked:
            return False
        if "hang" in request.asked:
            await self._hang()
        if path.endswith("/stream"):
            return await self._stream(writer)
        told = {
            "service": self.name,
            "method": request.method,
            "target": request.target,
            "headers": dict(request.headers),
            "bytes": len(request.body),
            "peer": writer.get_extra_info("peername")[1],
        }
        writer.write(_response(int(request.asked.get("status", "200")), json.dumps(told).encode()))
        return True

    async def _hang(self) -> None:
        self.hanging += 1
        try:
            await self.release.wait()
        finally:
            self.hanging -= 1

    async def _stream(self, writer: asyncio.StreamWriter) -> bool:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        writer.write(_chunk(b"data: first\n\n"))
        await writer.drain()
        await self._hang()
        writer.write(_chunk(b"data: second\n\n") + _chunk(b""))
        return True


async def _read(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(_HEAD_END)).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ", 2)
    pairs = [line.split(":", 1) for line in head[1:] if line]
    headers = tuple((name.lower(), value.strip()) for name, value in pairs)
    given = dict(headers)
    if given.get("transfer-encoding") == "chunked":
        body = await _read_chunks(reader)
    else:
        body = await reader.readexactly(int(given.get("content-length", "0")))
    return Received(method, target, headers, body)


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while True:
        size = int(await reader.readline(), 16)
        body += await reader.readexactly(size)
        await reader.readexactly(2)
        if size == 0:
            return body


def _response(status: int, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status} Said\r\nserver: stand-in\r\ncontent-type: application/json\r\n"
    return head.encode() + f"content-length: {len(body)}\r\n\r\n".encode() + body


def _chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"
