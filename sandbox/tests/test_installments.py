"""Paying in instalments: what each plan costs, and what a payment made of one shows."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest

Json = dict[str, Any]
Make = Callable[..., Awaitable[Json]]
Token = Callable[..., Awaitable[str]]
ASK = {"bin": "450995", "amount": "1000", "payment_method_id": "visa", "issuer.id": "310"}


async def plans(client: httpx.AsyncClient, **changes: str) -> list[Json]:
    reply = await client.get("/v1/payment_methods/installments", params={**ASK, **changes})
    assert reply.status_code == 200, reply.text
    (entry,) = reply.json()
    found: list[Json] = entry["payer_costs"]
    return found


def rates(plan: Json) -> dict[str, float]:
    (label,) = plan["labels"]
    pairs = (each.split("_") for each in label.split("|"))
    return {name: float(value.removesuffix("%").replace(",", ".")) / 100 for name, value in pairs}


def worth(plan: Json, yearly: float, each: float) -> float:
    """What equal payments are worth on the day of the purchase at a yearly effective rate."""
    count = plan["installments"]
    return float(sum(each / (1 + yearly) ** (month / 12) for month in range(1, count + 1)))


async def test_plans_are_offered_with_amounts_that_multiply_exactly(client: httpx.AsyncClient) -> None:
    found = await plans(client, amount="1234.57")

    assert [each["installments"] for each in found] == [1, 3, 6, 9, 12]
    assert (found[0]["installment_rate"], found[0]["total_amount"]) == (0, 1234.57)
    for each in found:
        one, total = Decimal(str(each["installment_amount"])), Decimal(str(each["total_amount"]))
        assert one * each["installments"] == total
        surcharge = Decimal("1234.57") * (1 + Decimal(str(each["installment_rate"])) / 100)
        assert abs(total - surcharge) <= Decimal("0.005") * each["installments"]
        assert each["min_allowed_amount"] < 1234 < each["max_allowed_amount"]


async def test_the_message_is_for_people_in_argentina(client: httpx.AsyncClient) -> None:
    one, three, *_ = await plans(client)

    assert one["recommended_message"] == "1 cuota de $ 1.000,00 ($ 1.000,00)"
    assert three["recommended_message"] == "3 cuotas de $ 375,00 ($ 1.125,00)"
    assert one["labels"] == ["CFT_0,00%|TEA_0,00%"]


async def test_cft_and_tea_follow_from_what_is_paid(client: httpx.AsyncClient) -> None:
    for each in (await plans(client, amount="100000"))[1:]:
        found = rates(each)
        paid = each["total_amount"] / each["installments"]
        without_vat = (100_000 + (each["total_amount"] - 100_000) / 1.21) / each["installments"]
        assert worth(each, found["CFT"], paid) == pytest.approx(100_000, rel=1e-4)
        assert worth(each, found["TEA"], without_vat) == pytest.approx(100_000, rel=1e-4)
        assert found["CFT"] > found["TEA"] > 0


async def test_a_debit_card_has_one_instalment(client: httpx.AsyncClient) -> None:
    ask = {"bin": "400276", "payment_method_id": "debvisa", "issuer.id": "288"}

    assert [each["installments"] for each in await plans(client, **ask)] == [1]


@pytest.mark.parametrize("changes", [{"payment_method_id": "master"}, {"issuer.id": "1"}, {"bin": "999999"}])
async def test_what_fits_no_card_has_no_plans(client: httpx.AsyncClient, changes: dict[str, str]) -> None:
    reply = await client.get("/v1/payment_methods/installments", params={**ASK, **changes})

    assert (reply.status_code, reply.json()) == (200, [])


@pytest.mark.parametrize("changes", [{"amount": "x"}, {"amount": "0"}, {"amount": "1.001"}, {"amount": "NaN"}])
async def test_an_amount_is_needed(client: httpx.AsyncClient, changes: dict[str, str]) -> None:
    reply = await client.get("/v1/payment_methods/installments", params={**ASK, **changes})

    assert reply.status_code == 400


async def test_a_payment_in_instalments_tells_its_money_to_the_centavo(
    client: httpx.AsyncClient, a_token: Token
) -> None:
    plan = next(each for each in await plans(client, amount="1234.57") if each["installments"] == 6)
    wish = {
        "transaction_amount": 1234.57,
        "token": await a_token(),
        "installments": 6,
        "payment_method_id": "visa",
        "payer": {"email": "quien@paga.example"},
    }

    reply = await client.post("/v1/payments", json=wish, headers={"x-idempotency-key": "k"})

    payment = reply.json()
    details = payment["transaction_details"]
    fees = {each["type"]: (each["amount"], each["fee_payer"]) for each in payment["fee_details"]}
    assert (details["total_paid_amount"], details["installment_amount"]) == (
        plan["total_amount"],
        plan["installment_amount"],
    )
    assert fees["mercadopago_fee"] == (77.65, "collector")
    assert fees["financing_fee"] == (round(plan["total_amount"] - 1234.57, 2), "payer")
    assert details["net_received_amount"] == 1156.92
    assert payment["installments"] == 6


async def test_checkout_pro_offers_the_same_plans(client: httpx.AsyncClient, a_preference: Make) -> None:
    path = f"/sandbox/checkout/{(await a_preference())['id']}/pay"

    paid = await client.post(path, json={"method": "visa", "installments": 12})
    refused = await client.post(path, json={"method": "visa", "installments": 7})
    debit = await client.post(path, json={"method": "debvisa", "installments": 3})

    assert paid.json()["transaction_details"]["total_paid_amount"] > 1234.56
    assert (refused.status_code, debit.status_code) == (400, 400)
