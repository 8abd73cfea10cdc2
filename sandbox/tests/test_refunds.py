"""Refunds: whole or in parts, once per key, refused with MercadoPago's codes."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

Json = dict[str, Any]
Make = Callable[..., Awaitable[Json]]


async def refund(client: httpx.AsyncClient, payment: Json, key: str | None, amount: Any = None) -> httpx.Response:
    headers = {} if key is None else {"x-idempotency-key": key}
    body = None if amount is None else {"amount": amount}
    return await client.post(f"/v1/payments/{payment['id']}/refunds", json=body, headers=headers)


def code(reply: httpx.Response) -> int:
    assert reply.status_code == 400, reply.text
    found: int = reply.json()["cause"][0]["code"]
    return found


async def test_an_empty_body_gives_everything_back(client: httpx.AsyncClient, a_payment: Make) -> None:
    payment = await a_payment()

    made = await refund(client, payment, "rf:1")

    assert made.status_code == 201
    assert (made.json()["amount"], made.json()["payment_id"]) == (1234.56, payment["id"])
    after = (await client.get(f"/v1/payments/{payment['id']}")).json()
    assert (after["status"], after["status_detail"]) == ("refunded", "refunded")
    assert after["transaction_amount_refunded"] == 1234.56
    assert after["refunds"] == [made.json()]


async def test_parts_add_up_to_the_whole(client: httpx.AsyncClient, a_payment: Make) -> None:
    payment = await a_payment()

    await refund(client, payment, "rf:1", 1000.06)
    halfway = (await client.get(f"/v1/payments/{payment['id']}")).json()
    await refund(client, payment, "rf:2", 234.5)
    after = (await client.get(f"/v1/payments/{payment['id']}")).json()

    assert (halfway["status"], halfway["status_detail"]) == ("approved", "partially_refunded")
    assert halfway["transaction_amount_refunded"] == 1000.06
    assert after["status"] == "refunded"
    listed = (await client.get(f"/v1/payments/{payment['id']}/refunds")).json()
    assert [each["amount"] for each in listed] == [1000.06, 234.5]
    one = await client.get(f"/v1/payments/{payment['id']}/refunds/{listed[0]['id']}")
    assert one.json() == listed[0]


async def test_the_same_key_gives_money_back_once(client: httpx.AsyncClient, a_payment: Make) -> None:
    payment = await a_payment()

    first, second = await refund(client, payment, "rf:1", 100), await refund(client, payment, "rf:1", 100)

    assert first.content == second.content
    assert (await client.get(f"/v1/payments/{payment['id']}")).json()["transaction_amount_refunded"] == 100


async def test_a_refund_without_a_key_is_4292_before_anything_else(client: httpx.AsyncClient) -> None:
    assert code(await refund(client, {"id": 1}, None)) == 4292


@pytest.mark.parametrize("holder", ["CONT", "FUND"])
async def test_what_was_not_approved_cannot_be_refunded(
    client: httpx.AsyncClient, a_payment: Make, holder: str
) -> None:
    assert code(await refund(client, await a_payment(holder), "rf:1")) == 2063


@pytest.mark.parametrize(("amount", "expected"), [(0, 4040), (-1, 4040), (1234.57, 4040), ("5", 4041), (1.001, 4041)])
async def test_an_amount_must_fit_what_is_left(
    client: httpx.AsyncClient, a_payment: Make, amount: Any, expected: int
) -> None:
    assert code(await refund(client, await a_payment(), "rf:1", amount)) == expected


async def test_a_payment_given_back_whole_is_4296(client: httpx.AsyncClient, a_payment: Make) -> None:
    payment = await a_payment()
    await refund(client, payment, "rf:1")

    assert code(await refund(client, payment, "rf:2")) == 4296


async def test_the_measured_dialect_answers_as_a_live_account_did(client: httpx.AsyncClient, a_payment: Make) -> None:
    await client.put("/sandbox/knobs", json={"refund_dialect": "measured"})
    payment = await a_payment()

    too_much = await refund(client, payment, "rf:1", 9999)
    await refund(client, payment, "rf:2")
    again, more = await refund(client, payment, "rf:2"), await refund(client, payment, "rf:3")

    assert code(too_much) == 2017
    assert (again.status_code, again.content) == (200, b"")
    assert code(more) == 2063


async def test_an_unknown_payment_and_an_unknown_refund_are_404(client: httpx.AsyncClient, a_payment: Make) -> None:
    payment = await a_payment()

    assert (await refund(client, {"id": 1}, "rf:1")).status_code == 404
    assert (await client.get(f"/v1/payments/{payment['id']}/refunds/1")).status_code == 404
