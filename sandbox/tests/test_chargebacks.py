"""Chargebacks: the payer's bank asks for the money back, documents are sent, somebody decides."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from sandbox.testing import PDF, Disputes, Receiver

Json = dict[str, Any]
Make = Callable[..., Awaitable[Json]]
PNG, JPG = b"\x89PNG\r\n\x1a\n and more", b"\xff\xd8\xff\xe0 and more"


@pytest.fixture
def disputes(client: httpx.AsyncClient) -> Disputes:
    return Disputes(client)


async def status_of(client: httpx.AsyncClient, payment: Json) -> tuple[str, str]:
    found = (await client.get(f"/v1/payments/{payment['id']}")).json()
    return found["status"], found["status_detail"]


async def send(client: httpx.AsyncClient, chargeback: Json, *files: bytes) -> httpx.Response:
    parts = [("files[]", (f"{number}.pdf", content)) for number, content in enumerate(files)]
    return await client.post(f"/v1/chargebacks/{chargeback['id']}/documentation", files=parts)


async def test_a_chargeback_takes_the_payment_and_shows_what_is_asked_for(
    client: httpx.AsyncClient, a_payment: Make, disputes: Disputes
) -> None:
    payment = await a_payment()

    opened = await disputes.charge_back(payment["id"], deadline="2099-01-01T00:00:00-03:00")

    found = (await client.get(f"/v1/chargebacks/{opened['id']}")).json()
    search = (await client.get("/v1/chargebacks/search", params={"payment_id": payment["id"]})).json()
    assert await status_of(client, payment) == ("charged_back", "in_process")
    assert found == opened
    assert search["results"] == [found]
    assert (found["payments"], found["amount"], found["currency"]) == ([payment["id"]], 1234.56, "ARS")
    assert (found["coverage_applied"], found["coverage_elegible"], found["coverage_eligible"]) == (None, True, True)
    assert (found["documentation_required"], found["documentation_status"]) == (True, "pending")
    assert found["date_documentation_deadline"] == "2098-12-31T23:00:00.000-04:00"
    assert found["live_mode"] is False


async def test_the_payment_and_the_chargeback_are_both_announced(
    client: httpx.AsyncClient, a_payment: Make, disputes: Disputes, receiver: Receiver
) -> None:
    payment = await a_payment(notification_url=receiver.url)
    await receiver.has(1)
    opened = await disputes.charge_back(payment["id"])
    await disputes.decide_chargeback(opened["id"], "seller")

    got = await receiver.has(5)

    told = [each for each in got if each.query["type"] == "topic_chargebacks_wh"]
    assert [each.query["data.id"] for each in told] == [opened["id"]] * 2
    assert told[0].headers["x-signature"].startswith("ts=")
    assert told[0].body["actions"] == ["changed_case_status"]
    assert (told[0].body["data"]["id"], told[0].body["data"]["payment_id"]) == (int(opened["id"]), payment["id"])
    assert sum(each.query["type"] == "payment" for each in got) == 3
    log = (await client.get("/sandbox/webhooks", params={"payment_id": payment["id"]})).json()["deliveries"]
    assert len(log) == 5


async def test_the_old_form_has_an_older_name_for_chargebacks(
    client: httpx.AsyncClient, a_payment: Make, disputes: Disputes, receiver: Receiver
) -> None:
    payment = await a_payment(notification_url=receiver.url)
    await client.patch("/sandbox/knobs", json={"ipn": True})
    opened = await disputes.charge_back(payment["id"])

    got = await receiver.has(5)

    (old,) = [each for each in got if each.query.get("topic") == "chargebacks"]
    assert old.query["id"] == opened["id"]
    assert old.body["resource"].endswith(f"/v1/chargebacks/{opened['id']}")


@pytest.mark.parametrize(
    ("won_as", "status"),
    [("reimbursed", ("charged_back", "reimbursed")), ("approved", ("approved", "accredited"))],
)
async def test_a_chargeback_decided_for_the_seller(
    client: httpx.AsyncClient, a_payment: Make, disputes: Disputes, won_as: str, status: tuple[str, str]
) -> None:
    await client.patch("/sandbox/knobs", json={"chargeback_won_as": won_as})
    payment = await a_payment()
    opened = await disputes.charge_back(payment["id"])
    await send(client, opened, PDF)

    decided = await disputes.decide_chargeback(opened["id"], "seller")

    assert (decided["coverage_applied"], decided["documentation_status"]) == (True, "valid")
    assert await status_of(client, payment) == status


async def test_a_chargeback_lost_is_settled_and_can_be_decided_once(
    client: httpx.AsyncClient, a_payment: Make, disputes: Disputes
) -> None:
    payment = await a_payment()
    opened = await disputes.charge_back(payment["id"])

    decided = await disputes.decide_chargeback(opened["id"], "payer")

    assert (decided["coverage_applied"], decided["documentation_status"]) == (False, "not_supplied")
    assert await status_of(client, payment) == ("charged_back", "settled")
    again = await client.post(f"/sandbox/chargebacks/{opened['id']}/decide", json={"winner": "seller"})
    assert again.status_code == 409
    assert (await send(client, opened, PDF)).status_code == 400


async def test_only_what_is_left_of_an_approved_payment_is_charged_back(
    client: httpx.AsyncClient, a_payment: Make, disputes: Disputes
) -> None:
    payment, pending = await a_payment(), await a_payment("CONT")
    path = f"/v1/payments/{payment['id']}/refunds"
    await client.post(path, json={"amount": 234.56}, headers={"x-idempotency-key": "rf:1"})

    opened = await disputes.charge_back(payment["id"])

    assert opened["amount"] == 1000
    for each in (payment, pending):
        refused = await client.post(f"/sandbox/payments/{each['id']}/chargeback", json={})
        assert refused.status_code == 409
    refund = await client.post(path, headers={"x-idempotency-key": "rf:2"})
    assert refund.json()["cause"][0]["code"] == 2063


async def test_documents_put_it_under_review(client: httpx.AsyncClient, a_payment: Make, disputes: Disputes) -> None:
    opened = await disputes.charge_back((await a_payment())["id"])

    reply = await send(client, opened, PDF, PNG, JPG)

    assert reply.status_code == 200
    found = (await client.get(f"/v1/chargebacks/{opened['id']}")).json()
    assert found["documentation_status"] == "review_pending"
    assert [each["type"] for each in found["documentation"]] == ["application/pdf", "image/png", "image/jpeg"]


@pytest.mark.parametrize(
    ("files", "status"),
    [
        ([b"MZ something else"], 400),
        ([], 400),
        ([PDF] * 11, 400),
        ([PDF + bytes(6 * 1024 * 1024)] * 2, 413),
        ([PDF + bytes(10 * 1024 * 1024)], 413),
    ],
)
async def test_documents_that_are_not_taken_change_nothing(
    client: httpx.AsyncClient, a_payment: Make, disputes: Disputes, files: list[bytes], status: int
) -> None:
    opened = await disputes.charge_back((await a_payment())["id"])

    assert (await send(client, opened, *files)).status_code == status

    found = (await client.get(f"/v1/chargebacks/{opened['id']}")).json()
    assert (found["documentation_status"], found["documentation"]) == ("pending", [])


async def test_eleven_documents_are_too_many_in_two_calls_as_well(
    client: httpx.AsyncClient, a_payment: Make, disputes: Disputes
) -> None:
    opened = await disputes.charge_back((await a_payment())["id"])

    assert (await send(client, opened, *[PDF] * 10)).status_code == 200
    assert (await send(client, opened, PDF)).status_code == 400


async def test_documents_are_taken_until_the_deadline(
    client: httpx.AsyncClient, a_payment: Make, disputes: Disputes
) -> None:
    opened = await disputes.charge_back((await a_payment())["id"])

    late = await disputes.set_deadline(opened["id"], "2020-01-01T00:00:00-03:00")

    assert late["documentation_status"] == "not_supplied"
    assert (await send(client, opened, PDF)).status_code == 400


@pytest.mark.parametrize("wish", [{"documentation_required": False}, {"coverage_eligible": False}])
async def test_documents_nobody_asked_for_are_refused(
    client: httpx.AsyncClient, a_payment: Make, disputes: Disputes, wish: Json
) -> None:
    opened = await disputes.charge_back((await a_payment())["id"], **wish)

    assert (await send(client, opened, PDF)).status_code == 400
    assert opened["documentation_status"] == ("pending" if opened["documentation_required"] else "not_applicable")


@pytest.mark.parametrize("path", ["/v1/chargebacks/1", "/v1/chargebacks/x", "/v1/claims/1"])
async def test_an_unknown_dispute_is_404(client: httpx.AsyncClient, path: str) -> None:
    reply = await client.get(path)

    assert (reply.status_code, reply.json()["error"]) == (404, "not_found")


async def test_the_readout_lists_chargebacks_and_what_they_withhold(
    client: httpx.AsyncClient, a_payment: Make, disputes: Disputes
) -> None:
    lost, won = [await disputes.charge_back((await a_payment())["id"]) for _ in range(2)]
    await disputes.decide_chargeback(lost["id"], "payer")
    await disputes.decide_chargeback(won["id"], "seller")

    first = (await client.get("/sandbox/chargebacks", params={"limit": 1})).json()
    second = (await client.get("/sandbox/chargebacks", params={"after": first["next"]})).json()
    payments = (await client.get("/sandbox/payments")).json()["payments"]
    stats = (await client.get("/sandbox/stats")).json()

    assert [each["id"] for each in first["chargebacks"] + second["chargebacks"]] == [lost["id"], won["id"]]
    assert first["chargebacks"][0]["sandbox"] == {
        "amount_minor": 123456,
        "payment_id": lost["payments"][0],
        "outcome": "payer",
    }
    assert [each["sandbox"]["withheld_minor"] for each in payments] == [123456, 0]
    assert stats["chargebacks"] == {"payer": 1, "seller": 1}
