"""What services see of a request and clients of an answer: nothing forged, nothing missing, nothing too much."""

import re
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from services.gateway.tests.conftest import CALLER, ORIGIN
from services.gateway.tests.running import Gateway
from services.gateway.tests.stand_in import StandIn

FORGED = (
    "X-Account-Id",
    "X-Account-Scopes",
    "X-Authenticated-Userid",
    "X-Internal-Call",
    "X-Forwarded-User",
    "X-Forwarded-Prefix",
    "X-Forwarded-Port",
    "X-Original-URL",
    "X-Rewrite-URL",
    "X-Real-IP",
    "X-Client-IP",
    "True-Client-IP",
    "CF-Connecting-IP",
    "Forwarded",
    "Via",
    "X-HTTP-Method-Override",
    "Proxy-Authorization",
    "Proxy",
    "Keep-Alive",
    "TE",
    "Upgrade",
    "HTTP2-Settings",
)
TRACE = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{TRACE}-b7ad6b7169203331-01"
BROKEN_TRACES = (
    "",
    "nonsense",
    TRACEPARENT.upper(),
    f"00-{TRACE}-b7ad6b7169203331",
    f"00-{TRACE}-b7ad6b7169203331-01-more",
    f"ff-{TRACE}-b7ad6b7169203331-01",
    f"00-{'0' * 32}-b7ad6b7169203331-01",
    f"00-{TRACE}-{'0' * 16}-01",
)


async def seen(client: httpx.AsyncClient, **headers: str) -> dict[str, str]:
    answer = await client.get("/api/v1/bookings", headers=headers)
    assert answer.status_code == 200, answer.text
    told: dict[str, str] = answer.json()["headers"]
    return told


async def test_what_a_client_says_about_itself_is_not_passed_on(
    client: httpx.AsyncClient, stand_ins: Mapping[str, StandIn]
) -> None:
    await client.get("/api/v1/bookings", headers=dict.fromkeys(FORGED, "forged"))
    names = stand_ins["booking"].received[-1].names
    assert not {name.lower() for name in FORGED} & set(names)
    assert len(names) == len(set(names))


async def test_a_header_named_as_hop_by_hop_is_set_all_the_same(client: httpx.AsyncClient) -> None:
    told = await seen(client, Connection="keep-alive, X-Vertical, X-Forwarded-For, traceparent")
    assert {"x-vertical", "x-forwarded-for", "traceparent"} <= told.keys()
    assert "connection" not in told


async def test_other_headers_are_passed_on(client: httpx.AsyncClient) -> None:
    told = await seen(client, **{"Idempotency-Key": "k1", "Accept-Language": "es-AR"})
    assert (told["idempotency-key"], told["accept-language"]) == ("k1", "es-AR")


