"""A real partition: a worker in a network namespace of its own, whose only link goes down and comes up again.

Packets vanish in both directions and neither side is told, which a proxy that holds its connections cannot do. Only
workers: they call others, nobody calls them.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

import httpx
from tests.faults import proxy
from tests.faults.proxy import Proxy
from tests.faults.site import Site
from tests.faults.strike import Block

from common.testing import eventually
from localstack.programs import find

_OUTSIDE, _INSIDE, _BITS = "10.213.7.1", "10.213.7.2", 30
_SECONDS: Final = 20
_READY_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 25.0


def impossible() -> str | None:
    """Why this machine cannot do it, None when it can."""
    if os.geteuid() != 0:
        return "only root may make network namespaces"
    probe = subprocess.run(["unshare", "--net", "true"], capture_output=True, timeout=_SECONDS, check=False)
    return None if probe.returncode == 0 else "the system gives out no network namespaces"


@dataclass(frozen=True, slots=True)
class Room:
    """A namespace and the link into it."""

    name: str

    def make(self) -> None:
        """The namespace, and one address on each side of the link."""
        self._ip("netns", "add", self.name)
        self._ip("link", "add", self.name, "type", "veth", "peer", "name", "inside", "netns", self.name)
        self._ip("address", "add", f"{_OUTSIDE}/{_BITS}", "dev", self.name)
        self._ip("-n", self.name, "address", "add", f"{_INSIDE}/{_BITS}", "dev", "inside")
        self._ip("-n", self.name, "link", "set", "inside", "up")
        self._ip("-n", self.name, "link", "set", "lo", "up")
        self.link("up")

    def link(self, state: str) -> None:
        """`up` or `down`."""
        self._ip("link", "set", self.name, state)

    def remove(self) -> None:
        """The link goes with the namespace."""
        subprocess.run(["ip", "netns", "del", self.name], timeout=_SECONDS, check=False)

    @asynccontextmanager
    async def running(self, *command: str) -> AsyncIterator[None]:
        """A program inside while the block runs."""
        inside = ("ip", "netns", "exec", self.name, *command)
        process = await asyncio.create_subprocess_exec(*inside, stdout=asyncio.subprocess.DEVNULL)
        try:
            yield
        finally:
            process.terminate()
            try:
                async with asyncio.timeout(_STOP_SECONDS):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()

    def _ip(self, *words: str) -> None:
        subprocess.run(["ip", *words], check=True, timeout=_SECONDS, capture_output=True)


def cut_off(program: str) -> Block:
    """The worker is cut off from databases, Kafka and the world, and does not know it."""

    @asynccontextmanager
    async def block(site: Site) -> AsyncIterator[None]:
        room = Room(f"bp{os.getpid()}")
        script = site.stack.layout.programs / f"{program}.sh"
        health = site.stack.ports[find(program).ports[0]]
        ways = [way.port for way in site.ways.values()]
        await site.stopped(program)
        room.make()
        try:
            async with AsyncExitStack() as ends:
                for port in ways:
                    await ends.enter_async_context(Proxy(port, port, host=_OUTSIDE).running())
                forwards = {f"{proxy.HOST}:{port}": f"{_OUTSIDE}:{port}" for port in ways}
                forwards[f"{_INSIDE}:{health}"] = f"{proxy.HOST}:{health}"
                await ends.enter_async_context(room.running(*_forwarding(forwards)))
                await ends.enter_async_context(room.running("/bin/sh", str(script)))
                await _ready(health)
                room.link("down")
                yield
                room.link("up")
                await _ready(health)
        finally:
            room.remove()
            await site.started(program)

    return block


def _forwarding(forwards: Mapping[str, str]) -> tuple[str, ...]:
    return sys.executable, "-m", "tests.faults.proxy", *(f"{here}={there}" for here, there in forwards.items())


async def _ready(port: int) -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=5) as http:

        async def answers() -> bool:
            try:
                return (await http.get(f"http://{_INSIDE}:{port}/health/ready")).is_success
            except httpx.TransportError:
                return False

        await eventually(answers, _READY_SECONDS)
