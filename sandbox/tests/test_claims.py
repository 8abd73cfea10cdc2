"""Claims: the payer complains at MercadoPago, which mediates and decides."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from sandbox.testing import Disputes, Receiver

Json = dict[str, Any]
Make = Callable[..., Awaitable[Json]]


@pytest.fixture
def disputes(client: httpx.AsyncClient) -> Disputes:
    return Disputes(client)


async def status_of(client: httpx.AsyncClient, payment: Json) -> tuple[str, str]:
    found = (await client.get(f"/v1/payments/{payment['id']}")).json()
    return found["status"], found["status_detail"]


async def test_a_claim_is_read_at_both_addresses(
    client: httpx.AsyncClient, a_payment: Make, disputes: Disputes
) -> None:
    payment = await a_payment()

    opened = await disputes.claim(payment["id"])

    old, new = [(await client.get(f"{at}/v1/claims/{opened['id']}")).json() for at in ("", "/post-purchase")]
    assert old == new == opened
    assert (old["resource"], old["resource_id"]) == ("payment", payment["id"])
    assert (old["status"], old["type"], old["stage"], old["resolution"]) == ("opened", "mediations", "claim", None)
    assert await status_of(client, payment) == ("in_mediation", "pending")


async def test_a_claim_decided_for_the_seller_leaves_the_payment_as_it_was(
    client: httpx.AsyncClient, a_payment: Make, disputes: Disputes
) -> None:
    payment = await a_payment()
    opened = await disputes.claim(payment["id"])
    escalated = await disputes.escalate(opened["id"])

    decided = await disputes.decide_claim(opened["id"], "seller")

    assert (escalated["stage"], decided["status"], decided["resolution"]["benefited"]) == (
        "dispute",
        "closed",
        ["respondent"],
    )
    assert await status_of(client, payment) == ("approved", "accredited")


async def test_a_claim_decided_for_the_payer_gives_everything_back(
    client: httpx.AsyncClient, a_payment: Make, disputes: Disputes
) -> None:
    payment = await a_payment()
    opened = await disputes.claim(payment["id"])

    decided = await disputes.decide_claim(opened["id"], "payer")

    found = (await client.get(f"/v1/payments/{payment['id']}")).json()
    assert decided["resolution"]["benefited"] == ["complainant"]
    assert (found["status"], found["status_detail"]) == ("refunded", "by_admin")
    assert [each["amount"] for each in found["refunds"]] == [1234.56]
    listed = (await client.get("/sandbox/claims")).json()["claims"]
    assert [each["sandbox"]["outcome"] for each in listed] == ["payer"]


async def test_a_claim_is_announced_with_its_payment(a_payment: Make, disputes: Disputes, receiver: Receiver) -> None:
    payment = await a_payment(notification_url=receiver.url)
    await receiver.has(1)
    opened = await disputes.claim(payment["id"])
    await disputes.decide_claim(opened["id"], "payer")

    got = await receiver.has(5)

    told = [each for each in got if each.query["type"] == "topic_claims_integration_wh"]
    assert [each.query["data.id"] for each in told] == [str(opened["id"])] * 2
    assert [each.body["action"] for each in told] == ["claim.created", "claim.updated"]


async def test_a_closed_claim_and_a_payment_in_dispute_take_no_more(
    client: httpx.AsyncClient, a_payment: Make, disputes: Disputes
) -> None:
    payment = await a_payment()
    opened = await disputes.claim(payment["id"], "dispute")

    second = await client.post(f"/sandbox/payments/{payment['id']}/claim", json={})
    escalated = await client.post(f"/sandbox/claims/{opened['id']}/escalate")
    await disputes.decide_claim(opened["id"], "seller")
    again = await client.post(f"/sandbox/claims/{opened['id']}/decide", json={"winner": "payer"})

    assert [each.status_code for each in (second, escalated, again)] == [409, 409, 409]
