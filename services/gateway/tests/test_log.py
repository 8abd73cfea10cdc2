"""One JSON line for each request, enough to follow a trace and nothing that says who somebody is."""

import json
from typing import Any

import httpx
import pytest
from services.gateway.tests.conftest import CALLER
from services.gateway.tests.running import ACCOUNT, Gateway

TRACE = "0af7651916cd43dd8448eb211c80319c"
LINK = "AZqrze8AcACAAAAAAAAAAcanaryMACcanaryMACcan0"


async def line_of(gateway: Gateway, client: httpx.AsyncClient, path: str, **headers: str) -> dict[str, Any]:
    answer = await client.get(path, headers=headers)
    return await gateway.logged(answer.headers["x-request-id"])


async def test_a_line_says_what_happened(gateway: Gateway, client: httpx.AsyncClient) -> None:
    line = await line_of(
        gateway, client, "/api/v1/bookings/7?status=409", traceparent=f"00-{TRACE}-b7ad6b7169203331-01"
    )
    measured = dict.fromkeys(("ms", "receive_ms", "connect_ms", "service_ms", "bytes"), 0)
    assert line | measured | {"timestamp": ""} == measured | {
        "timestamp": "",
        "level": "info",
        "event": "http.request",
        "service": "gateway",
        "trace_id": TRACE,
        "request_id": line["request_id"],
        "method": "GET",
        "path": "/api/v1/bookings/7",
        "status": 409,
        "queue_ms": 0,
        "backend": "booking",
        "server": "one",
        "vertical": "barber",
        "tier": "api",
        "auth": "none",
        "retries": "0",
        "ended": "--",
        "tls": "-",
        "client_net": "127.0.0.0",
    }
    assert line["timestamp"].endswith("Z")
    assert line["ms"] >= line["service_ms"] >= 0


async def test_a_made_trace_is_the_one_the_service_got(gateway: Gateway, client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/bookings")
    line = await gateway.logged(answer.headers["x-request-id"])
    assert answer.json()["headers"]["traceparent"].split("-")[1] == line["trace_id"]


async def test_a_failure_is_a_warning(gateway: Gateway, client: httpx.AsyncClient) -> None:
    assert (await line_of(gateway, client, "/api/v1/bookings?status=500"))["level"] == "warning"


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/api/v1/bookings?name=Canario&phone=1144445555", "/api/v1/bookings"),
        (f"/api/v1/bookings/by-link/{LINK}", "/api/v1/bookings/by-link/*"),
        ("/api/v1/providers/canario@example.com", "/api/v1/providers/*"),
        ("/api/v1/providers/+5491144445555/x", "/api/v1/providers/*/x"),
        ("/api/v1/providers/ca%C3%B1ario", "/api/v1/providers/ca??ario"),
        ("/api/v1/providers/%22%7D", "/api/v1/providers/?}"),
        (f"/api/v1/bookings/{ACCOUNT}", f"/api/v1/bookings/{ACCOUNT}"),
    ],
)
async def test_a_path_is_shown_without_what_may_name_somebody(
    gateway: Gateway, client: httpx.AsyncClient, path: str, shown: str
) -> None:
    line = await line_of(gateway, client, path)
    assert line["path"] == shown
    assert "canar" not in json.dumps(line).lower()


async def test_every_line_is_json(gateway: Gateway, client: httpx.AsyncClient) -> None:
    await client.get("/api/v1/bookings", headers={"User-Agent": 'a"b\\c', "Referer": '"}{'})
    await gateway.exchange(b"nonsense\r\n\r\n")
    await line_of(gateway, client, '/nowhere/"\\')
    events = {line["event"] for line in gateway.log()}
    assert events <= {"http.request", "connection.refused"}


async def test_no_line_holds_a_whole_address(gateway: Gateway, client: httpx.AsyncClient) -> None:
    line = await line_of(gateway, client, "/api/v1/bookings")
    assert CALLER not in json.dumps(line)
