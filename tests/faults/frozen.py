"""A program that is stopped and not gone: it and all its children. It keeps its connections and locks and says nothing.

Who speaks to it meanwhile, on an old connection or a new one, must hear nothing: a postmaster stopped alone, or
HAProxy's master, leaves children behind that go on as ever.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Final

import psutil
from tests.faults.site import Site
from tests.faults.strike import Block, prove

from localstack.ports import HOST
from localstack.programs import Kind, find

_ANSWER_SECONDS: Final = 5.0
_HTTP: Final = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
# Asks whether TLS is spoken; answered with one byte before anybody logs in.
_POSTGRES: Final = (8).to_bytes(4, "big") + (80877103).to_bytes(4, "big")
# ApiVersions (18), version 0, correlation 1, no client id.
_KAFKA: Final = (10).to_bytes(4, "big") + b"\0\x12" + b"\0\0" + b"\0\0\0\x01" + b"\xff\xff"
_GREETINGS: Final = {Kind.POSTGRES: _POSTGRES, Kind.KAFKA: _KAFKA}


def frozen(program: str) -> Block:
    """STOP, then CONT, for the whole family."""

    @asynccontextmanager
    async def block(site: Site) -> AsyncIterator[None]:
        known = find(program)
        port, greeting = site.stack.ports[known.ports[0]], _GREETINGS.get(known.kind, _HTTP)
        pid = site.stack.pid(program)
        prove(pid is not None, f"{program} does not run")
        async with Line.open(port) as held:
            prove(await _answers(port, greeting), f"{program} did not answer before it was frozen either")
            with stopped(psutil.Process(pid)):
                async with Line.open(port) as fresh, silent([held, fresh], greeting, program):
                    yield
        await site.ready([program])

    return block


@dataclass(frozen=True, slots=True)
class Line:
    """A TCP connection to whoever listens."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    @asynccontextmanager
    async def open(cls, port: int) -> AsyncIterator["Line"]:
        """Accepted by the system, if not by the program, when the block begins."""
        async with asyncio.timeout(_ANSWER_SECONDS):
            line = cls(*await asyncio.open_connection(HOST, port))
        try:
            yield line
        finally:
            line.writer.close()

    async def hears(self, greeting: bytes) -> bytes:
        """What comes first in answer, nothing when the other side ends it."""
        with suppress(ConnectionError):
            self.writer.write(greeting)
            return await self.reader.read(1)
        return b""


@asynccontextmanager
async def silent(lines: Sequence[Line], greeting: bytes, who: str) -> AsyncIterator[None]:
    """DidNotStrike when on one of the lines anything at all was heard while the block ran, its end included."""
    listening = [asyncio.create_task(line.hears(greeting)) for line in lines]
    try:
        yield
        heard = [task for task in listening if task.done()]
    finally:
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
    prove(not heard, f"{who} went on speaking while it was frozen")


@contextmanager
def stopped(root: psutil.Process) -> Iterator[None]:
    """The process and all that descend from it. Parents first: who is stopped starts no more children."""
    family: list[psutil.Process] = []
    try:
        waiting = [root]
        while waiting:
            member = waiting.pop()
            with suppress(psutil.NoSuchProcess):
                member.suspend()
                family.append(member)
                waiting += member.children()
        yield
    finally:
        for member in reversed(family):
            with suppress(psutil.NoSuchProcess):
                member.resume()


async def _answers(port: int, greeting: bytes) -> bytes:
    async with Line.open(port) as line, asyncio.timeout(_ANSWER_SECONDS):
        return await line.hears(greeting)
