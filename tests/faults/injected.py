"""The faults as blocks: the platform is hurt while one runs, and healed when it ends."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

from aiokafka import AIOKafkaConsumer
from tests.faults.proxy import Weather
from tests.faults.site import Site
from tests.faults.strike import Block

from common.testing import eventually
from contracts.registry import TOPICS

_BLOWN_SECONDS: Final = 30.0
_STORM_SECONDS: Final = 10.0
_STAY_SECONDS: Final = 0.5


def killed(program: str) -> Block:
    """`kill -9`; the supervisor brings it back at once."""

    @asynccontextmanager
    async def block(site: Site) -> AsyncIterator[None]:
        before = await site.kill(program, signal.SIGKILL)
        yield
        await site.ready([program])
        if site.stack.pid(program) == before:
            raise AssertionError(f"{program} did not die")

    return block


def down(program: str) -> Block:
    """Killed, and away for the whole time."""

    @asynccontextmanager
    async def block(site: Site) -> AsyncIterator[None]:
        await site.stopped(program)
        try:
            yield
        finally:
            await site.started(program)

    return block


def dying_at(point: str, program: str) -> Block:
    """It dies at one exact point of its code; see failpoints.py."""

    @asynccontextmanager
    async def block(site: Site) -> AsyncIterator[None]:
        fuse = await site.wire(point, program)
        fuse.touch()
        yield
        await eventually(lambda: not fuse.exists(), _BLOWN_SECONDS)
        await site.ready([program])

    return block


def weather(way: str, kind: Weather = Weather.FAIR, latency: float = 0.0) -> Block:
    """What lies between the services and a server misbehaves."""

    @asynccontextmanager
    async def block(site: Site) -> AsyncIterator[None]:
        with site.ways[way].turned(kind, latency):
            yield

    return block


def outside(**knobs: object) -> Block:
    """MercadoPago or WhatsApp misbehave."""

    @asynccontextmanager
    async def block(site: Site) -> AsyncIterator[None]:
        async with site.town.outside.misbehaving(**knobs):
            yield

    return block


def skewed(service: str, by: timedelta) -> Block:
    """One service's clock goes ahead of all the others'."""

    @asynccontextmanager
    async def block(site: Site) -> AsyncIterator[None]:
        async with site.town.records.clock_of(service, "barber") as clock:
            await clock.to(by)
            yield

    return block


@asynccontextmanager
async def poisoned(site: Site) -> AsyncIterator[None]:
    """A record that is no event, in each partition of two topics."""
    for topic in ("booking.created", "payment.confirmed"):
        await site.town.records.put(topic, b"{ this is no event", {"ce_vertical": "barber"})
    yield


def stormy(group: str) -> Block:
    """Strangers join a consumer group and leave it again, over and over: the partitions never rest."""

    async def come_and_go(site: Site) -> None:
        until = asyncio.get_running_loop().time() + _STORM_SECONDS
        while asyncio.get_running_loop().time() < until:
            stranger = AIOKafkaConsumer(
                *(topic.name for topic in TOPICS if topic.name.startswith(("payment.", "booking."))),
                bootstrap_servers=site.stack.context.kafka_bootstrap,
                group_id=group,
                enable_auto_commit=False,
            )
            try:
                async with asyncio.timeout(_STORM_SECONDS):
                    await stranger.start()
                    await asyncio.sleep(_STAY_SECONDS)
            finally:
                await stranger.stop()

    @asynccontextmanager
    async def block(site: Site) -> AsyncIterator[None]:
        storm = asyncio.create_task(come_and_go(site))
        try:
            yield
        finally:
            await storm

    return block
