"""A rolling restart as Kubernetes does it: the new process is ready before the old one is asked to go."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from typing import Final

import httpx
import psutil
from tests.faults.site import Site
from tests.faults.strike import Block, prove

from common.testing import eventually
from localstack.ports import HOST, is_free

# Two runs on one machine must not meet: one's twin would be taken for the other's.
_TWIN_PORTS: Final = Random(os.getpid()).sample(range(28900, 29900), 100)
_READY_SECONDS: Final = 90.0
_STOP_SECONDS: Final = 25.0
_COMMAND_SECONDS: Final = 5.0
_LEAVE_SECONDS: Final = 2.0


def rolled(service: str) -> Block:
    """A service's API and worker are replaced while clients go on."""

    @asynccontextmanager
    async def block(site: Site) -> AsyncIterator[None]:
        programs = (f"{service}-api", f"{service}-worker")
        before = [site.stack.pid(program) for program in programs]
        await replace_api(site, service)
        await asyncio.to_thread(site.stack.restart, f"{service}-worker")
        after = [site.stack.pid(program) for program in programs]
        prove(not set(before) & set(after), f"{service} was not restarted")
        yield

    return block


async def replace_api(site: Site, service: str) -> None:
    """A service's API, started anew with what its script says by now, while a second process stands in for it."""
    async with _twin(site, service) as port:
        await _lead(site, service, port)
        await asyncio.to_thread(site.stack.restart, f"{service}-api")
        await _lead(site, service, site.stack.ports[f"{service}-api"])


@asynccontextmanager
async def gateway_reloaded(site: Site) -> AsyncIterator[None]:
    """HAProxy reads its configuration again, three times."""
    for _ in range(3):
        await reload_gateway(site)
    yield


async def reload_gateway(site: Site) -> None:
    """Its master starts new workers and lets the old ones end their requests."""
    before = _workers(site)
    await site.kill("gateway", signal.SIGUSR2)
    await eventually(lambda: _workers(site) - before, _READY_SECONDS)
    await site.ready(["gateway"])


def _workers(site: Site) -> set[int]:
    return {worker.pid for worker in psutil.Process(site.stack.pid("gateway")).children()}


@asynccontextmanager
async def _twin(site: Site, service: str) -> AsyncIterator[int]:
    """A second API process, ready; asked to go, and gone, when the block ends."""
    port = next(port for port in _TWIN_PORTS if is_free(port))
    script = site.stack.layout.programs / f"{service}-api.sh"
    variable = f"export {service.upper()}_API_PORT={port}\n"
    text = script.read_text().replace("exec ", f"{variable}exec ", 1)
    log = (site.stack.layout.logs / f"{service}-api-twin.log").open("ab")
    home = site.stack.layout.home
    process = await asyncio.create_subprocess_exec("/bin/sh", "-c", text, stdout=log, stderr=log, cwd=home)
    try:
        async with httpx.AsyncClient(trust_env=False) as http:
            await eventually(lambda: _is_ready(http, port), _READY_SECONDS)
        if process.returncode is not None:
            raise RuntimeError(f"the second {service} ended by itself; its log is {service}-api-twin.log")
        yield port
        process.terminate()
        async with asyncio.timeout(_STOP_SECONDS):
            await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        log.close()


async def _is_ready(http: httpx.AsyncClient, port: int) -> bool:
    try:
        return (await http.get(f"http://{HOST}:{port}/health/ready", timeout=_COMMAND_SECONDS)).is_success
    except httpx.TransportError:
        return False


async def _lead(site: Site, service: str, port: int) -> None:
    """Have the gateway send a service's requests there; what is under way ends where it began."""
    backends = {line.split(",")[0] for line in (await _tell(site, "show stat -1 4 -1")).splitlines() if line}
    mine = [name for name in backends if name == service or name.startswith(f"{service}-")]
    for backend in mine:
        answer = await _tell(site, f"set server {backend}/one addr {HOST} port {port}")
        if "changed" not in answer and "no need to change" not in answer:
            raise RuntimeError(f"the gateway refuses: {answer.strip()}")
    # As preStop does: what was sent there a moment ago is read before that process is asked to go.
    await asyncio.sleep(_LEAVE_SECONDS)


async def _tell(site: Site, command: str) -> str:
    """One command on HAProxy's own socket; what it answers."""
    async with asyncio.timeout(_COMMAND_SECONDS):
        reader, writer = await asyncio.open_unix_connection(str(site.stack.layout.sockets / "gateway.sock"))
        writer.write(f"{command}\n".encode())
        await writer.drain()
        answer = await reader.read()
        writer.close()
    return answer.decode()
