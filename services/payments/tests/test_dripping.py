"""A MercadoPago that sends a byte now and then gives every thread back in time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from payments.clients import MissingError, UnansweredError, connected
from payments.domain.charge import ChargeId

SECONDS = 0.5
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
GONE = b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}"


@dataclass
class Dripping:
    """Sends this much of an answer at once, and then byte by byte; or what is not there, once it is well again."""

    at_once: bytes
    is_well: bool = False

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(GONE if self.is_well else self.at_once)
        while not self.is_well and not reader.at_eof():
            writer.write(b" ")
            try:
                async with asyncio.timeout(SECONDS / 10):
                    await reader.read(1)
            except TimeoutError:
                continue
            except ConnectionError:
                break
        writer.close()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        async with await asyncio.start_server(self, "127.0.0.1", 0) as server:
            host, port = server.sockets[0].getsockname()
            yield f"http://{host}:{port}"


@pytest.mark.parametrize("at_once", [HEAD, HEAD[:30]], ids=["its body", "its head"])
async def test_a_dripping_answer_is_unanswered_and_no_thread_is_lost(at_once: bytes) -> None:
    mercadopago = Dripping(at_once)
    async with mercadopago.serving() as url, connected(url, "token", SECONDS) as client:
        ends = await asyncio.gather(*(client.payment(ChargeId("1")) for _ in range(16)), return_exceptions=True)
        assert [type(each) for each in ends] == [UnansweredError] * 16
        mercadopago.is_well = True
        with pytest.raises(MissingError):
            await client.payment(ChargeId("1"))