async def test_the_gateway_says_where_a_request_came_from(client: httpx.AsyncClient) -> None:
    told = await seen(
        client, **{"X-Forwarded-For": "9.9.9.9", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil"}
    )
    forwarded = {name: value for name, value in told.items() if name.startswith("x-forwarded-")}
    assert forwarded == {"x-forwarded-for": CALLER, "x-forwarded-proto": "http", "x-forwarded-host": "localhost"}


@pytest.mark.parametrize(
    ("hops", "client_is"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("6.6.6.6, 203.0.113.7", "203.0.113.7"),
        ("6.6.6.6, 203.0.113.7, 127.9.0.2", "203.0.113.7"),
        ("203.0.113.7, 127.9.0.3, 127.9.0.2", "203.0.113.7"),
        ("6.6.6.6, unknown", "127.9.0.1"),
        ("6.6.6.6, 127.9.0.2, unknown", "127.9.0.1"),
        ("2001:db8::7", "2001:db8::7"),
    ],
)
async def test_behind_a_trusted_proxy_the_nearest_stranger_is_the_client(
    production: Gateway, hops: str, client_is: str
) -> None:
    async with production.client("127.9.0.1", "barber.example") as client:
        told = await seen(client, **{"X-Forwarded-For": hops, "X-Forwarded-Proto": "https"})
    assert (told["x-forwarded-for"], told["x-forwarded-proto"]) == (client_is, "https")


async def test_a_strangers_hops_count_for_nothing(production: Gateway, source: str) -> None:
    async with production.client(source, "barber.example", tls=True) as client:
        told = await seen(client, **{"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "http"})
    assert (told["x-forwarded-for"], told["x-forwarded-proto"]) == (source, "https")


async def test_a_trace_is_continued(client: httpx.AsyncClient) -> None:
    told = await seen(client, traceparent=TRACEPARENT, tracestate="vendor=1")
    assert (told["traceparent"], told["tracestate"]) == (TRACEPARENT, "vendor=1")


@pytest.mark.parametrize("broken", BROKEN_TRACES)
async def test_a_malformed_trace_is_replaced(client: httpx.AsyncClient, broken: str) -> None:
    told = await seen(client, traceparent=broken, tracestate="vendor=1")
    assert re.fullmatch(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-01", told["traceparent"])
    assert TRACE not in told["traceparent"]
    assert "tracestate" not in told


async def test_every_request_without_a_trace_gets_one_of_its_own(client: httpx.AsyncClient) -> None:
    traces = {(await seen(client))["traceparent"] for _ in range(20)}
    assert len({trace.split("-")[1] for trace in traces}) == len({trace.split("-")[2] for trace in traces}) == 20


async def test_two_traces_are_none(client: httpx.AsyncClient) -> None:
    both = [("traceparent", TRACEPARENT), ("traceparent", TRACEPARENT.replace("b7", "c8"))]
    told = (await client.get("/api/v1/bookings", headers=both)).json()["headers"]
    assert TRACE not in told["traceparent"]


async def test_a_request_id_is_kept_and_told(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/bookings", headers={"X-Request-Id": "order-66_a.b"})
    assert answer.json()["headers"]["x-request-id"] == answer.headers["x-request-id"] == "order-66_a.b"


@pytest.mark.parametrize("odd", ["short", "x" * 65, 'a"b","level":"x', "a b c d e f", "ñandú-ñandú"])
async def test_an_odd_request_id_is_replaced(client: httpx.AsyncClient, odd: str) -> None:
    answer = await client.get("/api/v1/bookings", headers=[(b"X-Request-Id", odd.encode())])
    made = answer.headers["x-request-id"]
    assert re.fullmatch(r"[0-9a-f-]{36}", made)
    assert answer.json()["headers"]["x-request-id"] == made


WEBHOOK = "/api/v1/webhooks/mercadopago"


@pytest.mark.parametrize("sent", [None, "", "short", "x" * 65, "bb56a2f1-6aae-46ac-982e-9dcd3581d08e", "a/b+c=d {e}"])
async def test_a_webhooks_request_id_arrives_as_it_was_signed(
    gateway: Gateway, client: httpx.AsyncClient, stand_ins: Mapping[str, StandIn], sent: str | None
) -> None:
    headers = {} if sent is None else {"X-Request-Id": sent}
    answer = await client.post(WEBHOOK, headers=headers)
    assert stand_ins["payments"].received[-1].header("x-request-id") == sent
    own = answer.headers["x-request-id"]
    assert re.fullmatch(r"[0-9a-f-]{36}", own)
    assert own != sent
    assert (await gateway.logged(own))["tier"] == "webhook"


@pytest.mark.parametrize("path", ["/api/v1/bookings", "/nowhere", "/api/v1/bookings?status=500"])
async def test_every_answer_protects_whoever_reads_it(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["cache-control"] == "no-store"
    assert "geolocation=()" in headers["permissions-policy"]
    assert "server" not in headers
    assert "strict-transport-security" not in headers
    assert headers["x-request-id"]


async def test_the_documentation_may_use_its_own_scripts(client: httpx.AsyncClient) -> None:
    policy = (await client.get("/docs/index.html")).headers["content-security-policy"]
    assert "script-src 'self'; style-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "http" not in policy


async def test_over_tls_clients_are_told_to_stay_there(gateway: Gateway) -> None:
    async with gateway.client(tls=True) as client:
        answer = await client.get("/api/v1/bookings")
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
    assert answer.json()["headers"]["x-forwarded-proto"] == "https"


PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}


async def test_a_configured_origin_may_call(production: Gateway, client: Any) -> None:
    async with production.client(host="barber.example", tls=True) as app:
        asked = await app.options("/api/v1/me", headers={"Origin": ORIGIN, **PREFLIGHT})
        answer = await app.get("/api/v1/bookings", headers={"Origin": ORIGIN})
    assert asked.status_code == 204
    assert "Authorization" in asked.headers["access-control-allow-headers"]
    assert asked.headers["access-control-allow-origin"] == answer.headers["access-control-allow-origin"] == ORIGIN
    assert "Origin" in answer.headers["vary"]


async def test_any_other_origin_may_not(production: Gateway, client: Any) -> None:
    async with production.client(host="barber.example", tls=True) as app:
        asked = await app.options("/api/v1/me", headers={"Origin": "https://evil.example", **PREFLIGHT})
    assert asked.status_code == 401
    assert "access-control-allow-origin" not in asked.headers
    answer = await client.get("/api/v1/bookings", headers={"Origin": ORIGIN})
    assert "access-control-allow-origin" not in answer.headers
