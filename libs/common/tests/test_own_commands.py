"""A service's own commands stand beside those that every service has."""

import json
import os
import subprocess
import sys

import pytest

from common.testing import VERTICALS_DIR, Databases

# A process of its own: it configures logs and ends with a status.
TOY = """
import sys
from argparse import ArgumentParser, Namespace
from contextlib import asynccontextmanager
from pathlib import Path
import structlog
from pydantic_settings import SettingsConfigDict
from common.main import main
from common.service import Command, Context, Service
from common.settings import ServiceSettings

class Settings(ServiceSettings):
    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_prefix="TOY_")

@asynccontextmanager
async def build(settings, uow, verticals):
    yield Context(uow, verticals)

def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--status", type=int, default=0)

async def count(context: Context, arguments: Namespace) -> int:
    structlog.get_logger().warning("counting")
    sys.stdout.write(str(len(context.uow.scopes)))
    return arguments.status

main(Service("toy", Settings, build, Path(), commands=[Command("count", "count scopes", arguments, count)]))
"""


@pytest.fixture
def environment(toy_databases: Databases) -> dict[str, str]:
    told = {
        "API_PORT": "1",
        "WORKER_PORT": "2",
        "DATABASES": json.dumps(dict(toy_databases.dsns)),
        "KAFKA_BOOTSTRAP": "127.0.0.1:1",
        "VERTICALS_DIR": str(VERTICALS_DIR),
        "JWKS_URL": "http://127.0.0.1:1/",
        "TOKEN_ISSUER": "x",
        "TOKEN_AUDIENCE": "x",
        "PUBLIC_URL": "http://localhost",
    }
    return {**os.environ, **{f"TOY_{name}": value for name, value in told.items()}}


def run(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", TOY, *words], env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("status", [0, 1, 3])
def test_it_is_run_with_the_service_s_context_and_ends_with_its_status(
    environment: dict[str, str], status: int
) -> None:
    ended = run(environment, "count", "--status", str(status))
    assert (ended.returncode, ended.stdout) == (status, "2"), ended.stderr
    assert "counting" in ended.stderr


@pytest.mark.parametrize("words", [("count", "--status", "x"), ("recount",), ()])
def test_bad_arguments_end_with_two(environment: dict[str, str], words: tuple[str, ...]) -> None:
    assert run(environment, *words).returncode == 2


def test_the_commands_of_all_services_are_still_there(environment: dict[str, str]) -> None:
    told = run(environment, "--help").stdout
    assert all(name in told for name in ("api", "worker", "migrate", "count"))
