"""Payments shown wrong on purpose, so that a reader's distrust can be tried."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

Json = dict[str, Any]
Make = Callable[..., Awaitable[Json]]


@pytest.mark.parametrize(
    ("knob", "field", "lie", "truth"),
    [
        ("wrong_amount", "transaction_amount", 1235.56, 1234.56),
        ("wrong_currency", "currency_id", "USD", "ARS"),
        ("wrong_collector", "collector_id", 724484981, 724484980),
    ],
)
async def test_a_payment_is_shown_wrong_and_kept_right(
    client: httpx.AsyncClient, a_payment: Make, knob: str, field: str, lie: Any, truth: Any
) -> None:
    payment = await a_payment()
    await client.put("/sandbox/knobs", json={knob: 1})

    read = (await client.get(f"/v1/payments/{payment['id']}")).json()
    (found,) = (await client.get("/v1/payments/search")).json()["results"]
    (kept,) = (await client.get("/sandbox/payments")).json()["payments"]

    assert (read[field], found[field], kept[field]) == (lie, lie, truth)
    assert {name for name in read if read[name] != kept[name]} == {field}
    assert (await client.get("/sandbox/stats")).json()["faults"] == {knob: 2}


async def test_a_share_of_lies_is_the_same_for_one_seed(client: httpx.AsyncClient, a_payment: Make) -> None:
    payment = await a_payment()
    rounds = []
    for _ in range(2):
        await client.put("/sandbox/knobs", json={"wrong_currency": 0.5, "seed": 5})
        replies = [await client.get(f"/v1/payments/{payment['id']}") for _ in range(12)]
        rounds.append([each.json()["currency_id"] for each in replies])

    assert rounds[0] == rounds[1]
    assert set(rounds[0]) == {"ARS", "USD"}
