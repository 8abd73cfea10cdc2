"""Spans and logs of a process: by route and by place, never what people typed or what an error quotes."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

# Processes of their own: spans and logs are configured once for all that runs in one.
ASK: Final = """
import asyncio, sys
from contextlib import asynccontextmanager
from pathlib import Path
import httpx
from common import telemetry
from common.app import create_app
from common.service import Service
from common.settings import ServiceSettings
from common.testing import Databases, settings_for

@asynccontextmanager
async def build(settings, uow, verticals):
    yield None

async def ask(app):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client:
        await client.get("/api/v1/links/secret-token", params={"name": "somebody"})

settings = settings_for(ServiceSettings, Databases("toy", {}, {}, ""), traces_file=Path(sys.argv[1]))
telemetry.configure("toy", "api", settings)
asyncio.run(ask(create_app(Service("toy", ServiceSettings, build, Path()), settings)))
telemetry.flush()
"""

FAIL: Final = """
import logging
from pathlib import Path
from common import telemetry
from common.settings import ServiceSettings
from common.testing import Databases, settings_for

telemetry.configure("toy", "api", settings_for(ServiceSettings, Databases("toy", {}, {}, "")))
try:
    raise ValueError("somebody's phone")
except ValueError:
    logging.getLogger("somebody.elses.library").exception("it broke")
"""


def test_what_a_library_logs_of_an_error_does_not_quote_it() -> None:
    done = subprocess.run([sys.executable, "-c", FAIL], check=True, timeout=60, capture_output=True, text=True)
    (line,) = done.stdout.splitlines()
    assert "ValueError at" in json.loads(line)["exception"]
    assert "phone" not in done.stdout + done.stderr


def test_a_span_of_a_request_holds_neither_its_path_nor_its_query(tmp_path: Path) -> None:
    traces = tmp_path / "traces.jsonl"
    subprocess.run([sys.executable, "-c", ASK, traces], check=True, timeout=60)
    told = traces.read_text()
    assert [json.loads(line)["name"] for line in told.splitlines()] == ["GET (none)"]
    assert "secret-token" not in told
    assert "somebody" not in told
