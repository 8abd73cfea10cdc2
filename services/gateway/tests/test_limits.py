"""How much one may ask; bans follow failed authentication and leave webhooks and those with a good token alone."""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from services.gateway.tests.conftest import TIGHT
from services.gateway.tests.running import Gateway, Signer, bearer
from services.gateway.tests.stand_in import StandIn

from common.testing import eventually

FAILURES = 5
ACCOUNT_A, ACCOUNT_B = "019abcde-0000-7000-8000-00000000000a", "019abcde-0000-7000-8000-00000000000b"


async def statuses(client: httpx.AsyncClient, times: int, path: str, method: str = "GET", **more: Any) -> list[int]:
    return [(await client.request(method, path, **more)).status_code for _ in range(times)]


async def ask(gateway: Gateway, source: str, times: int, path: str, method: str = "GET", **more: Any) -> list[int]:
    async with gateway.client(source) as client:
        return await statuses(client, times, path, method, **more)


async def ban(gateway: Gateway, source: str) -> None:
    assert await ask(gateway, source, FAILURES, "/api/v1/bookings", headers=bearer("forged")) == [401] * FAILURES


def assert_told_to_wait(answer: httpx.Response, slug: str, seconds: str) -> None:
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == seconds
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == f"urn:barberpro:problem:{slug}"


async def test_an_address_has_its_limit(tight: Gateway, source: str) -> None:
    async with tight.client(source) as client:
        got = await statuses(client, TIGHT.address_per_10s, "/api/v1/providers")
        refused = await client.get("/api/v1/providers")
    assert got == [200] * TIGHT.address_per_10s
    assert_told_to_wait(refused, "too-many-requests", "10")
    assert refused.json()["detail"].startswith("Hiciste demasiados pedidos.")


async def test_refused_paths_count_too(tight: Gateway, source: str) -> None:
    got = await ask(tight, source, TIGHT.address_per_10s + 1, "/nowhere")
    assert got == [404] * TIGHT.address_per_10s + [429]


async def test_one_address_does_not_slow_down_another(tight: Gateway, source: str) -> None:
    await ask(tight, source, TIGHT.address_per_10s + 1, "/api/v1/providers")
    assert await ask(tight, "127.7.0.1", 1, "/api/v1/providers") == [200]


async def test_a_rotated_forwarded_address_does_not_help(tight: Gateway, source: str) -> None:
    async with tight.client(source) as client:
        got = [
            (await client.get("/api/v1/providers", headers={"X-Forwarded-For": f"203.0.113.{n}"})).status_code
            for n in range(TIGHT.address_per_10s + 1)
        ]
    assert got[-1] == 429


async def test_behind_a_trusted_proxy_each_client_has_its_own_limit(tight: Gateway) -> None:
    hops = [{"X-Forwarded-For": f"6.6.6.{n}, 203.0.113.{n}"} for n in (1, 2)]
    first = await ask(tight, "127.9.0.9", TIGHT.address_per_10s + 1, "/api/v1/providers", headers=hops[0])
    second = await ask(tight, "127.9.0.9", 1, "/api/v1/providers", headers=hops[1])
    assert (first[-1], second) == (429, [200])


async def test_an_ipv6_network_counts_as_one_address(tight: Gateway) -> None:
    got = [
        await ask(tight, "127.9.0.9", 1, "/api/v1/providers", headers={"X-Forwarded-For": f"2001:db8:1:2::{n}"})
        for n in range(1, TIGHT.address_per_10s + 2)
    ]
    assert (got[0], got[-1]) == ([200], [429])
    elsewhere = {"X-Forwarded-For": "2001:db8:1:3::1"}
    assert await ask(tight, "127.9.0.9", 1, "/api/v1/providers", headers=elsewhere) == [200]


async def test_an_account_has_its_limit_wherever_it_calls_from(tight: Gateway, signer: Signer, source: str) -> None:
    mine, other = bearer(signer.token(sub=ACCOUNT_A)), bearer(signer.token(sub=ACCOUNT_B))
    await ask(tight, source, TIGHT.account_per_10s - 1, "/api/v1/me", headers=mine)
    async with tight.client("127.7.0.2") as client:
        assert await statuses(client, 1, "/api/v1/me", headers=mine) == [200]
        assert_told_to_wait(await client.get("/api/v1/me", headers=mine), "too-many-requests", "10")
        assert await statuses(client, 1, "/api/v1/me", headers=other) == [200]


async def test_logins_have_a_limit_of_their_own(tight: Gateway, source: str) -> None:
    async with tight.client(source) as client:
        got = await statuses(client, TIGHT.login_per_minute, "/api/v1/auth/login", "POST", json={})
        assert got == [200] * TIGHT.login_per_minute
        assert_told_to_wait(await client.post("/api/v1/auth/register", json={}), "too-many-logins", "60")
        # Written another way it is the same path.
        assert (await client.post("/api/v1/auth/%6cogin", json={})).status_code == 429
        assert await statuses(client, 1, "/api/v1/auth/refresh", "POST", json={}) == [200]
        assert await statuses(client, 1, "/api/v1/auth/logout", "POST", json={}) == [200]


async def test_one_address_may_not_hold_all_places(
    start_gateway: Any, stand_ins: Mapping[str, StandIn], source: str
) -> None:
    gateway = await start_gateway({"address_in_flight": 3})
    async with gateway.client(source) as client, asyncio.TaskGroup() as group:
        held = [group.create_task(client.get("/api/v1/sessions?hang")) for _ in range(3)]
        await eventually(lambda: stand_ins["booking"].hanging == 3)
        refused = await client.get("/api/v1/sessions")
        stand_ins["booking"].let_go()
    assert_told_to_wait(refused, "too-many-at-once", "1")
    assert [task.result().status_code for task in held] == [200] * 3


