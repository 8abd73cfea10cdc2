"""What the load counts against a server, and what not."""

import asyncio
from contextlib import suppress

from bench.load import Load, Outcome, Run
from bench.orders import Orders

_ANSWER = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"


class _Same(Orders):
    """One request over and over."""

    def __init__(self) -> None:
        pass

    def next(self) -> bytes:
        return b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n"


async def _load(reader_seconds: float, *, answers: bool) -> Outcome:
    """Two requests a second on six connections, at a server that closes what says nothing for so long."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(TimeoutError, asyncio.IncompleteReadError):
            while True:
                async with asyncio.timeout(reader_seconds):
                    await reader.readuntil(b"\r\n\r\n")
                if not answers:
                    break
                writer.write(_ANSWER)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1")
    async with server:
        port = server.sockets[0].getsockname()[1]
        return await Run(Load(port, connections=6, seconds=1.3, rate=2), _Same()).perform()


async def test_an_idle_connection_that_the_server_closes_lets_nobody_down() -> None:
    outcome = await _load(0.3, answers=True)
    assert outcome.made == 4
    assert outcome.failures == {}


async def test_a_connection_closed_with_a_request_on_it_is_counted() -> None:
    outcome = await _load(10, answers=False)
    assert outcome.failures == {"connection lost": 4}
