"""`python -m sandbox`: settings, `kill -9`, restart and a graceful end."""

import asyncio
import os
import signal
import sqlite3
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import cast

import httpx
import pytest

from sandbox.__main__ import main
from sandbox.testing import (
    BANK_TOKEN,
    COLLECTOR_ID,
    MERCADOPAGO_TOKEN,
    WEBHOOK_SECRET,
    Receiver,
    bind,
    client_of,
    eventually,
)

# Each worker of a parallel run has its own: a port is free again before the process takes it.
PORTS_PER_WORKER = 20
PORTS = range(24500, 24600)
ITEM = {"title": "Corte", "quantity": 1, "unit_price": 3000}


def free_ports() -> tuple[int, int]:
    """Two ports that are free now."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    mine = PORTS[PORTS_PER_WORKER * worker % len(PORTS) :][:PORTS_PER_WORKER]
    with bind(mine) as first, bind(mine) as second:
        return first.getsockname()[1], second.getsockname()[1]


def environment(data_file: Path, ports: tuple[int, int]) -> dict[str, str]:
    settings = {
        "SANDBOX_PORT": str(ports[0]),
        "SANDBOX_SMTP_PORT": str(ports[1]),
        "SANDBOX_DATA_FILE": str(data_file),
        "SANDBOX_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "SANDBOX_MERCADOPAGO_TOKEN": MERCADOPAGO_TOKEN,
        "SANDBOX_WHATSAPP_TOKEN": "TEST-whatsapp",
        "SANDBOX_BANK_TOKEN": BANK_TOKEN,
        "SANDBOX_COLLECTOR_ID": str(COLLECTOR_ID),
        "SANDBOX_WEBHOOK_RETRY_SECONDS": "0.1",
        "SANDBOX_WEBHOOK_TIMEOUT_SECONDS": "1",
    }
    return {"PATH": os.environ["PATH"], **settings}


async def start(env: dict[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox", env=env, stderr=asyncio.subprocess.PIPE
    )


@asynccontextmanager
async def running(env: dict[str, str]) -> AsyncIterator[tuple[asyncio.subprocess.Process, httpx.AsyncClient]]:
    """A sandbox process that answers, killed at the end if it still runs."""
    process = await start(env)
    try:
        async with client_of(None, f"http://127.0.0.1:{env['SANDBOX_PORT']}") as client:

            async def ready() -> bool:
                try:
                    return (await client.get("/health/ready")).status_code == 200
                except httpx.TransportError:
                    return False

            await eventually(ready, 15)
            yield process, client
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def output_of(env: dict[str, str]) -> tuple[int | None, list[str]]:
    process = await start(env)
    _, err = await asyncio.wait_for(process.communicate(), 15)
    return process.returncode, err.decode().splitlines()


async def test_what_was_accepted_survives_kill_9_and_pending_webhooks_go_out_after_it(
    tmp_path: Path, receiver: Receiver
) -> None:
    env = environment(tmp_path / "sandbox.db", free_ports())
    receiver.answers = [503] * 3
    async with running(env) as (process, client):
        preference = (
            await client.post("/checkout/preferences", json={"items": [ITEM], "notification_url": receiver.url})
        ).json()
        payment = (await client.post(f"/sandbox/checkout/{preference['id']}/pay", json={})).json()
        text = {"messaging_product": "whatsapp", "to": "5491112345678", "text": {"body": "Hola"}}
        await client.post("/v22.0/1/messages", json=text, headers={"authorization": "Bearer TEST-whatsapp"})
        process.send_signal(signal.SIGKILL)
        await process.wait()
    heard_before = len(receiver.got)
    receiver.answers = []

    async with running(env) as (_, client):
        found = (await client.get(f"/v1/payments/{payment['id']}")).json()
        messages = (await client.get("/sandbox/messages")).json()["messages"]
        got = await receiver.has(heard_before + 1)

    assert found["status"] == "approved"
    assert [each["body"] for each in messages] == ["Hola"]
    assert got[-1].query["data.id"] == str(payment["id"])


async def test_sigterm_ends_it_within_three_seconds_with_an_answer_held_and_deliveries_failing(tmp_path: Path) -> None:
    env = environment(tmp_path / "sandbox.db", free_ports())
    async with running(env) as (process, client):
        for number in range(20):
            wish = {"url": "http://127.0.0.1:9/", "data_id": str(number), "times": 50}
            await client.post("/sandbox/webhooks", json=wish)
        await client.put("/sandbox/knobs", json={"timeout_after_accept": 1})
        held = asyncio.create_task(client.post("/checkout/preferences", json={"items": [ITEM]}))

        async def accepted() -> bool:
            stats = (await client.get("/sandbox/stats")).json()
            return bool(stats["preferences"])

        await eventually(accepted)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        code = await asyncio.wait_for(process.wait(), 5)
        took = time.monotonic() - began
        (outcome,) = await asyncio.gather(held, return_exceptions=True)

    assert code == 0
    assert took < 3
    assert isinstance(outcome, httpx.TransportError) or cast("httpx.Response", outcome).status_code == 500


async def test_missing_settings_are_named_on_one_line_with_exit_code_2(tmp_path: Path) -> None:
    env = environment(tmp_path / "sandbox.db", (24098, 24099))
    del env["SANDBOX_WEBHOOK_SECRET"]
    env["SANDBOX_COLLECTOR_ID"] = "not-a-number"

    process = await start(env)
    _, err = await asyncio.wait_for(process.communicate(), 15)

    (line,) = err.decode().splitlines()
    assert process.returncode == 2
    assert "missing setting: SANDBOX_WEBHOOK_SECRET" in line
    assert "SANDBOX_COLLECTOR_ID" in line
    assert "not-a-number" not in line


def starting(env: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What the program says on stderr when it cannot start, with exit code 1."""
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert main() == 1
    return capsys.readouterr().err.splitlines()


def test_a_taken_port_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with bind(PORTS) as taken:
        port = taken.getsockname()[1]
        lines = starting(environment(tmp_path / "sandbox.db", (port, 24099)), monkeypatch, capsys)

    assert lines == [f"sandbox: SANDBOX_PORT: 127.0.0.1:{port} cannot be bound: Address already in use"]


def test_a_data_file_that_cannot_be_written_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (line,) = starting(environment(tmp_path, free_ports()), monkeypatch, capsys)

    assert line.startswith("sandbox: SANDBOX_DATA_FILE cannot be opened")


def test_a_data_file_of_another_version_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(sqlite3.connect(tmp_path / "sandbox.db")) as other:
        other.execute("PRAGMA user_version = 99")

    (line,) = starting(environment(tmp_path / "sandbox.db", free_ports()), monkeypatch, capsys)

    assert line == "sandbox: SANDBOX_DATA_FILE is of another version (99): remove it"
