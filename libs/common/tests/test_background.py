"""An API process whose background task died takes no more requests and ends."""

import os
import subprocess
import sys
from dataclasses import replace
from typing import Final

import httpx

from common.service import Context, Service
from common.settings import ServiceSettings
from common.testing import Databases, Tokens, api_client, eventually, settings_for

# A process of its own: it is to end.
SERVE: Final = """
import os
from contextlib import asynccontextmanager
from pathlib import Path
from common.app import create_app, serve
from common.service import Context, Service
from common.settings import ServiceSettings
from common.testing import Databases, settings_for

@asynccontextmanager
async def build(settings, uow, verticals):
    yield Context(uow, verticals)

async def fails(context):
    raise ZeroDivisionError

settings = settings_for(ServiceSettings, Databases("toy", {"barber": os.environ["TOY_DSN"]}, {}, ""))
service = Service("toy", ServiceSettings, build, Path(), background=(fails,))
serve(create_app(service, settings), "127.0.0.1", 0)
"""


async def fails(_context: Context) -> None:
    raise ZeroDivisionError


async def ends(_context: Context) -> None:
    """Done, and nothing wrong with that."""


async def readiness(http: httpx.AsyncClient) -> int:
    return (await http.get("/health/ready")).status_code


async def test_a_process_whose_background_task_failed_is_not_ready(
    toy: Service[ServiceSettings, Context], toy_databases: Databases, tokens: Tokens
) -> None:
    service = replace(toy, background=(ends, fails))
    async with api_client(service, settings_for(service.settings, toy_databases), tokens) as (http, _context):

        async def is_away() -> bool:
            return await readiness(http) == 503

        await eventually(is_away)


async def test_a_background_task_that_is_done_leaves_the_process_ready(
    toy: Service[ServiceSettings, Context], toy_databases: Databases, tokens: Tokens
) -> None:
    service = replace(toy, background=(ends,))
    async with api_client(service, settings_for(service.settings, toy_databases), tokens) as (http, _context):
        assert await readiness(http) == 200


def test_a_process_whose_background_task_failed_ends_with_a_status_for_its_supervisor(toy_databases: Databases) -> None:
    environment = {**os.environ, "TOY_DSN": toy_databases.dsns["barber"]}
    ended = subprocess.run(
        [sys.executable, "-c", SERVE], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stderr) == (1, "")
