"""What a client gets when a service is gone, slow, full or streaming, and when the client itself is slow or rude."""

import asyncio
import json
import re
import signal
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request
from httpx_sse import aconnect_sse
from services.gateway.tests.conftest import StartGateway
from services.gateway.tests.running import HOST, Gateway, until
from services.gateway.tests.stand_in import StandIn

from common.edge import Edge
from common.problems import install
from common.testing import eventually

ENOUGH = 151
"""One request more than a service is let to work on at once."""


def assert_not_ready(answer: httpx.Response) -> None:
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "2"
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:barberpro:problem:not-ready"
    assert answer.json()["detail"].startswith("El servicio no está disponible en este momento.")


async def answers(client: httpx.AsyncClient, path: str, status: int) -> bool:
    return (await client.get(path)).status_code == status


async def test_a_service_that_is_gone_is_told_as_a_problem_and_comes_back(
    client: httpx.AsyncClient, stand_ins: Mapping[str, StandIn]
) -> None:
    await stand_ins["providers"].stop()
    try:
        # At first the gateway tries in vain; then its health check has noticed.
        assert_not_ready(await client.get("/api/v1/providers"))
        assert_not_ready(await client.post("/api/v1/providers", json={}))
        assert (await client.get("/api/v1/bookings")).status_code == 200
    finally:
        await stand_ins["providers"].start()

    await until(lambda: answers(client, "/api/v1/providers", 200))


async def test_a_service_that_says_it_is_not_ready_gets_no_requests(
    client: httpx.AsyncClient, stand_ins: Mapping[str, StandIn]
) -> None:
    service = stand_ins["notifications"]
    service.ready = False
    try:
        await until(lambda: answers(client, "/api/v1/notifications", 503))
        before = len(service.received)
        assert_not_ready(await client.get("/api/v1/notifications"))
        assert_not_ready(await client.post("/api/v1/webhooks/whatsapp", json={}))
        assert len(service.received) == before
    finally:
        service.ready = True

    await until(lambda: answers(client, "/api/v1/notifications", 200))


@pytest.mark.parametrize(
    ("method", "headers", "times"),
    [
        ("GET", {}, 3),
        ("PUT", {}, 3),
        ("DELETE", {}, 3),
        ("POST", {}, 1),
        ("PATCH", {}, 1),
        ("POST", {"Idempotency-Key": "k1"}, 3),
    ],
)
async def test_only_what_may_happen_twice_is_sent_again(
    gateway: Gateway, stand_ins: Mapping[str, StandIn], method: str, headers: dict[str, str], times: int
) -> None:
    # On a connection that has served a request before, HAProxy would close without a word, as HTTP allows.
    async with gateway.client() as fresh:
        answer = await fresh.request(method, f"/api/v1/waitlist/{method}{times}?drop", headers=headers)
    assert answer.status_code == 502
    assert answer.json()["type"] == "urn:barberpro:problem:bad-gateway"
    sent = [request for request in stand_ins["booking"].received if f"/{method}{times}?drop" in request.target]
    assert len(sent) == times


@pytest.mark.parametrize("path", ["/api/v1/auth/refresh", "/api/v1/analytics/action"])
async def test_what_ignores_the_key_is_sent_once_whatever_key_it_has(
    gateway: Gateway, stand_ins: Mapping[str, StandIn], path: str
) -> None:
    async with gateway.client() as fresh:
        answer = await fresh.post(f"{path}?drop&once", headers={"Idempotency-Key": "k1"})
    assert answer.status_code == 502
    received = [request for service in stand_ins.values() for request in service.received]
    assert sum(f"{path}?drop&once" in request.target for request in received) == 1


async def test_a_gateway_that_is_to_go_answers_once_more_on_an_idle_connection_and_says_so(
    start_gateway: StartGateway,
) -> None:
    going = await start_gateway()
    async with going.client() as waiting:
        assert (await waiting.get("/api/v1/providers")).status_code == 200
        going.process.send_signal(signal.SIGUSR1)
        # Nothing new is let in from here on, so what is answered came by the connection that was there.
        await until(lambda: refuses(going))
        answer = await waiting.get("/api/v1/providers")
    assert (answer.status_code, answer.headers["connection"]) == (200, "close")


async def refuses(gateway: Gateway) -> bool:
    async with gateway.client() as another:
        try:
            await another.get("/api/v1/providers")
        except httpx.ConnectError:
            return True
    return False


@pytest.mark.parametrize("path", ["/api/v1/auth/login", "/api/v1/auth/refresh", "/api/v1/auth/guest/verify"])
async def test_what_is_never_sent_again_has_a_connection_of_its_own(client: httpx.AsyncClient, path: str) -> None:
    async def connections(path: str) -> int:
        return len({(await client.post(path, json={})).json()["peer"] for _ in range(5)})

    assert (await connections(path), await connections("/api/v1/accounts") < 5) == (5, True)


async def test_when_a_service_is_full_others_wait_two_seconds_and_no_longer(
    gateway: Gateway, stand_ins: Mapping[str, StandIn], source: str
) -> None:
    service = stand_ins["payments"]
    base = f"http://{HOST}:{gateway.context.gateway.http_port}"
    transport = httpx.AsyncHTTPTransport(local_address=source, limits=httpx.Limits(max_connections=ENOUGH + 10))
    many = httpx.AsyncClient(transport=transport, base_url=base, timeout=20, trust_env=False)
    async with many, asyncio.TaskGroup() as group:
        held = [group.create_task(many.get("/api/v1/payments?hang")) for _ in range(ENOUGH - 1)]
        await eventually(lambda: service.hanging == ENOUGH - 1)
        late = await many.get("/api/v1/payments")
        webhook = await many.post("/api/v1/webhooks/mercadopago", json={})
        service.let_go()
    assert_not_ready(late)
    assert 1.5 < late.elapsed.total_seconds() < 4
    assert (webhook.status_code, {task.result().status_code for task in held}) == (200, {200})


