"""The bank: batches of transfers, and what becomes of them."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from sandbox.bank.numbers import holder_of
from sandbox.testing import MERCADOPAGO_TOKEN, OTHERS_CBU, Bank, a_batch

Json = dict[str, Any]
OUR_CBU = "2850590940090418135201"


@pytest.fixture
def bank(client: httpx.AsyncClient) -> Bank:
    return Bank(client)


async def items(bank: Bank, batch: str = "b-1") -> list[tuple[str, str | None]]:
    found = (await bank.look(f"payment-batches/{batch}")).json()
    return [(each["status"], each["failure"]) for each in found["items"]]


async def kinds(bank: Bank) -> list[tuple[str, str]]:
    return [(each["kind"], each["amount"]) for each in (await bank.look("movements")).json()["items"]]


async def test_a_batch_is_executed_at_the_next_look_and_leaves_the_account(bank: Bank) -> None:
    sent = await bank.send(a_batch("b-1", "1234.50", "0.01"))

    found = (await bank.look("payment-batches/b-1")).json()

    assert (sent.status_code, sent.json()) == (201, {"id": "b-1", "status": "accepted"})
    assert (found["id"], found["status"]) == ("b-1", "done")
    assert [(each["id"], each["status"], each["failure"]) for each in found["items"]] == [
        ("b-1-0", "executed", None),
        ("b-1-1", "executed", None),
    ]
    assert found["items"][0]["executed_at"].endswith("+00:00")
    moved = (await bank.look("movements")).json()["items"]
    assert [(each["kind"], each["amount"], each["batch"], each["batch_item"]) for each in moved] == [
        ("transfer_out", "-1234.50", "b-1", "b-1-0"),
        ("transfer_out", "-0.01", "b-1", "b-1-1"),
    ]
    assert (moved[0]["currency"], moved[0]["reference"]) == ("ARS", "liquidacion 0")


async def test_the_same_batch_again_is_taken_once(bank: Bank) -> None:
    first = await bank.send(a_batch())
    again = await bank.send(a_batch())
    other_key = await bank.send(a_batch(), key="another")

    assert [each.status_code for each in (first, again, other_key)] == [201, 200, 200]
    assert first.json() == again.json() == other_key.json()
    assert await kinds(bank) == [("transfer_out", "-1234.50")]


@pytest.mark.parametrize(("name", "key"), [("b-1", "another"), ("b-2", "b-1")])
async def test_another_body_under_the_same_id_or_key_is_a_duplicate(bank: Bank, name: str, key: str) -> None:
    await bank.send(a_batch())

    reply = await bank.send(a_batch(name, "9.99"), key=key)

    assert (reply.status_code, reply.json()) == (409, {"code": "duplicate"})
    assert await kinds(bank) == [("transfer_out", "-1234.50")]


async def test_the_same_batch_sent_in_parallel_is_taken_once(bank: Bank) -> None:
    replies = await asyncio.gather(*(bank.send(a_batch()) for _ in range(10)))

    assert sorted(each.status_code for each in replies) == [200] * 9 + [201]
    assert await kinds(bank) == [("transfer_out", "-1234.50")]


async def test_one_wrong_item_refuses_the_whole_batch_and_its_key_stays_free(bank: Bank) -> None:
    batch = a_batch("b-1", *["1.00"] * 6)
    batch["items"][0]["cbu"] = "2850590940090418135202"
    batch["items"][1]["amount"] = "0.00"
    batch["items"][2]["amount"] = "1.5"
    batch["items"][3]["currency"] = "USD"
    batch["items"][5]["id"] = batch["items"][4]["id"]

    reply = await bank.send(batch)

    assert reply.status_code == 422
    assert reply.json() == {
        "code": "invalid_items",
        "errors": [
            {"item": "b-1-0", "code": "invalid_cbu"},
            {"item": "b-1-1", "code": "invalid_amount"},
            {"item": "b-1-2", "code": "invalid_amount"},
            {"item": "b-1-3", "code": "currency"},
            {"item": "b-1-4", "code": "duplicate_item"},
        ],
    }
    assert (await bank.look("payment-batches/b-1")).status_code == 404
    assert (await bank.send(a_batch())).status_code == 201


def _empty(batch: Json) -> None:
    batch["items"] = []


def _too_many(batch: Json) -> None:
    batch["items"] = [{**batch["items"][0], "id": f"i-{number}"} for number in range(501)]


def _no_list(batch: Json) -> None:
    batch["items"] = "all"


def _no_id(batch: Json) -> None:
    del batch["id"]


def _long_reference(batch: Json) -> None:
    batch["items"][0]["reference"] = "x" * 31


def _no_concept(batch: Json) -> None:
    batch["items"][0]["concept"] = None


@pytest.mark.parametrize("spoil", [_empty, _too_many, _no_list, _no_id, _long_reference, _no_concept])
async def test_a_batch_of_another_form_is_400(bank: Bank, spoil: Callable[[Json], None]) -> None:
    batch = a_batch()
    spoil(batch)

    reply = await bank.send(batch, key="k")

    assert (reply.status_code, reply.json()["code"]) == (400, "invalid_body")


async def test_five_hundred_items_are_taken(bank: Bank) -> None:
    assert (await bank.send(a_batch("big", *["1.00"] * 500))).status_code == 201
    assert len(await items(bank, "big")) == 500


async def test_a_batch_needs_a_key(client: httpx.AsyncClient) -> None:
    headers = {"authorization": "Bearer TEST-bank"}

    reply = await client.post("/bank/v1/payment-batches", json=a_batch(), headers=headers)

    assert (reply.status_code, reply.json()["code"]) == (400, "invalid_idempotency_key")


@pytest.mark.parametrize("path", ["payment-batches/b-1", "movements", f"accounts/{OUR_CBU}"])
async def test_the_bank_has_a_token_of_its_own(client: httpx.AsyncClient, path: str) -> None:
    reply = await Bank(client, token=MERCADOPAGO_TOKEN).look(path)

    assert (reply.status_code, reply.json()) == (401, {"code": "unauthorized"})


async def test_held_transfers_wait_and_are_decided_one_by_one(client: httpx.AsyncClient, bank: Bank) -> None:
    await client.patch("/sandbox/knobs", json={"bank_hold": True})
    await bank.send(a_batch("b-1", "1.00", "2.00", "3.00"))
    waiting = (await bank.look("payment-batches/b-1")).json()["status"]
    await bank.execute("b-1", "b-1-0", failure="holder_mismatch")
    halfway = await bank.execute("b-1", "b-1-1")

    assert (waiting, halfway["status"]) == ("accepted", "processing")
    assert await items(bank) == [("failed", "holder_mismatch"), ("executed", None), ("pending", None)]
    await client.patch("/sandbox/knobs", json={"bank_hold": False})
    assert await items(bank) == [("failed", "holder_mismatch"), ("executed", None), ("executed", None)]
    assert await kinds(bank) == [("transfer_out", "-2.00"), ("transfer_out", "-3.00")]


async def test_a_transfer_is_not_executed_before_its_time(client: httpx.AsyncClient, bank: Bank) -> None:
    await client.patch("/sandbox/knobs", json={"bank_execution_ms": 86_400_000})
    await bank.send(a_batch())

    assert await items(bank) == [("pending", None)]


async def test_transfers_to_accounts_that_cannot_take_them_fail(client: httpx.AsyncClient, bank: Bank) -> None:
    await client.patch("/sandbox/knobs", json={"bank_hold": True})
    await bank.send(a_batch("b-1", "1.00", "2.00", "3.00"))
    await bank.close(OTHERS_CBU[0])
    await bank.register(OTHERS_CBU[1], refuses="account_not_found")
    await client.patch("/sandbox/knobs", json={"bank_hold": False})

    assert await items(bank) == [("failed", "account_closed"), ("failed", "account_not_found"), ("executed", None)]
    assert (await bank.look(f"accounts/{OTHERS_CBU[0]}")).json()["status"] == "closed"
    assert (await bank.look(f"accounts/{OTHERS_CBU[1]}")).status_code == 404


async def test_a_share_of_transfers_fails_as_the_knob_says(client: httpx.AsyncClient, bank: Bank) -> None:
    await client.patch("/sandbox/knobs", json={"bank_failure_rate": 1, "bank_failure": "limit"})
    await bank.send(a_batch())

    assert await items(bank) == [("failed", "limit")]
    assert await kinds(bank) == []


async def test_an_executed_transfer_comes_back_once(client: httpx.AsyncClient, bank: Bank) -> None:
    await bank.send(a_batch())
    back = await bank.give_back("b-1", "b-1-0")

    again = await client.post("/sandbox/bank/batches/b-1/items/b-1-0/return")

    assert again.status_code == 409
    assert (back["kind"], back["amount"], back["batch_item"]) == ("transfer_returned", "1234.50", "b-1-0")
    assert (back["origin_cbu"], back["origin_cuit"]) == (OTHERS_CBU[0], holder_of(OTHERS_CBU[0]))
    assert await kinds(bank) == [("transfer_out", "-1234.50"), ("transfer_returned", "1234.50")]
    assert await items(bank) == [("executed", None)]
