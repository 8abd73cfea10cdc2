"""The faults as blocks: the platform is hurt while one runs, and healed when it ends."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Final

from aiokafka import AIOKafkaConsumer
from tests.faults.letters import Parked, parked, readers_of
from tests.faults.proxy import Weather
from tests.faults.site import Site
from tests.faults.strike import Block, DidNotStrike, prove

from common.testing import eventually
from contracts.registry import TOPICS

_BLOWN_SECONDS: Final = 30.0
_STORM_SECONDS: Final = 10.0
_STAY_SECONDS: Final = 0.5
_PARKED_SECONDS: Final = 30.0
# Knobs that only say how another one strikes, or are of account for few calls: the sandbox does not count them.
_MANNERS: Final = frozenset({"hold_seconds", "error_kind", "webhook_before_response"})


def killed(program: str) -> Block:
    """`kill -9`; the supervisor brings it back at once."""

    @asynccontextmanager
    async def block(site: Site) -> AsyncIterator[None]:
        before = await site.kill(program, signal.SIGKILL)
        yield
        await site.ready([program])
        prove(site.stack.pid(program) != before, f"{program} did not die")

    return block


def down(program: str) -> Block:
    """Killed, and away for the whole time."""

    @asynccontextmanager
    async def block(site: Site) -> AsyncIterator[None]:
        await site.stopped(program)
        try:
            yield
            prove(site.stack.pid(program) is None, f"{program} was there all the time")
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
        try:
            await eventually(lambda: not fuse.exists(), _BLOWN_SECONDS)
        except AssertionError:
            fuse.unlink(missing_ok=True)
            raise DidNotStrike(f"{program} never came to this point") from None
        await site.ready([program])

    return block


def weather(way: str, kind: Weather = Weather.FAIR, latency: float = 0.0) -> Block:
    """What lies between the services and a server misbehaves."""

    @asynccontextmanager
    async def block(site: Site) -> AsyncIterator[None]:
        before = site.ways[way].hurt
        with site.ways[way].turned(kind, latency):
            yield
        prove(site.ways[way].hurt > before, "nothing was said on this way")

    return block


def outside(**knobs: object) -> Block:
    """MercadoPago or WhatsApp misbehave."""

    @asynccontextmanager
    async def block(site: Site) -> AsyncIterator[None]:
        before = await site.town.outside.struck()
        async with site.town.outside.misbehaving(**knobs):
            yield
            after = await site.town.outside.struck()
        idle = [name for name in knobs.keys() - _MANNERS if after.get(name, 0) == before.get(name, 0)]
        prove(not idle, f"nothing came to suffer from {', '.join(sorted(idle))}")

    return block


def skewed(service: str, by: timedelta) -> Block:
    """One service's clock goes ahead of all the others'."""

    @asynccontextmanager
    async def block(site: Site) -> AsyncIterator[None]:
        async with site.town.records.clock_of(service, "barber") as clock:
            await clock.to(by)
            ahead = await site.town.records.value(service, "barber", "SELECT app_now() - now()")
            prove(ahead == by, f"its clock is {ahead} ahead")
            yield

    return block


@asynccontextmanager
async def poisoned(site: Site) -> AsyncIterator[None]:
    """A record that is no event, in each partition of two topics: each reader parks exactly these."""
    before, due = await parked(site), 0
    for topic in ("booking.created", "payment.confirmed"):
        partitions = await site.town.records.put(topic, b"{ this is no event", {"ce_vertical": "barber"})
        due += partitions * readers_of(site, topic, "barber")
    yield
    planted = [one for one in await _parked_in_time(site, before, due) if one.planted]
    prove(len(planted) == due, f"{len(planted)} dead letters of {due} appeared")


async def _parked_in_time(site: Site, before: frozenset[Parked], due: int) -> frozenset[Parked]:
    """What was parked anew, once so much has been; the readers may be slow."""
    new: frozenset[Parked] = frozenset()

    async def enough() -> bool:
        nonlocal new
        new = await parked(site) - before
        return len(new) >= due

    with suppress(AssertionError):
        await eventually(enough, _PARKED_SECONDS)
    return new


def stormy(group: str) -> Block:
    """Strangers join a consumer group and leave it again, over and over: the partitions never rest."""

    @asynccontextmanager
    async def block(site: Site) -> AsyncIterator[None]:
        storm = asyncio.create_task(_come_and_go(site, group))
        try:
            yield
        finally:
            generations = await storm
        prove(len(generations) > 1, f"the group {group} went through {len(generations)} generations")

    return block


async def _come_and_go(site: Site, group: str) -> set[int]:
    """The generations of the group in which a stranger was a member."""
    generations: set[int] = set()
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
                generations.add(stranger._coordinator.generation)
                await asyncio.sleep(_STAY_SECONDS)
        finally:
            await stranger.stop()
    return generations
