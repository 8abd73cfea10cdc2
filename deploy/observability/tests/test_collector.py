"""The collector takes its configuration, and lets through no attribute that could tell who a person is."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from common.testing import eventually
from localstack.ports import is_free
from observability.rules import HERE

CONFIG = HERE / "otel" / "collector.yml"
PORTS = filter(is_free, count(26500))


@pytest.fixture
def scrape(tmp_path: Path) -> Path:
    """It scrapes nobody."""
    path = tmp_path / "scrape.yml"
    path.write_text("scrape_configs: [{job_name: nobody}]\n")
    return path


def environment(scrape: Path, **more: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "OTEL_SCRAPE": str(scrape), **more}


def validate(otelcol: Path, config: Path, told: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [str(otelcol), "validate", f"--config={config}"]
    return subprocess.run(command, env=told, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("backend", [{}, {"OTEL_EXPORTER": "otlp/backend", "OTEL_BACKEND": "tempo:4317"}], ids=str)
def test_it_takes_its_configuration(otelcol: Path, scrape: Path, backend: dict[str, str]) -> None:
    reply = validate(otelcol, CONFIG, environment(scrape, **backend))
    assert reply.returncode == 0, reply.stdout + reply.stderr


def test_a_planted_mistake_in_it_is_found(otelcol: Path, scrape: Path, tmp_path: Path) -> None:
    planted = tmp_path / "collector.yml"
    planted.write_text(CONFIG.read_text().replace("allow_all_keys", "allow_every_key"))
    reply = validate(otelcol, planted, environment(scrape))
    assert reply.returncode != 0
    assert "allow_every_key" in reply.stdout + reply.stderr


async def test_of_a_span_only_what_is_on_the_list_leaves(otelcol: Path, scrape: Path, tmp_path: Path) -> None:
    log = tmp_path / "collector.log"
    async with collecting(otelcol, scrape, log) as endpoint:
        provider = TracerProvider(resource=Resource.create({"service.name": "booking", "client.name": "Carla"}))
        provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(endpoint=endpoint, timeout=5)))
        told = {"channel": "whatsapp", "client.phone": "5493515551234"}
        provider.get_tracer("barberpro").start_span("message sent", attributes=told).end()
        provider.shutdown()
        await eventually(lambda: "message sent" in log.read_text())
    shown = log.read_text()
    assert "channel: Str(whatsapp)" in shown
    assert "service.name: Str(booking)" in shown
    assert "5493515551234" not in shown
    assert "Carla" not in shown


@asynccontextmanager
async def collecting(otelcol: Path, scrape: Path, log: Path) -> AsyncIterator[str]:
    """A running one that writes each span to its log; where it takes them."""
    grpc, http, health = next(PORTS), next(PORTS), next(PORTS)
    here = {
        "receivers::otlp::protocols::grpc::endpoint": f"127.0.0.1:{grpc}",
        "receivers::otlp::protocols::http::endpoint": f"127.0.0.1:{http}",
        "extensions::health_check::endpoint": f"127.0.0.1:{health}",
        "exporters::debug::verbosity": "detailed",
    }
    command = [str(otelcol), f"--config={CONFIG}", *(f"--config=yaml:{key}: {value}" for key, value in here.items())]
    with log.open("w") as out:
        process = await asyncio.create_subprocess_exec(*command, env=environment(scrape), stdout=out, stderr=out)
    try:
        await eventually(lambda: not is_free(health) and not is_free(http), 30)
        yield f"http://127.0.0.1:{http}/v1/traces"
    finally:
        process.terminate()
        await asyncio.wait_for(process.wait(), 30)
