"""The end of an API process: what runs is finished, what never ends is cut off (docs/bounds.md)."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from typing import Final

import httpx
from libs.common.tests.test_bounds import took

from common.testing import Databases, eventually

# A process of its own: it is to end. Its second is the 20 of `common.app`.
SERVE: Final = """
import asyncio, os
from contextlib import asynccontextmanager
from pathlib import Path
from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from common import app
from common.service import Context, Service
from common.settings import ServiceSettings
from common.testing import Databases, settings_for

app._GRACE_SECONDS = 1
router = APIRouter()

async def parts(seconds):
    yield "begun "
    await asyncio.sleep(seconds)
    yield "done"

@router.get("/{seconds}")
async def answer(seconds: float) -> StreamingResponse:
    return StreamingResponse(parts(seconds))

@asynccontextmanager
async def build(settings, uow, verticals):
    yield Context(uow, verticals)

settings = settings_for(ServiceSettings, Databases("toy", {"barber": os.environ["TOY_DSN"]}, {}, ""))
service = Service("toy", ServiceSettings, build, Path(), routers=(router,))
app.serve(app.create_app(service, settings), "127.0.0.1", int(os.environ["TOY_PORT"]))
"""


async def test_a_request_that_ends_in_time_is_answered_after_the_process_was_asked_to_go(
    toy_databases: Databases,
) -> None:
    async with served(toy_databases) as (process, http), http.stream("GET", "/0.5") as answer:
        parts = answer.aiter_text()
        assert await anext(parts) == "begun "
        process.send_signal(signal.SIGTERM)
        assert await anext(parts) == "done"
        await asyncio.wait_for(process.wait(), 10)


async def test_a_request_that_never_ends_is_cut_off_when_the_time_to_drain_is_over(toy_databases: Databases) -> None:
    async with served(toy_databases) as (process, http), http.stream("GET", "/3600") as answer:
        parts = answer.aiter_text()
        assert await anext(parts) == "begun "
        process.send_signal(signal.SIGTERM)
        async with took(0.9, 8):
            await asyncio.wait_for(process.wait(), 10)


@asynccontextmanager
async def served(databases: Databases) -> AsyncIterator[tuple[asyncio.subprocess.Process, httpx.AsyncClient]]:
    """The process once it answers, and a client of it; it is gone when the block ends."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    environment = {**os.environ, "TOY_DSN": databases.dsns["barber"], "TOY_PORT": str(port)}
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", SERVE, env=environment)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=15, trust_env=False) as http:

            async def is_up() -> bool:
                try:
                    return (await http.get("/health/live")).is_success
                except httpx.TransportError:
                    return False

            await eventually(is_up, 30)
            yield process, http
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
