"""The settlement report: what moved in the MercadoPago account, and how the knobs misreport it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from sandbox.testing import Account, Bank, Disputes

Json = dict[str, Any]
Make = Callable[..., Awaitable[Json]]
ALWAYS = ("2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z")
HEADER = (
    "EXTERNAL_REFERENCE;SOURCE_ID;USER_ID;PAYMENT_METHOD_TYPE;PAYMENT_METHOD;SITE;TRANSACTION_TYPE;TRANSACTION_AMOUNT;"
    "TRANSACTION_CURRENCY;TRANSACTION_DATE;FEE_AMOUNT;SETTLEMENT_NET_AMOUNT;SETTLEMENT_CURRENCY;SETTLEMENT_DATE;"
    "REAL_AMOUNT;COUPON_AMOUNT;METADATA;MKP_FEE_AMOUNT;FINANCING_FEE_AMOUNT;SHIPPING_FEE_AMOUNT;TAXES_AMOUNT;"
    "INSTALLMENT_AMOUNT;TAXES_DISAGGREGATED"
)


@pytest.fixture
async def account(client: httpx.AsyncClient) -> Account:
    await client.patch("/sandbox/knobs", json={"report_delay_ms": 0})
    return Account(client)


def told(lines: list[dict[str, str]]) -> list[tuple[str, str, str]]:
    return [(each["TRANSACTION_TYPE"], each["TRANSACTION_AMOUNT"], each["SETTLEMENT_NET_AMOUNT"]) for each in lines]


async def test_a_report_is_accepted_and_is_there_a_moment_later(client: httpx.AsyncClient, a_payment: Make) -> None:
    await client.patch("/sandbox/knobs", json={"report_delay_ms": 600_000})
    asked = await client.post("/v1/account/settlement_report", json={"begin_date": ALWAYS[0], "end_date": ALWAYS[1]})
    (pending,) = (await client.get("/v1/account/settlement_report/list")).json()

    await client.patch("/sandbox/knobs", json={"report_delay_ms": 0})
    await a_payment(external_reference="pi-1", metadata={"note": 'a;b "c"'})
    lines = await Account(client).report(*ALWAYS)

    assert (asked.status_code, asked.json()["status"]) == (202, "pending")
    assert (pending["id"], pending["status"], pending["file_name"]) == (asked.json()["id"], "pending", None)
    assert ";".join(lines[0]) == HEADER
    assert lines[0]["METADATA"] == '[{"note": "a;b \\"c\\""}]'
    assert (lines[0]["EXTERNAL_REFERENCE"], lines[0]["SITE"], lines[0]["PAYMENT_METHOD"]) == ("pi-1", "MLA", "visa")


async def test_every_movement_of_a_payment_is_a_line(
    client: httpx.AsyncClient, a_payment: Make, account: Account
) -> None:
    disputes = Disputes(client)
    refunded, charged_back, claimed = [await a_payment() for _ in range(3)]
    await a_payment("FUND")
    await client.post(
        f"/v1/payments/{refunded['id']}/refunds", json={"amount": 0.56}, headers={"x-idempotency-key": "rf:1"}
    )
    await disputes.decide_chargeback((await disputes.charge_back(charged_back["id"]))["id"], "seller")
    await disputes.decide_claim((await disputes.claim(claimed["id"]))["id"], "payer")

    lines = await account.report(*ALWAYS)

    by_payment = {
        each["id"]: told([line for line in lines if line["SOURCE_ID"] == str(each["id"])])
        for each in (refunded, charged_back, claimed)
    }
    settlement = ("SETTLEMENT", "1234.56", "1156.91")
    assert by_payment[refunded["id"]] == [settlement, ("REFUND", "-0.56", "-0.56")]
    assert by_payment[charged_back["id"]] == [
        settlement,
        ("CHARGEBACK", "-1234.56", "-1234.56"),
        ("CHARGEBACK", "1234.56", "1234.56"),
    ]
    assert {line[:2] for line in by_payment[claimed["id"]]} == {
        ("SETTLEMENT", "1234.56"),
        ("DISPUTE", "-1234.56"),
        ("REFUND", "-1234.56"),
        ("DISPUTE", "1234.56"),
    }
    assert len(lines) == 9
    assert {line["FEE_AMOUNT"] for line in lines if line["TRANSACTION_TYPE"] == "SETTLEMENT"} == {"-77.65"}


async def test_a_report_holds_only_what_happened_in_its_time(a_payment: Make, account: Account) -> None:
    await a_payment()

    assert await account.report("2020-01-01T00:00:00Z", "2020-02-01T00:00:00Z") == []


@pytest.mark.parametrize(
    ("knob", "expected"),
    [
        ("report_omit", []),
        ("report_wrong_amount", [("SETTLEMENT", "1235.56", "1157.91")]),
        ("report_twice", [("SETTLEMENT", "1234.56", "1156.91")] * 2),
    ],
)
async def test_a_payment_is_reported_wrong(
    client: httpx.AsyncClient, a_payment: Make, account: Account, knob: str, expected: list[tuple[str, str, str]]
) -> None:
    wrong, right = await a_payment(), await a_payment()
    await client.patch("/sandbox/knobs", json={knob: 1, "report_payment": str(wrong["id"])})

    lines = await account.report(*ALWAYS)

    assert told([each for each in lines if each["SOURCE_ID"] == str(wrong["id"])]) == expected
    assert told([each for each in lines if each["SOURCE_ID"] == str(right["id"])]) == [
        ("SETTLEMENT", "1234.56", "1156.91")
    ]
    assert (await client.get("/sandbox/stats")).json()["faults"] == {knob: 1}


async def test_released_money_is_withdrawn_to_the_bank(
    client: httpx.AsyncClient, a_payment: Make, account: Account
) -> None:
    payment, waiting = await a_payment(), await a_payment()
    nothing = await client.post("/sandbox/withdrawals", json={})
    released = await account.release(payment["id"])

    some = await account.withdraw("1000.00")
    cash = await account.withdraw("100.00", "PAYOUT")
    too_much = await client.post("/sandbox/withdrawals", json={"amount": "56.92"})
    await account.withdraw()

    lines = await account.report(*ALWAYS)
    moved = (await Bank(client).look("movements")).json()["items"]
    assert (nothing.status_code, too_much.status_code) == (409, 409)
    assert released["money_release_status"] == "released"
    assert [line for line in told(lines) if line[0] != "SETTLEMENT"] == [
        ("WITHDRAWAL", "-1000.00", "-1000.00"),
        ("PAYOUT", "-100.00", "-100.00"),
        ("WITHDRAWAL", "-56.91", "-56.91"),
    ]
    assert [(each["kind"], each["amount"]) for each in moved] == [
        ("mp_withdrawal", "1000.00"),
        ("mp_withdrawal", "56.91"),
    ]
    assert moved[0]["reference"] == str(some["id"])
    assert (cash["type"], cash["amount_minor"]) == ("PAYOUT", 10000)
    readout = (await client.get("/sandbox/withdrawals")).json()
    assert (readout["available_minor"], len(readout["withdrawals"])) == (0, 3)
    assert (await client.get(f"/v1/payments/{waiting['id']}")).json()["money_release_status"] == "pending"


async def test_disputed_money_cannot_be_withdrawn(client: httpx.AsyncClient, a_payment: Make, account: Account) -> None:
    disputed, kept = await a_payment(), await a_payment()
    for each in (disputed, kept):
        await account.release(each["id"])
    opened = await Disputes(client).charge_back(disputed["id"])

    during = (await client.get("/sandbox/withdrawals")).json()["available_minor"]
    await Disputes(client).decide_chargeback(opened["id"], "seller")
    after = (await client.get("/sandbox/withdrawals")).json()["available_minor"]

    assert (during, after) == (2 * 115691 - 123456, 2 * 115691)


async def test_withdrawals_at_the_same_time_never_take_more_than_there_is(
    client: httpx.AsyncClient, a_payment: Make, account: Account
) -> None:
    await account.release((await a_payment())["id"])

    wishes = [client.post("/sandbox/withdrawals", json={"amount": "1000.00"}) for _ in range(5)]
    statuses = [reply.status_code for reply in await asyncio.gather(*wishes)]

    assert sorted(statuses) == [201, 409, 409, 409, 409]


@pytest.mark.parametrize(
    "body", [{}, {"begin_date": "ayer", "end_date": ALWAYS[1]}, {"begin_date": ALWAYS[1], "end_date": ALWAYS[0]}]
)
async def test_a_report_of_no_time_is_refused(client: httpx.AsyncClient, body: Json) -> None:
    assert (await client.post("/v1/account/settlement_report", json=body)).status_code == 400
    assert (await client.get("/v1/account/settlement_report/none.csv")).status_code == 404