async def test_an_event_arrives_before_the_stream_ends(
    client: httpx.AsyncClient, stand_ins: Mapping[str, StandIn]
) -> None:
    async with aconnect_sse(client, "GET", "/api/v1/analytics/stream?ticket=secret") as stream:
        events = stream.aiter_sse()
        assert (await anext(events)).data == "first"
        stand_ins["analytics"].let_go()
        assert (await anext(events)).data == "second"
        assert stream.response.headers["content-type"] == "text/event-stream"


async def test_slow_clients_are_cut_off_and_reach_no_service(
    tight: Gateway, stand_ins: Mapping[str, StandIn], source: str
) -> None:
    before = len(stand_ins["booking"].received)
    head = b"POST /api/v1/walk-ins HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n"
    slow = (tight.exchange(head, source), tight.exchange(head + b"\r\nab", source))
    headers, body = await asyncio.gather(*slow)
    assert headers.startswith(b"HTTP/1.1 408 ")
    assert body.startswith(b"HTTP/1.1 408 ")
    assert b"urn:barberpro:problem:request-timeout" in body
    assert len(stand_ins["booking"].received) == before


async def test_over_tls_http_2_is_spoken(gateway: Gateway) -> None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2", "http/1.1"])
    _, writer = await asyncio.open_connection(HOST, gateway.context.gateway.https_port, ssl=context)
    session = writer.get_extra_info("ssl_object")
    assert session.selected_alpn_protocol() == "h2"
    assert session.version() == "TLSv1.3"
    writer.close()
    await writer.wait_closed()


async def test_a_connection_with_half_a_body_on_it_is_not_used_again(
    gateway: Gateway, client: httpx.AsyncClient, stand_ins: Mapping[str, StandIn]
) -> None:
    head = b"POST /api/v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 300000\r\n\r\n"
    for _ in range(3):
        with pytest.raises(TimeoutError):
            await gateway.exchange(head + b"x" * 20_000, seconds=0.1)
    for _ in range(5):
        assert (await client.get("/api/v1/sessions")).json()["bytes"] == 0


@pytest.fixture(scope="module")
async def real_service(ports: Iterator[int]) -> AsyncIterator[str]:
    """The edge that every service has, on its own server."""
    app = FastAPI()
    install(app, {})

    @app.get("/health/ready")
    async def ready() -> None:
        """It is."""

    @app.post("/api/v1/bookings")
    async def take(request: Request) -> dict[str, int]:
        return {"bytes": len(await request.body())}

    port = next(ports)
    edge = Edge(app, "booking", 50_000, 200)
    config = uvicorn.Config(edge, HOST, port, http="httptools", lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    await eventually(lambda: server.started)
    yield f"{HOST}:{port}"
    server.should_exit = True
    await task


@pytest.fixture(scope="module")
async def big(start_gateway: StartGateway, real_service: str) -> AsyncIterator[Any]:
    """A client of a gateway before that server."""
    gateway = await start_gateway(services={"booking": real_service})
    async with gateway.client() as made:
        yield made


@pytest.mark.parametrize("size", [60_000, 200_000, 10_000_000])
@pytest.mark.parametrize("chunked", [False, True], ids=["with a length", "chunked"])
async def test_a_body_over_the_limit_is_refused_in_words(big: httpx.AsyncClient, size: int, chunked: bool) -> None:
    async def pieces() -> Any:
        for _ in range(size // 10_000):
            yield b"x" * 10_000

    answer = await big.post("/api/v1/bookings", content=pieces() if chunked else b"x" * size)
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == "El pedido es demasiado grande."


async def test_who_asks_before_sending_too_much_is_told_at_once(gateway: Gateway) -> None:
    head = b"POST /api/v1/bookings HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000000\r\n"
    answer = await gateway.exchange(head + b"Expect: 100-continue\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"urn:barberpro:problem:body-too-large" in answer


@pytest.mark.parametrize(
    "rude",
    [
        b"nonsense\r\n\r\n",
        b"GET /api/v1/bookings HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_refused(gateway: Gateway, rude: bytes) -> None:
    assert (await gateway.exchange(rude)).startswith(b"HTTP/1.1 400 ")


async def test_of_two_framings_the_dangerous_one_is_dropped(gateway: Gateway) -> None:
    head = b"POST /api/v1/bookings HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n"
    answer = await gateway.exchange(head + b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n")
    told = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert (told["bytes"], told["headers"].get("content-length")) == (2, None)


async def test_inside_there_are_metrics_and_a_probe(gateway: Gateway, client: httpx.AsyncClient) -> None:
    await client.get("/api/v1/bookings")
    inside = f"http://{HOST}:{gateway.context.gateway.stats_port}"
    async with httpx.AsyncClient(base_url=inside, trust_env=False) as operator:
        metrics = (await operator.get("/metrics")).text
        assert (await operator.get("/healthz")).status_code == 200
    assert re.search(r'haproxy_backend_http_responses_total\{proxy="booking",code="2xx"\} [1-9]', metrics)
