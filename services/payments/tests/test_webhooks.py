"""Webhooks: acknowledged from the database, looked into once per payment, never lost and never believed."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from services.payments.tests.builders import SCOPE, Road, drain, signed

from common.money import Money
from common.settings import SHARED
from common.testing import Databases
from contracts.ids import new_id
from payments import usecases
from payments.clients import NotAcceptedError, UnreadableError
from payments.domain.charge import ChargeId
from payments.domain.reference import Reference

PATH = "/api/v1/webhooks/mercadopago"


async def notify(road: Road, data_id: str, request_id: str | None = None, **headers: str) -> httpx.Response:
    """MercadoPago notifies about a payment."""
    body = {"id": 1, "type": "payment", "action": "payment.updated", "data": {"id": data_id}}
    own = signed(data_id, request_id or str(new_id())) | headers
    return await road.http.post(PATH, params={"data.id": data_id, "type": "payment"}, json=body, headers=own)


async def look(road: Road) -> None:
    await drain(usecases.look_into_webhooks, road.context, SHARED)


async def hurry(road: Road, resource_id: str) -> None:
    async with road.uow.begin(SHARED) as work:
        query = "UPDATE webhook SET due_at = app_now() WHERE resource_id = $1 AND status = 'due'"
        await work.connection.execute(query, resource_id)


async def kept(road: Road, resource_id: str) -> list[dict[str, Any]]:
    rows = await road.rows("SELECT * FROM webhook WHERE resource_id = $1 ORDER BY id", resource_id, scope=SHARED)
    return [dict(row) for row in rows]


async def test_a_signed_webhook_is_kept_acknowledged_and_then_applied(road: Road) -> None:
    payment_id = await road.begin(await road.book())
    charge_id = road.pay(payment_id)
    asked = len(road.mercadopago.asked)
    assert (await notify(road, charge_id)).status_code == 200
    assert len(road.mercadopago.asked) == asked
    (row,) = await kept(road, charge_id)
    assert (row["topic"], row["status"], row["hint"]) == ("payment", "due", False)
    assert b"payment.updated" in row["body"]
    await look(road)
    (row,) = await kept(road, charge_id)
    assert (row["status"], row["due_at"]) == ("done", None)
    assert await road.status(payment_id) == "paid"


async def test_ten_notifications_at_once_are_one_confirmation(road: Road) -> None:
    payment_id = await road.begin(await road.book())
    charge_id = road.pay(payment_id)
    replies = await asyncio.gather(*(notify(road, charge_id) for _ in range(10)))
    assert {reply.status_code for reply in replies} == {200}
    asked = road.mercadopago.asked.count("payment")
    await asyncio.gather(*(look(road) for _ in range(3)))
    assert road.mercadopago.asked.count("payment") - asked <= 3
    assert await road.told(payment_id) == ["payment.pending", "payment.confirmed"]
    assert {row["status"] for row in await kept(road, charge_id)} == {"done"}


async def test_the_very_same_notification_is_one_row(road: Road) -> None:
    charge_id = road.mercadopago.put("x", Money(1))
    for _ in range(3):
        await notify(road, charge_id, "the same request")
    (row,) = await kept(road, charge_id)
    assert row["deliveries"] == 3


@pytest.mark.parametrize(
    "headers",
    [
        {"x-signature": ""},
        {"x-signature": "ts=1704908010,v1=00"},
        {"x-signature": "nonsense"},
        signed("some other payment", "rq"),
        signed("880", "rq", secret="another secret"),
        signed("880", "rq", ts=str(int((datetime.now(UTC) - timedelta(days=30)).timestamp()))),
        {"x-request-id": "of another one"},
    ],
)
async def test_a_forged_or_unsigned_webhook_is_refused_and_nothing_is_written(
    road: Road, headers: dict[str, str]
) -> None:
    before = await road.rows("SELECT count(*) AS n FROM webhook", scope=SHARED)
    own = signed("880", "rq") | headers
    reply = await road.http.post(PATH, params={"data.id": "880", "type": "payment"}, json={}, headers=own)
    assert (reply.status_code, reply.json()["type"]) == (401, "urn:barberpro:problem:bad-signature")
    assert await road.rows("SELECT count(*) AS n FROM webhook", scope=SHARED) == before


async def test_an_id_in_capitals_signed_in_lower_case_is_accepted(road: Road) -> None:
    headers = signed("abc123def", "rq-lower")
    reply = await road.http.post(PATH, params={"data.id": "ABC123DEF", "type": "payment"}, json={}, headers=headers)
    assert reply.status_code == 200


@pytest.mark.parametrize("factor", [1, 1000])
async def test_the_time_may_be_in_seconds_or_milliseconds(road: Road, factor: int) -> None:
    data_id = str(new_id())
    headers = signed(data_id, "rq", ts=str(int(datetime.now(UTC).timestamp() * factor)))
    reply = await road.http.post(PATH, params={"data.id": data_id, "type": "payment"}, json={}, headers=headers)
    assert reply.status_code == 200


async def test_a_webhook_needs_neither_token_nor_vertical(road: Road) -> None:
    headers = signed("881", "rq-plain") | {"X-Vertical": "tarot"}
    reply = await road.http.post(PATH, params={"data.id": "881", "type": "payment"}, content=b"{", headers=headers)
    assert reply.status_code == 200


async def test_a_body_over_the_limit_is_refused(road: Road) -> None:
    reply = await road.http.post(
        PATH, params={"data.id": "882", "type": "payment"}, content=b"x" * 20_000, headers=signed("882", "rq")
    )
    assert reply.status_code == 413
    assert await kept(road, "882") == []


@pytest.mark.parametrize(("topic", "label"), [("mp-connect", "mp-connect"), ("of_the_future", "unknown")])
async def test_other_topics_are_kept_and_counted_and_nothing_is_done_about_them(
    road: Road, topic: str, label: str
) -> None:
    headers = signed("77", f"rq-{topic}")
    params = {"data.id": "77", "type": topic}
    assert (await road.http.post(PATH, params=params, json={}, headers=headers)).status_code == 200
    rows = {row["topic"]: (row["status"], row["due_at"]) for row in await kept(road, "77")}
    assert rows[topic] == ("ignored", None)
    metrics = (await road.http.get("/metrics")).text
    assert f'webhooks_ignored_total{{provider="mercadopago",topic="{label}"}}' in metrics


@pytest.mark.parametrize(
    "reference",
    [None, "tarot.x", f"tarot.{new_id()}", f"barber.{new_id()}"],
    ids=["none", "no id", "no vertical of ours", "no intent of ours"],  # the same in every test worker
)
async def test_a_payment_of_nobody_is_kept_as_an_orphan(road: Road, reference: str | None) -> None:
    charge_id = road.mercadopago.put(reference, Money(150_000))
    await notify(road, charge_id)
    await look(road)
    (row,) = await kept(road, charge_id)
    assert row["status"] == "orphan"
    cases = await road.rows("SELECT kind FROM reconciliation_case WHERE subject = $1", charge_id, scope=SHARED)
    assert [case["kind"] for case in cases] == ["orphan_payment"]


async def test_an_orphan_told_of_again_is_looked_into_again(road: Road) -> None:
    payment_id = await road.begin(await road.book())
    charge_id = road.mercadopago.put(None, Money(150_000))
    await notify(road, charge_id, "rq-again")
    await look(road)
    known = road.mercadopago.charges[charge_id]
    road.mercadopago.charges[charge_id] = replace(known, external_reference=str(Reference(SCOPE, payment_id)))
    await notify(road, charge_id, "rq-again")
    await look(road)
    assert await road.status(payment_id) == "paid"


async def test_a_webhook_that_overtakes_its_payment_is_looked_into_again(road: Road) -> None:
    payment_id = await road.begin(await road.book())
    future = ChargeId(str(880_000_000_000 + road.mercadopago.tick + 1))
    await notify(road, future)
    await look(road)
    (row,) = await kept(road, future)
    assert (row["status"], row["tries"]) == ("due", 1)
    assert road.pay(payment_id) == future
    await hurry(road, future)
    await look(road)
    assert await road.status(payment_id) == "paid"


async def test_while_mercadopago_is_away_webhooks_wait_longer_and_longer(road: Road) -> None:
    payment_id = await road.begin(await road.book())
    charge_id = road.pay(payment_id)
    await notify(road, charge_id)
    waits = []
    for _ in range(3):
        road.mercadopago.fail.append(NotAcceptedError("connection-refused"))
        await hurry(road, charge_id)
        await look(road)
        (row,) = await kept(road, charge_id)
        waits.append((row["due_at"] - datetime.now(UTC)).total_seconds())
    # Each up to a fifth longer, and less what the test itself took.
    assert all(least - 1 < wait <= least * 1.2 for wait, least in zip(waits, (1, 2, 4), strict=True))
    await hurry(road, charge_id)
    await look(road)
    assert await road.status(payment_id) == "paid"


async def test_one_that_never_works_is_kept_as_dead_and_counted(road: Road) -> None:
    charge_id = road.mercadopago.put(None, Money(1))
    await notify(road, charge_id)
    for _ in range(20):
        road.mercadopago.fail.append(UnreadableError("payment"))
        await hurry(road, charge_id)
        await look(road)
    (row,) = await kept(road, charge_id)
    assert (row["status"], row["due_at"], row["problem"]) == ("dead", None, "UnreadableError payment")
    await usecases.measure(road.context, SHARED)
    metrics = (await road.http.get("/metrics")).text
    assert 'webhooks_for_a_person{provider="mercadopago",state="dead"} ' in metrics
    assert 'webhooks_processed_total{outcome="dead",provider="mercadopago"}' in metrics


@pytest.mark.parametrize(("tries", "failure", "ends"), [(19, UnreadableError("payment"), "dead"), (5, None, "orphan")])
async def test_a_fresh_notification_does_not_end_with_an_old_one_about_the_same(
    road: Road, tries: int, failure: UnreadableError | None, ends: str
) -> None:
    payment = str(880_999_000_000 + tries)
    await notify(road, payment, "rq-old")
    async with road.uow.begin(SHARED) as work:
        await work.connection.execute("UPDATE webhook SET tries = $2 WHERE resource_id = $1", payment, tries)
    await notify(road, payment, "rq-fresh")
    road.mercadopago.fail += [failure] if failure is not None else []
    await look(road)
    by_request = {row["request_id"]: (row["status"], row["tries"]) for row in await kept(road, payment)}
    assert by_request == {"rq-old": (ends, tries + 1), "rq-fresh": ("due", 1)}


async def test_one_payment_that_cannot_be_worked_on_does_not_stop_the_others(road: Road) -> None:
    broken = road.mercadopago.put(None, Money(1))
    road.mercadopago.charges[broken] = None  # type: ignore[assignment]  # what no code expects
    payment_id = await road.begin(await road.book())
    charge_id = road.pay(payment_id)
    await notify(road, broken)
    await notify(road, charge_id)
    await look(road)
    assert await road.status(payment_id) == "paid"
    (row,) = await kept(road, broken)
    assert (row["status"], row["problem"]) == ("due", "AttributeError")
    del road.mercadopago.charges[broken]


async def test_a_worker_that_died_over_a_webhook_leaves_it_to_the_next(road: Road, databases: Databases) -> None:
    payment_id = await road.begin(await road.book())
    charge_id = road.pay(payment_id)
    await notify(road, charge_id)
    async with road.uow.begin(SHARED) as work:
        claimed = "UPDATE webhook SET tries = 1, due_at = app_now() + interval '45 s' WHERE resource_id = $1"
        await work.connection.execute(claimed, charge_id)
    await look(road)
    assert await road.status(payment_id) == "awaiting_payer"
    await databases.shift_clock(SHARED, timedelta(minutes=1))
    try:
        await look(road)
    finally:
        await databases.shift_clock(SHARED, timedelta(0))
    assert await road.status(payment_id) == "paid"


async def test_jobs_do_nothing_for_scopes_that_are_not_theirs(road: Road) -> None:
    assert await usecases.look_into_webhooks(road.context, SCOPE) == 0
    for job in (usecases.close_due_payments, usecases.make_due_refunds, usecases.look_at_payments):
        assert await job(road.context, SHARED) == 0
