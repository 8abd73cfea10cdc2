"""A TCP proxy that can be slow, break off, go silent or let one direction through only."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

_CHUNK: Final = 64 * 1024
_CONNECT_SECONDS: Final = 5.0
_RESET: Final = struct.pack("ii", 1, 0)
HOST: Final = "127.0.0.1"


class Weather(StrEnum):
    """What the way between two programs is like."""

    FAIR = "fair"
    BLACK_HOLE = "black hole"
    """Connections open and stay open; nothing passes, nothing ends."""
    HALF_OPEN = "half-open"
    """What is asked arrives; what is answered does not."""
    RESETTING = "resetting"
    """Every connection is reset as soon as something is said on it."""


@dataclass
class Proxy:
    """One way, from `port` to `target`; `latency` in seconds is added to each piece in each direction."""

    port: int
    target: int
    weather: Weather = Weather.FAIR
    latency: float = 0.0
    hurt: int = 0
    """How many pieces were delayed, held back, lost or answered with a reset, ever."""
    _lines: set[asyncio.StreamWriter] = field(default_factory=set)
    _fair: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Proxy"]:
        """Listens while the block runs."""
        self._fair.set()
        server = await asyncio.start_server(self._serve, HOST, self.port)
        try:
            yield self
        finally:
            server.close()
            self.clear()
            self.reset_all()

    @contextmanager
    def turned(self, weather: Weather = Weather.FAIR, latency: float = 0.0) -> Iterator[None]:
        """Such weather while the block runs. What went silent in it is reset at its end, as a router come back does."""
        self.weather, self.latency = weather, latency
        self._fair.clear() if weather is Weather.BLACK_HOLE else self._fair.set()
        try:
            yield
        finally:
            lost = self.weather in (Weather.BLACK_HOLE, Weather.HALF_OPEN)
            self.clear()
            if lost:
                self.reset_all()

    def clear(self) -> None:
        """Fair weather."""
        self.weather, self.latency = Weather.FAIR, 0.0
        self._fair.set()

    def reset_all(self) -> None:
        """Break off every connection at once."""
        for line in tuple(self._lines):
            _reset(line)

    def _strikes(self, answers: bool) -> bool:
        """Whether a piece will not pass as it should."""
        only_asked = self.weather is Weather.HALF_OPEN and not answers
        return bool(self.latency) or (self.weather is not Weather.FAIR and not only_asked)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = {writer}
        self._lines.add(writer)
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                there, back = await asyncio.open_connection(HOST, self.target)
            lines.add(back)
            self._lines.add(back)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass(reader, back, lines, answers=False))
                both.create_task(self._pass(there, writer, lines, answers=True))
        except* (OSError, asyncio.CancelledError):
            # Either side is gone, or all ends; so does the other, below. Python 3.11 would print a trace for each line
            # that ends by being cancelled.
            pass
        finally:
            self._lines -= lines
            for line in lines:
                line.close()

    async def _pass(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        lines: set[asyncio.StreamWriter],
        *,
        answers: bool,
    ) -> None:
        while data := await reader.read(_CHUNK):
            self.hurt += self._strikes(answers)
            if self.latency:
                await asyncio.sleep(self.latency)
            await self._fair.wait()
            if self.weather is Weather.RESETTING:
                for line in lines:
                    _reset(line)
                raise ConnectionResetError
            if self.weather is Weather.HALF_OPEN and answers:
                continue
            writer.write(data)
            await writer.drain()
        # The end of one direction is the end of both: neither PostgreSQL nor Kafka nor HTTP here closes by halves.
        raise ConnectionResetError


def _reset(line: asyncio.StreamWriter) -> None:
    """Close so that the other side sees a reset."""
    held: socket.socket | None = line.get_extra_info("socket")
    if held is not None and not line.is_closing():
        held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    line.transport.abort()
