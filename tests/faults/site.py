"""Where faults are injected: the town, the ways between its programs, and what can be done to its processes."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

from tests.faults import failpoints
from tests.faults.driver import Driver
from tests.faults.proxy import Proxy
from tests.town.client import Gateway
from tests.town.outside import Outside
from tests.town.people import People
from tests.town.records import Records
from tests.town.shops import open_shop
from tests.town.town import Town

from localstack import supervision
from localstack.ports import find_ports, is_free
from localstack.programs import find
from localstack.progress import Reporter
from localstack.stack import Stack

_FIRST_OFFSET: Final = 8200
_WAYS: Final = ("postgres", "kafka", "sandbox")
_WAY_PORTS: Final = range(28400, 28900)
_AHEAD: Final = timedelta(hours=30)
_CLIENTS: Final = 8
_STAFF: Final = 3


@dataclass
class Site:
    """A town to hurt. `ways`: name of a server -> the proxy through which services reach it, where there is one."""

    town: Town
    ways: Mapping[str, Proxy] = field(default_factory=dict)

    @property
    def stack(self) -> Stack:
        """Its processes."""
        return self.town.stack

    async def driver(self, seed: int, rate: float) -> Driver:
        """A new shop and new clients, and a load for them: `rate` requests a second on average."""
        shop = await open_shop(self.town, staff=_STAFF)
        clients = [await self.town.people.client() for _ in range(_CLIENTS)]
        slots = await shop.slots(datetime.now(UTC) + _AHEAD)
        return Driver(self.town, shop, clients, slots, Random(seed), rate)

    async def kill(self, program: str, signal: int) -> int:
        """Send a signal; answers whom."""
        return await asyncio.to_thread(self.stack.kill, program, signal)

    async def ready(self, programs: Iterable[str]) -> None:
        """Wait until these are ready, each within its own bound."""
        await asyncio.to_thread(self.stack.wait_ready, list(programs))

    async def stopped(self, program: str) -> None:
        """Killed, and not started again by the supervisor."""
        await self.kill(program, 9)
        seconds = find(program).stop_seconds + 5
        await asyncio.to_thread(supervision.keep_down, self.stack.supervisor, program, seconds)

    async def started(self, program: str) -> None:
        """Running again, and ready."""
        await asyncio.to_thread(self.stack.supervisor.start, program)
        await self.ready([program])

    async def put_right(self) -> None:
        """After a fault that was not survived: fair weather, every program running, an outside that behaves."""
        for way in self.ways.values():
            way.clear()
            way.reset_all()
        await asyncio.to_thread(self.stack.up)
        await self.town.outside.behave()

    async def wire(self, point: str, program: str) -> Path:
        """Restart a program so that it will die once at this point; answers the fuse to light."""
        known, script = find(program), self.stack.layout.programs / f"{program}.sh"
        fuse = self.stack.layout.run / f"{program}.fuse"
        plain = script.read_text()
        module = f"-m {known.service} {known.kind.value}"
        wired = plain.replace(module, f"{failpoints.__file__} {point} {fuse} {known.service} {known.kind.value}")
        if wired == plain:
            raise LookupError(f"{script} does not start {module}")
        script.write_text(wired)
        try:
            await asyncio.to_thread(self.stack.restart, program)
        finally:
            # From here on the supervisor starts it plainly again.
            script.write_text(plain)
        return fuse


@asynccontextmanager
async def standing(home: Path, reporter: Reporter) -> AsyncIterator[Site]:
    """A stack in `home`, with a proxy on each way, while the block runs; its data stays."""
    ports = iter([port for port in _WAY_PORTS if is_free(port)])
    base = find_ports(_FIRST_OFFSET)
    ways = {name: Proxy(next(ports), base[name]) for name in _WAYS}
    detours = {name: way.port for name, way in ways.items()}
    stack = Stack(home, base.offset, reporter=reporter, detours=detours)
    async with AsyncExitStack() as ends:
        for way in ways.values():
            await ends.enter_async_context(way.running())
        ends.push_async_callback(asyncio.to_thread, stack.down)
        await asyncio.to_thread(stack.up)
        yield await ends.enter_async_context(_town(stack, ways))


@asynccontextmanager
async def _town(stack: Stack, ways: Mapping[str, Proxy]) -> AsyncIterator[Site]:
    context = stack.context
    async with Gateway.at(context.public_url) as gateway, Outside.at(context.sandbox_url) as outside:
        records = Records(context)
        people = People(gateway, outside, context.secrets.operator_password)
        try:
            yield Site(Town(stack, gateway, outside, people, records), ways)
        finally:
            await records.close()
