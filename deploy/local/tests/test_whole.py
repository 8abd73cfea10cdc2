"""The whole stack in its order, with stand-ins for the sandbox and the services; servers and gateway are real."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from localstack import status
from localstack.errors import ProgramError
from localstack.layout import CHECKOUT
from localstack.machine import Machine
from localstack.ports import is_free
from localstack.programs import PROGRAMS, SERVICES
from localstack.stack import Stack
from localstack.testing import example_verticals

GATEWAY = """
global
    stats socket {{ gateway.stats_socket }}
defaults
    mode http
    timeout connect 1s
    timeout client 5s
    timeout server 5s
frontend edge
    bind 127.0.0.1:{{ gateway.http_port }}
    bind 127.0.0.1:{{ gateway.https_port }} ssl crt "{{ gateway.tls_pem }}"
    bind 127.0.0.1:{{ gateway.stats_port }}
    default_backend booking
backend booking
    server one {{ services.booking }}
"""
pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with two verticals and a gateway that passes everything to booking; it shares the real one's jars."""
    folder = tmp_path_factory.mktemp("checkout")
    example_verticals(folder)
    (folder / "services" / "gateway").mkdir(parents=True)
    (folder / "services" / "gateway" / "haproxy.cfg.j2").write_text(GATEWAY)
    (folder / ".local").mkdir()
    jars = CHECKOUT / ".local" / "kafka"
    jars.mkdir(parents=True, exist_ok=True)
    (folder / ".local" / "kafka").symlink_to(jars)
    return folder


@pytest.fixture(scope="module")
def stack(make_stack: Callable[..., Stack], checkout: Path) -> Iterator[Stack]:
    python = checkout / "python"
    python.write_text(f"#!/bin/sh\nexec '{sys.executable}' '{Path(__file__).with_name('stand_in.py')}' \"$@\"\n")
    python.chmod(0o755)
    made = make_stack(checkout=checkout, machine=Machine(python=python))
    assert made.up() is True
    yield made
    made.down()


@pytest.fixture
def up(stack: Stack) -> Stack:
    stack.up()
    return stack


def test_every_program_is_ready(up: Stack) -> None:
    found = status.look(up)
    assert found.ready
    assert [line.program for line in found.programs] == [program.name for program in PROGRAMS]
    assert all(line.memory_bytes and line.pid for line in found.programs)


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_the_gateway_passes_requests_on(up: Stack, scheme: str) -> None:
    port = up.ports["gateway" if scheme == "http" else "gateway-tls"]
    async with httpx.AsyncClient(verify=False) as client:  # noqa: S501 - the certificate is self-signed
        answer = await client.get(f"{scheme}://127.0.0.1:{port}/")
    assert answer.text == "booking api"


def test_every_service_was_migrated(up: Stack) -> None:
    for service in SERVICES:
        assert (up.layout.logs / f"{service}-migrate.log").read_text() == "{\n"


@pytest.mark.parametrize("program", ["booking-worker", "gateway"])
def test_a_killed_program_comes_back(up: Stack, program: str) -> None:
    killed = up.kill(program)
    up.wait_ready([program])
    assert up.pid(program) not in (None, killed)


def test_restart_gives_a_new_process(up: Stack) -> None:
    before = up.pid("booking-api")
    up.restart("booking-api")
    assert up.pid("booking-api") not in (None, before)


def test_a_new_vertical_restarts_what_must_know_it(up: Stack, checkout: Path) -> None:
    before = {name: up.pid(name) for name in ("postgres", "booking-api")}
    (checkout / "verticals" / "vet").mkdir()
    (checkout / "verticals" / "vet" / "vertical.yaml").write_text("hosts: []\n")
    assert up.up() is True
    assert "booking_vet" in up.environment("booking-api")["BOOKING_DATABASES"]
    assert up.pid("booking-api") != before["booking-api"]
    assert up.pid("postgres") == before["postgres"]


def test_a_service_that_does_not_start_is_named_with_its_last_words(up: Stack, checkout: Path) -> None:
    flag = checkout / "broken-payments-worker"
    flag.touch()
    up.kill("payments-worker")
    try:
        with pytest.raises(ProgramError) as refused:
            up.up()
    finally:
        flag.unlink()
    assert refused.value.program == "payments-worker"
    assert "settings: PAYMENTS_DATABASES: Field required" in str(refused.value)


def test_a_migration_that_fails_is_named_with_its_last_words(up: Stack, checkout: Path) -> None:
    flag = checkout / "broken-booking-migrate"
    flag.touch()
    up.supervisor.stop("booking-api")
    try:
        with pytest.raises(ProgramError, match="booking-migrate failed"):
            up.up()
    finally:
        flag.unlink()


def test_down_leaves_no_process_and_no_port(up: Stack) -> None:
    processes = up.live_processes()
    assert len(processes) > len(PROGRAMS)
    assert up.down() is True
    assert not [process for process in processes if psutil.pid_exists(process.pid)]
    assert all(is_free(up.ports[name]) for name in up.ports)
