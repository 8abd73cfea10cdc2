"""The health of the whole platform, from memory."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime

import httpx
import pytest

from analytics.app import SERVICE
from analytics.clients import HttpProber
from analytics.domain.platform import Health
from analytics.settings import Settings
from analytics.usecases import PlatformWatch
from common.testing import Databases, Tokens, api_client, eventually, settings_for

NOBODY = "http://127.0.0.1:24399"


@pytest.fixture
async def answers(port: int) -> AsyncIterator[dict[str, bytes]]:
    """A service of few words: what it answers can be changed while it runs."""
    said = {"status": b"200 OK"}

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 " + said["status"] + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", port + 1)
    async with server:
        yield said


async def test_the_health_of_every_service_is_told_to_anybody(
    databases: Databases, tokens: Tokens, port: int, answers: Mapping[str, bytes]
) -> None:
    targets = {"booking": f"http://127.0.0.1:{port + 1}/", "payments": NOBODY}
    settings = settings_for(Settings, databases, health_targets=targets)
    async with api_client(SERVICE, settings, tokens) as (http, context):
        await eventually(lambda: all(one.health is not Health.UNKNOWN for one in context.platform.services.values()))
        reply = await http.get("/api/health", headers={"X-Vertical": ""})
    found = reply.json()
    assert (reply.status_code, found["status"]) == (200, "degraded")
    services = found["services"]
    assert {name: one["status"] for name, one in services.items()} == {"booking": "up", "payments": "down"}
    assert services["booking"]["p95Ms"] >= services["booking"]["p50Ms"] > 0
    assert services["payments"] == {"status": "down", "since": services["payments"]["since"], "p50Ms": 0, "p95Ms": 0}
    assert set(found) == {"status", "version", "since", "services"}


async def test_a_service_that_is_not_ready_is_down_until_it_is(port: int, answers: dict[str, bytes]) -> None:
    async with httpx.AsyncClient() as client:
        watch = PlatformWatch({"booking": f"http://127.0.0.1:{port + 1}"}, HttpProber(client), datetime.now(UTC))
        seen = [watch.services["booking"]]
        for status in (b"200 OK", b"503 Service Unavailable", b"200 OK"):
            answers["status"] = status
            await watch.ask_all()
            seen.append(watch.services["booking"])
    assert [one.health for one in seen] == [Health.UNKNOWN, Health.UP, Health.DOWN, Health.UP]
    assert seen[1].since < seen[2].since < seen[3].since


async def test_without_anybody_to_watch_the_platform_is_well(http: httpx.AsyncClient) -> None:
    body = (await http.get("/api/health")).json()
    assert (body["status"], body["services"]) == ("ok", {})


async def test_the_service_describes_its_api_and_the_stream_in_it(http: httpx.AsyncClient) -> None:
    described = (await http.get("/openapi.json")).json()
    answer = described["paths"]["/api/v1/analytics/stream"]["get"]["responses"]["200"]
    assert "text/event-stream" in answer["content"]
