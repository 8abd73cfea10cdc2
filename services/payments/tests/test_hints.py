"""Unsigned notifications: anybody may send them, so they only say where to look, and nothing of them stays."""

from datetime import timedelta
from functools import partial

import asyncpg
import pytest
from services.payments.tests.builders import Road, drain
from services.payments.tests.test_webhooks import PATH, hurry, kept, look, notify

from common.settings import SHARED
from payments import store, usecases


async def hint(road: Road, payment: str, content: bytes = b"") -> None:
    reply = await road.http.post(PATH, params={"topic": "payment", "id": payment}, content=content)
    assert reply.status_code == 200


async def test_the_old_unsigned_form_is_only_a_hint_where_to_look(road: Road) -> None:
    payment_id = await road.begin(await road.book())
    charge_id = road.pay(payment_id)
    for _ in range(3):
        reply = await road.http.post(PATH, params={"topic": "payment", "id": charge_id}, content=b"")
        assert reply.status_code == 200
    (row,) = await kept(road, charge_id)
    assert (row["hint"], row["deliveries"]) == (True, 3)
    await look(road)
    assert await road.status(payment_id) == "paid"


async def test_a_hint_that_arrives_while_its_payment_is_fetched_is_not_lost(road: Road) -> None:
    charge_id = road.pay(await road.begin(await road.book()))
    await hint(road, charge_id)
    road.mercadopago.meanwhile["payment"] = partial(hint, road, charge_id)
    await look(road)
    assert road.mercadopago.asked.count("payment") == 2
    assert [row["status"] for row in await kept(road, charge_id)] == ["done"]


async def test_what_anybody_sends_as_a_hint_is_not_kept_and_waits_behind_what_is_signed(road: Road) -> None:
    await hint(road, "771", b"x" * 10_000)
    await notify(road, "772")
    (row,) = await kept(road, "771")
    assert row["body"] == b""
    async with road.uow.begin(SHARED) as work:
        (first,) = await store.claim_webhooks(work, 1, 1, timedelta(0))
    assert first.resource_id == "772"


async def test_a_thousand_hints_wait_and_no_more_while_what_is_signed_is_kept(road: Road) -> None:
    async with road.uow.begin(SHARED) as work:
        await work.connection.execute(
            "INSERT INTO webhook (id, resource_key, topic, resource_id, request_id, hint, body, status, due_at)"
            " SELECT gen_random_uuid(), 'flood:' || n, 'payment', 'flood-' || n, '', true, '', 'due', app_now()"
            " FROM generate_series(1, 1000) AS n"
        )
    await hint(road, "4470001")
    await notify(road, "4470002")
    assert (len(await kept(road, "4470001")), len(await kept(road, "4470002"))) == (0, 1)


async def test_hints_that_ended_are_deleted_and_what_is_signed_is_kept(road: Road) -> None:
    charge_id = road.pay(await road.begin(await road.book()))
    await hint(road, charge_id)
    await notify(road, charge_id)
    await look(road)
    await hint(road, charge_id)
    await drain(usecases.forget_hints, road.context, SHARED)
    assert [(row["hint"], row["status"]) for row in await kept(road, charge_id)] == [(False, "done"), (True, "due")]
    for which in ("NOT hint", "hint AND status = 'due'"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with road.uow.begin(SHARED) as work:
                await work.connection.execute(f"DELETE FROM webhook WHERE {which}")  # noqa: S608 - from this test


async def test_a_hint_about_nothing_leaves_no_trace_but_itself(road: Road) -> None:
    await road.http.post(PATH, params={"topic": "payment", "id": "999"}, content=b"")
    for _ in range(8):
        await hurry(road, "999")
        await look(road)
    (row,) = await kept(road, "999")
    assert (row["status"], await road.cases("999")) == ("ignored", [])
