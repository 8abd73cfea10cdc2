"""A real partition: a worker in a network namespace of its own, whose only link leads nowhere for a while.

Packets vanish in both directions and neither side is told, which a proxy that holds its connections cannot do. To
PostgreSQL it speaks directly, so that the server itself has to find out. Only workers: they call others, nobody calls
them.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx
from tests.faults.site import Site
from tests.faults.strike import Block, prove

from common.testing import eventually
from localstack.ports import HOST
from localstack.programs import find

# Two runs on one machine must not meet.
_NET: Final = f"10.213.{os.getpid() % 256}"
OUTSIDE, INSIDE, _BITS = f"{_NET}.1", f"{_NET}.2", 30
_SECONDS: Final = 20
_READY_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 25.0
_CONNECT_SECONDS: Final = 2.0
_NOBODY: Final = "02:00:00:00:00:01"
_LOOPBACK: Final = "127.0.0.0/8"
TAKEN_OVER_SECONDS: Final = 45.0
"""PostgreSQL gives up a silent relay after 25 s (docs/bounds.md); then the standby has its lock within a second."""
_LOCKS: Final = """
    SELECT host(client_addr) AS holder FROM pg_stat_activity JOIN pg_locks USING (pid)
    WHERE application_name = $1 AND datname = $2 AND locktype = 'advisory' AND granted
