"""Notifications as a real receiver gets them, and what the knobs do to them."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from mercadopago.webhook.validator import InvalidWebhookSignatureError, WebhookSignatureValidator

from sandbox.testing import WEBHOOK_SECRET, Received, Receiver, eventually, in_process, settings_for

Json = dict[str, Any]
Make = Callable[..., Awaitable[Json]]
BODY: Json = {"transaction_amount": 10, "payment_method_id": "account_money", "payer": {"email": "quien@paga.example"}}


def believe(webhook: Received) -> None:
    """Raise unless the official validator believes the signature."""
    headers = webhook.headers
    data_id = webhook.query["data.id"]
    WebhookSignatureValidator.validate(headers.get("x-signature"), headers["x-request-id"], data_id, WEBHOOK_SECRET)


async def log_of(client: httpx.AsyncClient, payment: Json) -> list[Json]:
    reply = await client.get("/sandbox/webhooks", params={"payment_id": payment["id"]})
    found: list[Json] = reply.json()["deliveries"]
    return found


async def turn(client: httpx.AsyncClient, **knobs: Any) -> None:
    assert (await client.put("/sandbox/knobs", json=knobs)).status_code == 200


async def test_a_payment_is_announced_signed_and_logged(
    client: httpx.AsyncClient, receiver: Receiver, a_payment: Make
) -> None:
    payment = await a_payment(notification_url=f"{receiver.url}?source_news=webhooks")

    (webhook,) = await receiver.has(1)

    believe(webhook)
    assert webhook.query == {"source_news": "webhooks", "data.id": str(payment["id"]), "type": "payment"}
    assert webhook.body["action"] == "payment.created"
    assert webhook.body["data"] == {"id": str(payment["id"])}
    assert set(webhook.body) == {
        "id",
        "live_mode",
        "type",
        "date_created",
        "user_id",
        "api_version",
        "action",
        "data",
    }
    await eventually(lambda: log_of_is(client, payment, ["delivered"]))


async def log_of_is(client: httpx.AsyncClient, payment: Json, states: list[str]) -> bool:
    return [each["state"] for each in await log_of(client, payment)] == states


async def test_every_change_of_a_payment_is_announced(
    client: httpx.AsyncClient, receiver: Receiver, a_payment: Make
) -> None:
    payment = await a_payment("CONT", notification_url=receiver.url)
    await client.post(f"/sandbox/payments/{payment['id']}/settle", json={"status": "approved"})
    headers = {"x-idempotency-key": "rf:1"}
    await client.post(f"/v1/payments/{payment['id']}/refunds", headers=headers)

    got = await receiver.has(3)

    assert [each.body["action"] for each in got] == ["payment.created", "payment.updated", "payment.updated"]


async def test_what_is_not_acknowledged_is_sent_again_with_a_fresh_signature(
    client: httpx.AsyncClient, receiver: Receiver, a_payment: Make
) -> None:
    receiver.answers = [500, 202]
    payment = await a_payment(notification_url=receiver.url)

    got = await receiver.has(3)

    assert len({each.headers["x-request-id"] for each in got}) == 3
    assert len({each.body["id"] for each in got}) == 3
    await eventually(lambda: log_of_is(client, payment, ["delivered"]))
    (delivery,) = await log_of(client, payment)
    assert [each["status"] for each in delivery["attempts"]] == [500, 202, 200]


async def test_a_receiver_that_is_away_is_tried_until_the_last_attempt(
    client: httpx.AsyncClient, a_payment: Make
) -> None:
    payment = await a_payment(notification_url="http://127.0.0.1:9/webhooks")

    async def tried() -> bool:
        (delivery,) = await log_of(client, payment)
        return len(delivery["attempts"]) >= 2

    await eventually(tried)
    (delivery,) = await log_of(client, payment)
    assert delivery["state"] == "pending"
    assert delivery["attempts"][0]["error"] == "ConnectError"


async def test_duplicates_arrive_as_often_as_asked(
    client: httpx.AsyncClient, receiver: Receiver, a_payment: Make
) -> None:
    await turn(client, duplicate=10, reorder=True, reorder_window_ms=50)
    payment = await a_payment(notification_url=receiver.url)

    got = await receiver.has(10)

    assert {each.query["data.id"] for each in got} == {str(payment["id"])}
    for each in got:
        believe(each)


async def test_a_reordering_is_the_same_for_the_same_seed(
    client: httpx.AsyncClient, receiver: Receiver, a_payment: Make
) -> None:
    orders = []
    for _ in range(2):
        await turn(client, seed=7, reorder=True, reorder_window_ms=2000)
        ids = [str((await a_payment(notification_url=receiver.url))["id"]) for _ in range(4)]
        got = await receiver.has(4)
        orders.append([ids.index(each.query["data.id"]) for each in got])
        receiver.got.clear()

    assert orders[0] == orders[1]
    assert orders[0] != [0, 1, 2, 3]


async def test_a_dropped_notification_never_comes_and_is_in_the_log(
    client: httpx.AsyncClient, receiver: Receiver, a_payment: Make
) -> None:
    await turn(client, drop=True)
    payment = await a_payment(notification_url=receiver.url)
    await turn(client)
    heard = await a_payment(notification_url=receiver.url)

    (webhook,) = await receiver.has(1)

    assert webhook.query["data.id"] == str(heard["id"])
    assert [each["state"] for each in await log_of(client, payment)] == ["dropped"]
    assert (await client.get("/sandbox/stats")).json()["faults"] == {"drop": 1}


async def test_every_delivery_that_leaves_otherwise_is_counted(client: httpx.AsyncClient, a_payment: Make) -> None:
    await turn(client, duplicate=3, reorder=True, delay_ms=5, forged="both")
    await a_payment(notification_url="http://127.0.0.1:1/nobody")

    # Signed, two duplicates, two forgeries: all of them late and out of order.
    counts = {"duplicate": 2, "forged": 2, "reorder": 5, "delay_ms": 5}
    assert (await client.get("/sandbox/stats")).json()["faults"] == counts


async def test_half_of_the_notifications_drop_alike_for_one_seed(client: httpx.AsyncClient, a_payment: Make) -> None:
    rounds = []
    for _ in range(2):
        await turn(client, seed=3, drop=0.5, delay_ms=600_000)
        made = [await a_payment(notification_url="http://127.0.0.1:9/") for _ in range(12)]
        rounds.append([(await log_of(client, each))[0]["state"] for each in made])

    assert rounds[0] == rounds[1]
    assert set(rounds[0]) == {"dropped", "pending"}


async def test_forgeries_come_beside_the_real_one_and_are_not_retried(
    client: httpx.AsyncClient, receiver: Receiver, a_payment: Make
) -> None:
    await turn(client, forged="both")
    receiver.answers = [200, 401, 401]
    payment = await a_payment(notification_url=receiver.url)

    real, unsigned, badly_signed = await receiver.has(3)

    believe(real)
    assert "x-signature" not in unsigned.headers
    with pytest.raises(InvalidWebhookSignatureError):
        believe(badly_signed)
    await eventually(lambda: log_of_is(client, payment, ["delivered", "refused", "refused"]))


async def test_the_old_ipn_form_comes_unsigned(client: httpx.AsyncClient, receiver: Receiver, a_payment: Make) -> None:
    await turn(client, ipn=True)
    payment = await a_payment(notification_url=receiver.url)

    _, ipn = await receiver.has(2)

    assert ipn.query == {"id": str(payment["id"]), "topic": "payment"}
    assert "x-signature" not in ipn.headers


@pytest.mark.parametrize(("unit", "digits"), [("s", 10), ("ms", 13)])
async def test_the_signatures_time_is_in_the_unit_asked_for(
    client: httpx.AsyncClient, receiver: Receiver, a_payment: Make, unit: str, digits: int
) -> None:
    await turn(client, ts_unit=unit)
    await a_payment(notification_url=receiver.url)

    (webhook,) = await receiver.has(1)

    believe(webhook)
    ts = webhook.headers["x-signature"].split(",")[0].removeprefix("ts=")
    assert len(ts) == digits


@pytest.mark.parametrize(
    ("case", "shown", "signed"), [("verbatim", "Ab1", "Ab1"), ("lower", "Ab1", "ab1"), ("upper", "AB1", "ab1")]
)
async def test_an_alphanumeric_id_is_sent_and_signed_in_the_case_asked_for(
    client: httpx.AsyncClient, receiver: Receiver, case: str, shown: str, signed: str
) -> None:
    await turn(client, data_id_case=case)
    await client.post("/sandbox/webhooks", json={"url": receiver.url, "data_id": "Ab1", "type": "order"})

    (webhook,) = await receiver.has(1)

    headers = webhook.headers
    assert webhook.query == {"data.id": shown, "type": "order"}
    WebhookSignatureValidator.validate(headers["x-signature"], headers["x-request-id"], signed, WEBHOOK_SECRET)


async def test_the_webhook_can_come_before_the_answer(client: httpx.AsyncClient, receiver: Receiver) -> None:
    await turn(client, webhook_before_response=True)
    body = {**BODY, "notification_url": receiver.url}

    reply = await client.post("/v1/payments", json=body, headers={"x-idempotency-key": "k"})

    assert [each.query["data.id"] for each in receiver.got] == [str(reply.json()["id"])]


async def test_a_payment_can_be_announced_again_at_will(
    client: httpx.AsyncClient, receiver: Receiver, a_payment: Make
) -> None:
    payment = await a_payment(notification_url=receiver.url)

    reply = await client.post(f"/sandbox/payments/{payment['id']}/redeliver", params={"times": 3})

    assert reply.status_code == 202
    assert len(reply.json()["deliveries"]) == 3
    assert [each.body["action"] for each in await receiver.has(4)][1:] == ["payment.updated"] * 3


async def test_without_an_address_nobody_is_told(client: httpx.AsyncClient, a_payment: Make) -> None:
    payment = await a_payment()

    assert await log_of(client, payment) == []
    assert (await client.post(f"/sandbox/payments/{payment['id']}/redeliver")).status_code == 409


async def test_an_address_set_for_the_whole_account_is_used_when_a_payment_names_none(
    tmp_path: Path, receiver: Receiver
) -> None:
    async with in_process(settings_for(tmp_path / "sandbox.db", webhook_url=receiver.url)) as client:
        await client.post("/v1/payments", json=BODY, headers={"x-idempotency-key": "k"})

        believe((await receiver.has(1))[0])


async def test_a_full_queue_and_a_last_attempt_are_seen_in_the_log(tmp_path: Path) -> None:
    settings = settings_for(tmp_path / "sandbox.db", webhook_queue_limit=2, webhook_max_attempts=2)
    async with in_process(settings) as client:
        wish = {"url": "http://127.0.0.1:9/", "data_id": "1", "times": 3}
        await client.post("/sandbox/webhooks", json=wish)

        async def settled() -> bool:
            counts = (await client.get("/sandbox/stats")).json()["deliveries"]
            return bool(counts == {"failed": 2, "overflow": 1})

        await eventually(settled)
