"""The bank's movements and accounts, and what the sandbox's own endpoints tell of them."""

from typing import Any

import httpx
import pytest

from sandbox.bank.numbers import holder_of
from sandbox.testing import OTHERS_CBU, Bank, a_batch

Json = dict[str, Any]
OUR_CBU = "2850590940090418135201"


@pytest.fixture
def bank(client: httpx.AsyncClient) -> Bank:
    return Bank(client)


async def test_movements_are_read_page_by_page_and_the_cursor_stays(bank: Bank) -> None:
    await bank.receive("10.00", "turno 1", origin_cuit="20267565393")
    await bank.receive("20.00")
    await bank.receive("30.00")

    first = (await bank.look("movements", limit=2)).json()
    second = (await bank.look("movements", after=first["next"])).json()
    nothing = (await bank.look("movements", after=second["next"])).json()
    await bank.receive("40.00")
    later = (await bank.look("movements", after=nothing["next"])).json()

    pages = [first, second, nothing, later]
    assert [[each["amount"] for each in page["items"]] for page in pages] == [
        ["10.00", "20.00"],
        ["30.00"],
        [],
        ["40.00"],
    ]
    assert nothing["next"] == second["next"]
    assert {name: first["items"][0][name] for name in ("kind", "reference", "origin_cbu", "origin_cuit")} == {
        "kind": "transfer_in",
        "reference": "turno 1",
        "origin_cbu": OTHERS_CBU[0],
        "origin_cuit": "20267565393",
    }


@pytest.mark.parametrize("query", [{"after": "x"}, {"after": "-1"}, {"limit": "0"}, {"limit": "1001"}, {"limit": "x"}])
async def test_a_cursor_or_limit_that_is_none_is_400(bank: Bank, query: Json) -> None:
    assert (await bank.look("movements", **query)).status_code == 400


async def test_whose_an_account_is(client: httpx.AsyncClient, bank: Bank) -> None:
    await bank.register(OTHERS_CBU[2], alias="ana.corta.pelo", cuit="27103456784", name="ANA")

    by_cbu, by_alias = [(await bank.look(f"accounts/{name}")).json() for name in (OTHERS_CBU[2], "Ana.Corta.Pelo")]
    ours = (await bank.look("accounts/barberpro.cobros")).json()
    other = (await bank.look(f"accounts/{OTHERS_CBU[3]}")).json()

    assert by_cbu == by_alias
    assert by_cbu == {
        "cbu": OTHERS_CBU[2],
        "alias": "ana.corta.pelo",
        "holder_cuit": "27103456784",
        "holder_name": "ANA",
        "currency": "ARS",
        "status": "active",
    }
    assert (ours["cbu"], ours["holder_cuit"]) == (OUR_CBU, "30653311857")
    assert (other["holder_cuit"], other["alias"]) == (holder_of(OTHERS_CBU[3]), None)
    for unknown in ("nobody.at.all", "2850590940090418135202"):
        assert (await bank.look(f"accounts/{unknown}")).status_code == 404
    taken = await client.put(f"/sandbox/bank/accounts/{OTHERS_CBU[4]}", json={"alias": "ana.corta.pelo"})
    assert taken.status_code == 409


async def test_the_readout_lists_batches_movements_and_the_balance(client: httpx.AsyncClient, bank: Bank) -> None:
    await bank.receive("5000.00")
    await bank.send(a_batch("b-1", "1000.00"))
    await bank.send(a_batch("b-2", "500.00"))
    await bank.look("movements")
    await bank.give_back("b-2", "b-2-0")

    first = (await client.get("/sandbox/bank/batches", params={"limit": 1})).json()
    second = (await client.get("/sandbox/bank/batches", params={"after": first["next"]})).json()
    moved = (await client.get("/sandbox/bank/movements")).json()
    stats = (await client.get("/sandbox/stats")).json()

    assert [each["id"] for each in first["batches"] + second["batches"]] == ["b-1", "b-2"]
    exact = second["batches"][0]["items"][0]["sandbox"]
    assert (exact["amount_minor"], exact["cbu"]) == (50000, OTHERS_CBU[0])
    assert exact["returned_at"] is not None
    assert [each["sandbox"]["amount_minor"] for each in moved["movements"]] == [500000, -100000, -50000, 50000]
    assert moved["balance_minor"] == 400000
    assert (stats["bank_items"], stats["bank_balance_minor"]) == ({"executed": 2}, 400000)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("transfers", {"amount": "0.00", "origin_cbu": OTHERS_CBU[0]}),
        ("transfers", {"amount": "1", "origin_cbu": OTHERS_CBU[0]}),
        ("transfers", {"amount": "1.00", "origin_cbu": "1"}),
        ("transfers", {"amount": "1.00", "origin_cbu": OTHERS_CBU[0], "origin_cuit": "20267565392"}),
    ],
)
async def test_money_from_nowhere_is_422(client: httpx.AsyncClient, path: str, body: Json) -> None:
    assert (await client.post(f"/sandbox/bank/{path}", json=body)).status_code == 422


async def test_what_the_bank_does_not_have_is_404(client: httpx.AsyncClient, bank: Bank) -> None:
    await bank.send(a_batch())

    for path in ("batches/none/execute", "batches/none/items/x/return", "batches/b-1/items/x/return"):
        assert (await client.post(f"/sandbox/bank/{path}", json={})).status_code == 404
    assert (await bank.look("loans")).json() == {"code": "not_found"}
