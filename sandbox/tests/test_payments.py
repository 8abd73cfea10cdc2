"""`/v1/payments`: create once per key, read, cancel and capture what is open, list the methods."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

Json = dict[str, Any]
Make = Callable[..., Awaitable[Json]]
BODY: Json = {
    "transaction_amount": 100,
    "payment_method_id": "account_money",
    "payer": {"email": "quien@paga.example"},
    "external_reference": "pi-1",
}


async def test_the_same_key_gets_the_same_reply_and_makes_one_payment(client: httpx.AsyncClient) -> None:
    key = {"x-idempotency-key": "pi:1:a1"}

    first = await client.post("/v1/payments", json=BODY, headers=key)
    second = await client.post("/v1/payments", json=BODY, headers=key)

    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    assert (await client.get("/v1/payments/search")).json()["paging"]["total"] == 1


@pytest.mark.parametrize("headers", [{}, {"x-idempotency-key": ""}])
async def test_without_a_key_the_answer_is_4292(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    reply = await client.post("/v1/payments", json=BODY, headers=headers)

    assert reply.status_code == 400
    assert reply.json()["cause"][0]["code"] == 4292


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"transaction_amount": None}, 4002),
        ({"transaction_amount": 0}, 4037),
        ({"transaction_amount": 10.001}, 4037),
        ({"transaction_amount": "10"}, 4003),
        ({"transaction_amount": 1e300}, 4037),
        ({"payment_method_id": None}, 4001),
        ({"payment_method_id": "bitcoin"}, 3028),
        ({"installments": 0}, 109),
        ({"installments": "1"}, 4005),
        ({"installments": 3}, 109),
        ({"installments": 40}, 109),
        ({"payer": None}, 4050),
        ({"payer": {"email": "quien"}}, 4050),
        ({"payer": {"email": f"{'x' * 250}@paga.example"}}, 4051),
        ({"external_reference": 5}, 1),
        ({"notification_url": "nowhere"}, 4020),
    ],
)
async def test_a_bad_payment_is_refused(client: httpx.AsyncClient, changes: Json, code: int) -> None:
    reply = await client.post("/v1/payments", json={**BODY, **changes}, headers={"x-idempotency-key": "k"})

    assert reply.status_code == 400
    assert reply.json()["cause"][0]["code"] == code


async def test_without_a_card_the_payers_first_name_decides(client: httpx.AsyncClient) -> None:
    by_payer = {**BODY, "payer": {"email": "quien@paga.example", "first_name": "fund"}}

    reply = await client.post("/v1/payments", json=by_payer, headers={"x-idempotency-key": "k"})

    assert reply.json()["status_detail"] == "cc_rejected_insufficient_amount"


async def test_an_authorized_payment_is_captured_once(
    client: httpx.AsyncClient, a_token: Callable[..., Awaitable[str]]
) -> None:
    card = {"payment_method_id": "visa", "token": await a_token(), "installments": 1, "capture": False}
    made = await client.post("/v1/payments", json={**BODY, **card}, headers={"x-idempotency-key": "k"})
    path = f"/v1/payments/{made.json()['id']}"
    assert made.json()["status"] == "authorized"
    assert made.json()["captured"] is False

    first, second = await client.put(path, json={"capture": True}), await client.put(path, json={"capture": True})

    assert (first.status_code, first.json()["status"]) == (200, "approved")
    assert second.json()["cause"][0]["code"] == 2018


@pytest.mark.parametrize("method", ["visa", "cvu"])
async def test_an_open_payment_can_be_cancelled(client: httpx.AsyncClient, a_payment: Make, method: str) -> None:
    payment = await a_payment("CONT", method)

    reply = await client.put(f"/v1/payments/{payment['id']}", json={"status": "cancelled"})

    assert reply.status_code == 200
    assert (reply.json()["status"], reply.json()["status_detail"]) == ("cancelled", "by_collector")
    assert reply.json()["date_last_updated"] > payment["date_last_updated"]


@pytest.mark.parametrize("holder", ["APRO", "FUND"])
async def test_a_decided_payment_cannot_be_cancelled(client: httpx.AsyncClient, a_payment: Make, holder: str) -> None:
    payment = await a_payment(holder)

    reply = await client.put(f"/v1/payments/{payment['id']}", json={"status": "cancelled"})

    assert reply.status_code == 400
    assert reply.json()["cause"][0]["code"] == 2018


@pytest.mark.parametrize("name", ["1", "abc", "-1", "9" * 30])
async def test_an_unknown_payment_is_404_with_code_2000(client: httpx.AsyncClient, name: str) -> None:
    for reply in (await client.get(f"/v1/payments/{name}"), await client.put(f"/v1/payments/{name}", json={})):
        assert reply.status_code == 404
        assert reply.json()["cause"][0]["code"] == 2000


async def test_a_pending_payment_can_be_approved_later_and_only_once(
    client: httpx.AsyncClient, a_payment: Make
) -> None:
    payment = await a_payment("CONT")
    path = f"/sandbox/payments/{payment['id']}/settle"

    first = await client.post(path, json={"status": "approved"})
    second = await client.post(path, json={"status": "rejected"})

    assert (first.status_code, first.json()["status"]) == (200, "approved")
    assert first.json()["fee_details"]
    assert second.status_code == 409


async def test_methods_are_those_of_argentina(client: httpx.AsyncClient) -> None:
    methods = {each["id"]: each["payment_type_id"] for each in (await client.get("/v1/payment_methods")).json()}

    assert methods["visa"] == "credit_card"
    assert methods["rapipago"] == "ticket"
    assert methods["account_money"] == "account_money"
