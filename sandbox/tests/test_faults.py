"""Errors and time-outs of the simulated MercadoPago."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.app import create_app
from sandbox.testing import bind, client_of, serving, settings_for

Json = dict[str, Any]
Make = Callable[..., Awaitable[Json]]
BODY: Json = {
    "transaction_amount": 100,
    "payment_method_id": "account_money",
    "payer": {"email": "quien@paga.example"},
}
KEY = {"x-idempotency-key": "k"}


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A sandbox behind a real listener: hanging up is a real disconnection."""
    app = create_app(settings_for(tmp_path / "sandbox.db"))
    async with serving(app, bind(range(24000, 24100))) as address, client_of(None, address) as client:
        yield client


@pytest.mark.parametrize(
    ("kind", "status", "content"), [("429", 429, "json"), ("500", 500, "json"), ("html", 502, "html")]
)
async def test_a_call_is_refused_before_it_does_anything(
    client: httpx.AsyncClient, kind: str, status: int, content: str
) -> None:
    await client.put("/sandbox/knobs", json={"error_rate": 1, "error_kind": kind, "retry_after_seconds": 7})

    reply = await client.post("/v1/payments", json=BODY, headers=KEY)

    assert reply.status_code == status
    assert content in reply.headers["content-type"]
    assert reply.headers.get("retry-after") == ("7" if kind == "429" else None)
    await client.delete("/sandbox/knobs")
    assert (await client.get("/v1/payments/search")).json()["paging"]["total"] == 0


async def test_faults_can_be_aimed_and_stop_by_themselves(client: httpx.AsyncClient) -> None:
    await client.put("/sandbox/knobs", json={"error_rate": 1, "fault_path": "/search", "max_faults": 2})

    statuses = [(await client.get("/v1/payments/search")).status_code for _ in range(4)]
    other = await client.post("/v1/payments", json=BODY, headers=KEY)

    assert statuses == [500, 500, 200, 200]
    assert other.status_code == 201


async def test_a_rate_is_the_same_for_the_same_seed(client: httpx.AsyncClient) -> None:
    rounds = []
    for _ in range(2):
        await client.put("/sandbox/knobs", json={"error_rate": 0.5, "seed": 42})
        rounds.append([(await client.get("/v1/payment_methods")).status_code for _ in range(20)])

    assert rounds[0] == rounds[1]
    assert set(rounds[0]) == {200, 500}


async def test_a_payment_is_accepted_though_its_caller_gives_up_waiting(served: httpx.AsyncClient) -> None:
    await served.put("/sandbox/knobs", json={"timeout_after_accept": 1})

    with pytest.raises(httpx.ReadTimeout):
        await served.post("/v1/payments", json=BODY, headers=KEY, timeout=0.3)

    await served.delete("/sandbox/knobs")
    again = await served.post("/v1/payments", json=BODY, headers=KEY)
    found = (await served.get("/v1/payments/search")).json()
    assert again.status_code == 201
    assert [each["id"] for each in found["results"]] == [again.json()["id"]]


async def test_a_held_answer_ends_as_a_gateway_timeout(served: httpx.AsyncClient) -> None:
    await served.put("/sandbox/knobs", json={"timeout_after_accept": 1, "hold_seconds": 0.05})

    reply = await served.post("/v1/payments", json=BODY, headers=KEY)

    assert reply.status_code == 504


async def test_a_whatsapp_message_is_accepted_though_its_caller_gives_up(served: httpx.AsyncClient) -> None:
    await served.put("/sandbox/knobs", json={"whatsapp_timeout_after_accept": 1})
    message = {"messaging_product": "whatsapp", "to": "5491112345678", "type": "text", "text": {"body": "Hola"}}

    with pytest.raises(httpx.ReadTimeout):
        await served.post(
            "/v22.0/1/messages", json=message, headers={"authorization": "Bearer TEST-whatsapp"}, timeout=0.3
        )

    assert len((await served.get("/sandbox/messages")).json()["messages"]) == 1


async def test_parallel_payments_are_all_kept_apart(served: httpx.AsyncClient) -> None:
    async def pay(number: int) -> int:
        reply = await served.post("/v1/payments", json=BODY, headers={"x-idempotency-key": f"k{number % 20}"})
        made: int = reply.json()["id"]
        return made

    made = await asyncio.gather(*(pay(number) for number in range(40)))

    assert len(set(made)) == 20