async def test_failed_authentication_bans_an_address(tight: Gateway, source: str) -> None:
    await ban(tight, source)
    async with tight.client(source) as client:
        refused = await client.get("/api/v1/providers")
        assert refused.status_code == 200
        assert_told_to_wait(await client.get("/api/v1/bookings", headers=bearer("forged")), "banned", "60")
        assert_told_to_wait(await client.get("/api/v1/providers"), "banned", "60")
        assert_told_to_wait(await client.post("/api/v1/auth/login", json={}), "banned", "60")


@pytest.mark.parametrize("path", ["/api/v1/withdrawal", "/api/v1/withdrawal/7/confirm", "/arrepentimiento"])
async def test_withdrawals_are_limited_as_logins_are(tight: Gateway, source: str, path: str) -> None:
    async with tight.client(source) as client:
        assert await statuses(client, TIGHT.login_per_minute, path, "POST") == [200] * TIGHT.login_per_minute
        assert_told_to_wait(await client.post("/arrepentimiento/7"), "too-many-logins", "60")
        assert await statuses(client, 1, path) == [200]


async def test_failed_logins_ban_an_address(tight: Gateway, source: str) -> None:
    await ask(tight, source, TIGHT.login_per_minute, "/api/v1/auth/login?status=401", "POST", json={})
    assert await ask(tight, source, 2, "/api/v1/bookings", headers=bearer("forged")) == [401, 429]


async def test_a_ban_never_reaches_webhooks(tight: Gateway, source: str) -> None:
    await ban(tight, source)
    assert await ask(tight, source, 1, "/api/v1/providers", headers=bearer("forged")) == [429]
    for path in ("/api/v1/webhooks/mercadopago", "/api/v1/webhooks/whatsapp"):
        assert await ask(tight, source, 3, path, "POST", json={}) == [200] * 3


async def test_refused_webhooks_ban_nobody(tight: Gateway, source: str) -> None:
    forged = bearer("forged")
    got = await ask(tight, source, 8, "/api/v1/webhooks/mercadopago?status=401", "POST", json={}, headers=forged)
    assert got == [401] * 8
    assert await ask(tight, source, 1, "/api/v1/providers") == [200]


async def test_a_ban_leaves_alone_who_has_a_good_token(tight: Gateway, signer: Signer, source: str) -> None:
    await ban(tight, source)
    mine = bearer(signer.token(sub="019abcde-0000-7000-8000-00000000000c"))
    assert await ask(tight, source, 1, "/api/v1/providers", headers=bearer("forged")) == [429]
    assert await ask(tight, source, 2, "/api/v1/me", headers=mine) == [200] * 2


async def test_neither_expired_tokens_nor_volume_ban_anybody(tight: Gateway, signer: Signer, source: str) -> None:
    expired = bearer(signer.token(exp=1))
    assert await ask(tight, source, FAILURES + 3, "/api/v1/me", headers=expired) == [401] * (FAILURES + 3)
    assert await ask(tight, source, 1, "/api/v1/providers") == [200]


async def test_whoever_was_away_while_a_key_was_withdrawn_bans_nobody(
    tight: Gateway, signer: Signer, source: str
) -> None:
    withdrawn = bearer(signer.token(header={"kid": "three"}, exp=1))
    assert await ask(tight, source, FAILURES + 3, "/api/v1/me", headers=withdrawn) == [401] * (FAILURES + 3)
    assert await ask(tight, source, 1, "/api/v1/providers") == [200]


@pytest.mark.parametrize("changed", [{"iss": "https://evil.example"}, {"exp": 2**33}, {"exp": "1"}, {"exp": None}])
async def test_an_unknown_key_alone_is_a_failed_authentication(
    tight: Gateway, signer: Signer, source: str, changed: Mapping[str, Any]
) -> None:
    unknown = bearer(signer.token(**{"header": {"kid": "three"}, "exp": 1, **changed}))
    got = await ask(tight, source, FAILURES + 2, "/api/v1/me", headers=unknown)
    assert got == [401] * FAILURES + [429] * 2


async def test_an_expired_token_that_a_known_key_never_signed_is_a_failed_authentication(
    tight: Gateway, signer: Signer, source: str
) -> None:
    forged = bearer(signer.token("two", header={"kid": "one"}, exp=1))
    assert (await ask(tight, source, FAILURES + 2, "/api/v1/me", headers=forged))[-1] == 429


async def test_webhooks_have_a_limit_of_their_own(tight: Gateway, source: str) -> None:
    await ask(tight, source, TIGHT.address_per_10s + 1, "/api/v1/providers")
    async with tight.client(source) as client:
        got = await statuses(client, TIGHT.webhook_per_10s, "/api/v1/webhooks/mercadopago", "POST")
        refused = await client.post("/api/v1/webhooks/mercadopago")
    assert got == [200] * TIGHT.webhook_per_10s
    assert_told_to_wait(refused, "too-many-requests", "10")


@pytest.mark.parametrize("size", [3_999, 20_000, 100_000])
async def test_a_body_within_the_limit_arrives_whole(tight: Gateway, source: str, size: int) -> None:
    async with tight.client(source) as client:
        assert (await client.post("/api/v1/bookings", content=b"x" * size)).json()["bytes"] == size