"""


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
        """The namespace, one address on each side of the link, and behind it our loopback in the place of its own."""
        self._ip("netns", "add", self.name)
        self._ip("link", "add", self.name, "type", "veth", "peer", "name", "inside", "netns", self.name)
        self._ip("address", "add", f"{OUTSIDE}/{_BITS}", "dev", self.name)
        self._ip("-n", self.name, "address", "add", f"{INSIDE}/{_BITS}", "dev", "inside")
        self._ip("-n", self.name, "link", "set", "inside", "up")
        self._ip("-n", self.name, "link", "set", "lo", "up")
        self._ip("link", "set", self.name, "up")
        self._let_loopback_through()

    def _let_loopback_through(self) -> None:
        """Servers listen on 127.0.0.1, which no packet may leave or enter a machine by, unless it is told so."""
        settings = ("route_localnet=1", "accept_local=1", "rp_filter=0")
        self._run("sysctl", "-q", "-w", *(f"net.ipv4.conf.{self.name}.{one}" for one in settings))
        for device in ("all", "inside"):
            self._within("sysctl", "-q", "-w", *(f"net.ipv4.conf.{device}.{one}" for one in settings))
        for local in ("127.0.0.1", _LOOPBACK):
            self._ip("-n", self.name, "route", "del", "local", local, "table", "local", "dev", "lo")
        self._ip("-n", self.name, "route", "add", _LOOPBACK, "via", OUTSIDE, "dev", "inside", "src", INSIDE)

    def cut(self) -> None:
        """Packets go out as ever and to nobody. A link that goes down would tell both sides: their routes are gone."""
        for side, device, other in self._sides():
            self._ip(*side, "neighbour", "replace", other, "lladdr", _NOBODY, "dev", device, "nud", "permanent")

    def join(self) -> None:
        """They find each other again."""
        for side, device, other in self._sides():
            self._ip(*side, "neighbour", "del", other, "dev", device)

    def _sides(self) -> Iterator[tuple[Sequence[str], str, str]]:
        yield (), self.name, INSIDE
        yield ("-n", self.name), "inside", OUTSIDE

    def remove(self) -> None:
        """The link first: with its namespace it would go too, but later, and the next room could not have its name."""
        for what in ("link", "netns"):
            subprocess.run(["ip", what, "del", self.name], timeout=_SECONDS, check=False)

    def reaches(self, port: int) -> bool:
        """Whether a connection from inside comes about."""
        attempt = f"import socket; socket.create_connection(('{HOST}', {port}), {_CONNECT_SECONDS})"
        inside = ("ip", "netns", "exec", self.name, sys.executable, "-c", attempt)
        return subprocess.run(inside, capture_output=True, timeout=_SECONDS, check=False).returncode == 0

    @asynccontextmanager
    async def running(self, script: str, log: Path) -> AsyncIterator[None]:
        """A shell script inside while the block runs; what it says is added to the log."""
        inside = ("ip", "netns", "exec", self.name, "/bin/sh", "-c", script)
        with log.open("ab") as said:
            process = await asyncio.create_subprocess_exec(*inside, stdout=said, stderr=said)
        try:
            yield
        finally:
            # One that gave up by itself is gone already.
            with suppress(ProcessLookupError):
                process.terminate()
            try:
                async with asyncio.timeout(_STOP_SECONDS):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()

    def _ip(self, *words: str) -> None:
        self._run("ip", *words)

    def _within(self, *words: str) -> None:
        self._run("ip", "netns", "exec", self.name, *words)

    def _run(self, *words: str) -> None:
        subprocess.run(words, check=True, timeout=_SECONDS, capture_output=True)


def cut_off(program: str) -> Block:
    """The worker is cut off from databases, Kafka and the world, and does not know it."""

    @asynccontextmanager
    async def block(site: Site) -> AsyncIterator[None]:
        async with _moved_inside(site, program) as room:
            await _cut(site, room)
            yield
            room.join()
            await _ready(site, program)

    return block


def replaced(program: str) -> Block:
    """The same, and a second worker takes over, while the first one is still cut off and believes that it relays."""

    @asynccontextmanager
    async def block(site: Site) -> AsyncIterator[None]:
        async with _moved_inside(site, program) as room:
            await _cut(site, room)
            await site.started(program)
            try:
                await eventually(lambda: _has_taken_over(site, program), TAKEN_OVER_SECONDS)
            except AssertionError:
                raise AssertionError(f"the relay's lock of a lost {program} was held for too long") from None
            yield
            room.join()
            await _ready(site, program)

    return block


async def _cut(site: Site, room: Room) -> None:
    server = site.stack.ports["postgres"]
    prove(await asyncio.to_thread(room.reaches, server), "nothing was reached before it was cut off either")
    room.cut()
    prove(not await asyncio.to_thread(room.reaches, server), "the way was open although it was cut")


@asynccontextmanager
async def _moved_inside(site: Site, program: str) -> AsyncIterator[Room]:
    """The program runs in a room, ready, in the place of the supervised one."""
    room = Room(f"bp{os.getpid()}")
    script = (site.stack.layout.programs / f"{program}.sh").read_text()
    await site.stopped(program)
    try:
        room.make()
        # Its health is asked from outside, and its own loopback is not there.
        everywhere = f"export {str(find(program).service).upper()}_HOST=0.0.0.0\nexec "
        direct = script.replace(f":{site.ways['postgres'].port}/", f":{site.stack.ports['postgres']}/")
        log = site.stack.layout.logs / f"{program}-inside.log"
        async with _let_in(site), room.running(direct.replace("exec ", everywhere, 1), log):
            await _ready(site, program)
            yield room
    finally:
        room.remove()
        await site.started(program)


@asynccontextmanager
async def _let_in(site: Site) -> AsyncIterator[None]:
    """PostgreSQL lets nobody in but from its own machine; whoever lives inside is made an exception."""
    file = Path(str(site.stack.layout.remembered()["postgres_home"])) / "data" / "pg_hba.conf"
    usual = file.read_text()
    file.write_text(f"{usual}\nhost all all {INSIDE}/32 scram-sha-256\n")
    try:
        await _ask_postgres(site, "SELECT pg_reload_conf()")
        yield
    finally:
        file.write_text(usual)
        await _ask_postgres(site, "SELECT pg_reload_conf()")


async def _ask_postgres(site: Site, query: str, *values: str) -> Sequence[Mapping[str, Any]]:
    connection = await asyncpg.connect(site.stack.context.superuser_dsn(), timeout=_CONNECT_SECONDS)
    try:
        rows: Sequence[Mapping[str, Any]] = await connection.fetch(query, *values)
    finally:
        connection.terminate()
    return rows


async def _has_taken_over(site: Site, program: str) -> bool:
    """Whether each relay's lock is held by somebody who is not inside."""
    service = str(find(program).service)
    holders = await _ask_postgres(site, _LOCKS, f"{service}-relay", service)
    outside = [row for row in holders if row["holder"] != INSIDE]
    return len(outside) == len(holders) == len(site.stack.scopes[service])


async def _ready(site: Site, program: str) -> None:
    port = site.stack.ports[find(program).ports[0]]
    async with httpx.AsyncClient(trust_env=False, timeout=5) as http:

        async def answers() -> bool:
            try:
                return (await http.get(f"http://{INSIDE}:{port}/health/ready")).is_success
            except httpx.TransportError:
                return False

        await eventually(answers, _READY_SECONDS)
