"""Merchant orders: the payments of one preference, told about when asked to."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from sandbox.testing import Receiver

Json = dict[str, Any]
Make = Callable[..., Awaitable[Json]]


async def order_of(client: httpx.AsyncClient, preference_id: str) -> Json:
    found = (await client.get("/merchant_orders/search", params={"preference_id": preference_id})).json()
    assert found["total"] == 1
    one = await client.get(f"/merchant_orders/{found['elements'][0]['id']}")
    assert one.json() == found["elements"][0]
    order: Json = one.json()
    return order


async def test_an_order_holds_every_payment_of_its_preference(client: httpx.AsyncClient, a_preference: Make) -> None:
    preference = await a_preference(external_reference="pi-1")
    path = f"/sandbox/checkout/{preference['id']}/pay"

    rejected = (await client.post(path, json={"holder": "FUND"})).json()
    before = await order_of(client, preference["id"])
    approved = (await client.post(path, json={"holder": "APRO"})).json()
    after = await order_of(client, preference["id"])

    assert (before["status"], before["order_status"], before["paid_amount"]) == ("opened", "payment_required", 0)
    assert (after["status"], after["order_status"], after["paid_amount"]) == ("closed", "paid", 1234.56)
    assert [each["id"] for each in after["payments"]] == [rejected["id"], approved["id"]]
    assert (after["id"], after["external_reference"], after["total_amount"]) == (before["id"], "pi-1", 1234.56)
    assert after["last_updated"] > before["last_updated"]
    assert approved["order"] == {"id": str(after["id"]), "type": "mercadopago"}


@pytest.mark.parametrize(("amount", "status"), [(None, "reverted"), (34.56, "partially_reverted")])
async def test_a_refund_reverts_the_order(
    client: httpx.AsyncClient, a_payment: Make, amount: float | None, status: str
) -> None:
    payment = await a_payment(external_reference="pi-2")
    body = {} if amount is None else {"amount": amount}
    await client.post(f"/v1/payments/{payment['id']}/refunds", json=body, headers={"x-idempotency-key": "rf:1"})

    found = await client.get("/merchant_orders/search", params={"external_reference": "pi-2"})

    (order,) = found.json()["elements"]
    assert (order["order_status"], order["refunded_amount"]) == (status, amount or 1234.56)


@pytest.mark.parametrize("name", ["1", "abc", "9" * 30])
async def test_an_unknown_order_is_404(client: httpx.AsyncClient, name: str) -> None:
    assert (await client.get(f"/merchant_orders/{name}")).status_code == 404


async def test_orders_are_told_about_when_their_topic_is_chosen(
    client: httpx.AsyncClient, receiver: Receiver, a_payment: Make
) -> None:
    await client.put("/sandbox/knobs", json={"merchant_order_webhooks": True})
    payment = await a_payment(notification_url=receiver.url)

    got = {each.query["type"]: each.query["data.id"] for each in await receiver.has(2)}

    assert got == {"payment": str(payment["id"]), "topic_merchant_order_wh": payment["order"]["id"]}


async def test_a_seller_that_connects_can_be_told_about(client: httpx.AsyncClient, receiver: Receiver) -> None:
    wish = {"url": receiver.url, "data_id": "724484980", "type": "mp-connect", "action": "application.authorized"}
    await client.post("/sandbox/webhooks", json=wish)

    (webhook,) = await receiver.has(1)

    assert (webhook.body["type"], webhook.body["action"]) == ("mp-connect", "application.authorized")
    assert webhook.query["data.id"] == "724484980"
