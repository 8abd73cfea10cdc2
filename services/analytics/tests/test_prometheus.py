"""Asking Prometheus: a real one with our rules, and answers that no real one gives."""

import json
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from prometheus_client import CollectorRegistry, Gauge, start_http_server

from analytics.clients import NoPrometheus, Prometheus
from analytics.domain import sight, state
from analytics.domain.sight import Blind, Sight, Verdict
from common.testing import eventually
from localstack.ports import HOST
from observability.objectives import PROMISES
from observability.observe.prometheus import running
from observability.rules import RULES

NOBODY = "http://127.0.0.1:24398"


@pytest.fixture
def told(port: int) -> Iterator[int]:
    """A program whose oldest event is 7 s old, with 12 connections; its ledger could not be measured."""
    registry = CollectorRegistry()
    Gauge("outbox_oldest_seconds", "Age", ("service", "scope"), registry=registry).labels("booking", "barber").set(7)
    Gauge("db_pool_connections", "Connections", ("way",), registry=registry).labels("direct").set(12)
    ledger = Gauge("payments_ledger_imbalance_minor", "Misses", ("scope", "over"), registry=registry)
    ledger.labels("barber", "all").set(float("nan"))
    server, thread = start_http_server(port, HOST, registry)
    yield port
    server.shutdown()
    server.server_close()
    thread.join(5)


def at_once(folder: Path) -> list[str]:
    """Our rules, reckoned each second."""
    for file in RULES.glob("*.yml"):
        groups: dict[str, Any] = yaml.safe_load(file.read_text())
        for group in groups["groups"]:
            group["interval"] = "1s"
        (folder / file.name).write_text(yaml.safe_dump(groups))
    return [str(folder / "*.yml")]


async def test_what_a_real_one_recorded_is_seen(tmp_path: Path, told: int) -> None:
    program = shutil.which("prometheus")
    if program is None:
        pytest.skip("prometheus is not installed (Debian's package: prometheus)")
    asked = {"targets": [f"{HOST}:{told}"], "labels": {"service": "booking", "component": "api"}}
    scraped = [{"job_name": "planted", "static_configs": [asked]}]
    (tmp_path / "rules").mkdir()
    told_to = {
        "global": {"scrape_interval": "1s"},
        "rule_files": at_once(tmp_path / "rules"),
        "scrape_configs": scraped,
    }
    seen: list[Sight] = []

    async def recorded() -> bool:
        seen.append(await source.look())
        outbox = seen[-1].promise(sight.OUTBOX)
        return outbox is not None and outbox.value == 7 and seen[-1].load("booking").pods == 1

    with running(Path(program), tmp_path / "data", told_to, str(tmp_path)) as found:
        async with httpx.AsyncClient() as client:
            source = Prometheus(client, str(found.client.base_url))
            await eventually(recorded, 30)
    verdicts = {one.key: one.verdict for one in seen[-1].promises}
    assert verdicts.keys() == {one.key for one in PROMISES}
    known = {key for key, one in verdicts.items() if one is not Verdict.UNKNOWN}
    assert known == {sight.OUTBOX, sight.CONNECTIONS, sight.ALERTS}
    assert verdicts[sight.CONNECTIONS] is Verdict.OK
    assert "Antigüedad del evento" in seen[-1].promises[[*verdicts].index(sight.OUTBOX)].title


def test_the_promises_that_parts_are_made_of_are_recorded() -> None:
    recorded = {one.key for one in PROMISES}
    assert {
        sight.OUTBOX,
        sight.EVENT_LAG,
        sight.LEDGER,
        sight.CONNECTIONS,
        sight.RESPONSE_P95,
        sight.ALERTS,
    } <= recorded
    assert len(recorded) == len(PROMISES)
    assert {*state.PROMISE_OF.values()} <= recorded


async def test_without_one_and_before_one_that_does_not_answer_nothing_is_seen() -> None:
    assert (await NoPrometheus().look()).blind is Blind.NOT_CONFIGURED
    async with httpx.AsyncClient() as client:
        assert (await Prometheus(client, NOBODY).look()).blind is Blind.UNREACHABLE


@asynccontextmanager
async def answering(status: int, body: bytes) -> AsyncIterator[Prometheus]:
    """A source before something that answers so."""

    def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, content=body)

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        yield Prometheus(client, "http://prometheus:9090/")


def vector(*result: object) -> bytes:
    return json.dumps({"status": "success", "data": {"resultType": "vector", "result": [*result]}}).encode()


@pytest.mark.parametrize(
    ("status", "body", "blind"),
    [
        (503, b"", Blind.UNREACHABLE),
        (400, b'{"status": "error"}', Blind.BAD_ANSWER),
        (302, b"", Blind.BAD_ANSWER),
        (200, b"", Blind.BAD_ANSWER),
        (200, b"<html>", Blind.BAD_ANSWER),
        (200, b"[" * 100_000, Blind.BAD_ANSWER),
        (200, b'{"status": "error"}', Blind.BAD_ANSWER),
        (200, b'{"status": "success", "data": {"resultType": "matrix", "result": []}}', Blind.BAD_ANSWER),
        (200, vector({"metric": {"__name__": 7}, "value": [1, "1"]}), Blind.BAD_ANSWER),
        (200, vector({"metric": {}, "value": [1]}), Blind.BAD_ANSWER),
        (200, vector() + b" " * 1_048_576, Blind.BAD_ANSWER),
        (200, vector(), Blind.NO_RULES),
    ],
    ids=range(12),
)
async def test_a_bad_answer_is_no_error_of_ours(status: int, body: bytes, blind: Blind) -> None:
    async with answering(status, body) as source:
        assert (await source.look()).blind is blind


@pytest.mark.parametrize("told", ["NaN", "+Inf", "a lot"])
async def test_a_value_that_is_no_number_is_unknown(told: str) -> None:
    named = {"__name__": "objective:target", "objective": "outbox", "kind": "level", "must": "at-most"}
    value = {"metric": {"__name__": "objective:value", "objective": "outbox"}, "value": [1, told]}
    async with answering(200, vector({"metric": named, "value": [1, "60"]}, value)) as source:
        (promise,) = (await source.look()).promises
    assert (promise.target, promise.value, promise.verdict) == (60, None, Verdict.UNKNOWN)
