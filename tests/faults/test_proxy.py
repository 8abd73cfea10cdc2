"""The proxy does to connections what its weather says."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from tests.faults.proxy import HOST, Proxy, Weather

from localstack.ports import is_free

SILENCE = 0.3


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(1024):
            writer.write(data)
            await writer.drain()
    writer.close()


@pytest.fixture
async def way() -> AsyncIterator[Proxy]:
    server = await asyncio.start_server(echo, HOST, 0)
    port = next(port for port in range(29100, 29200) if is_free(port))
    async with Proxy(port, server.sockets[0].getsockname()[1]).running() as proxy:
        yield proxy
    server.close()


async def ask(way: Proxy, seconds: float = 2.0) -> bytes:
    """What comes back, nothing when the other side ends it; TimeoutError when nothing does."""
    reader, writer = await asyncio.open_connection(HOST, way.port)
    try:
        async with asyncio.timeout(seconds):
            writer.write(b"hello")
            return await reader.read(5)
    finally:
        writer.close()


async def test_in_fair_weather_everything_passes(way: Proxy) -> None:
    assert await ask(way) == b"hello"


@pytest.mark.parametrize("weather", [Weather.BLACK_HOLE, Weather.HALF_OPEN])
async def test_what_goes_silent_is_neither_answered_nor_ended(way: Proxy, weather: Weather) -> None:
    with way.turned(weather), pytest.raises(TimeoutError):
        await ask(way, SILENCE)


async def test_a_reset_is_seen_as_one(way: Proxy) -> None:
    with way.turned(Weather.RESETTING), pytest.raises(ConnectionResetError):
        await ask(way)


@pytest.mark.parametrize("weather", [Weather.BLACK_HOLE, Weather.HALF_OPEN, Weather.RESETTING])
async def test_what_the_weather_did_is_counted(way: Proxy, weather: Weather) -> None:
    await ask(way)
    assert way.hurt == 0
    with way.turned(weather):
        assert way.hurt == 0, "nothing was said yet"
        with suppress(TimeoutError, ConnectionError):
            await ask(way, SILENCE)
    assert way.hurt == 1


async def test_latency_is_added_in_each_direction(way: Proxy) -> None:
    loop = asyncio.get_running_loop()
    started = loop.time()
    with way.turned(latency=0.1):
        assert await ask(way) == b"hello"
    assert loop.time() - started >= 0.2


async def test_after_the_storm_it_is_fair_again(way: Proxy) -> None:
    with way.turned(Weather.BLACK_HOLE), pytest.raises(TimeoutError):
        await ask(way, SILENCE)
    assert await ask(way) == b"hello"
