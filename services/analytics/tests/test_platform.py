"""The health of the whole platform, from memory."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime

import httpx
import pytest

from analytics.app import SERVICE
from analytics.clients import HttpProber
from analytics.domain.platform import Health
from analytics.domain.sight import Blind
from analytics.settings import Settings
from analytics.usecases import PlatformWatch
from common.testing import Databases, Tokens, api_client, eventually, settings_for

NOBODY = "http://127.0.0.1:24399"


@pytest.fixture
async def answers(port: int) -> AsyncIterator[dict[str, bytes]]:
    """A service of few words: what it answers can be changed while it runs."""
    said = {"status": b"200 OK", "body": b'{"status": "ok", "version": "1.2.3"}'}

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = b"\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(said["body"])
        writer.write(b"HTTP/1.1 " + said["status"] + head + said["body"])
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
        await eventually(lambda: context.platform.uptime.asked > 0)
        reply = await http.get("/api/health", headers={"X-Vertical": ""})
    found = reply.json()
    assert (reply.status_code, found["status"]) == (200, "degraded")
    services = found["services"]
    assert {name: one["status"] for name, one in services.items()} == {"booking": "up", "payments": "down"}
    assert services["booking"]["p95Ms"] >= services["booking"]["p50Ms"] > 0
    assert (services["booking"]["uptime"], services["booking"]["version"]) == (1, "1.2.3")
    down = {"status": "down", "uptime": 0, "version": None, "p50Ms": 0, "p95Ms": 0}
    assert services["payments"] == down | {"since": services["payments"]["since"]}
    assert set(found) == {"status", "version", "since", "uptime", "p50Ms", "p95Ms", "services"}
    assert found["uptime"] == 0, "no round found them all up"
    assert found["p95Ms"] == services["booking"]["p95Ms"]


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
    assert [one.uptime.share for one in seen] == [None, 1, 0.5, 0.66666]
    assert watch.uptime.share == 0.66666


@pytest.mark.parametrize("body", [b"", b"no json", b"[1]", b'{"version": 7}', b'{"version": "%s"}' % (b"7" * 51)])
async def test_a_service_that_tells_no_version_is_up_all_the_same(
    port: int, answers: dict[str, bytes], body: bytes
) -> None:
    answers["body"] = body
    async with httpx.AsyncClient() as client:
        probe = await HttpProber(client).probe(f"http://127.0.0.1:{port + 1}")
    assert (probe.up, probe.version) == (True, None)


async def test_an_answer_without_an_end_is_no_sign_of_health(port: int, answers: dict[str, bytes]) -> None:
    answers["body"] = b"x" * 10_000
    async with httpx.AsyncClient() as client:
        assert not (await HttpProber(client).probe(f"http://127.0.0.1:{port + 1}")).up


async def test_a_prometheus_that_hangs_takes_no_connection_of_those_who_are_watched(
    databases: Databases, tokens: Tokens, port: int, answers: Mapping[str, bytes]
) -> None:
    hung: list[asyncio.StreamWriter] = []
    prometheus = await asyncio.start_server(lambda _reader, writer: hung.append(writer), "127.0.0.1", port)
    settings = settings_for(
        Settings,
        databases,
        health_targets={"booking": f"http://127.0.0.1:{port + 1}"},
        prometheus_url=f"http://127.0.0.1:{port}",
    )
    async with prometheus, api_client(SERVICE, settings, tokens) as (_, context):
        looks = [asyncio.create_task(context.figures.look()) for _ in range(20)]
        await eventually(lambda: len(hung) >= 2)
        await context.platform.ask_all()
        assert context.platform.services["booking"].health is Health.UP
        assert {(await look).blind for look in looks} == {Blind.UNREACHABLE}
        for writer in hung:
            writer.close()


async def test_without_anybody_to_watch_nothing_is_known(http: httpx.AsyncClient) -> None:
    body = (await http.get("/api/health")).json()
    assert (body["status"], body["uptime"], body["services"]) == ("unknown", None, {})


async def test_the_service_describes_its_api_and_the_stream_in_it(http: httpx.AsyncClient) -> None:
    described = (await http.get("/openapi.json")).json()
    answer = described["paths"]["/api/v1/analytics/stream"]["get"]["responses"]["200"]
    assert "text/event-stream" in answer["content"]
