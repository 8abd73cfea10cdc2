"""Kept notifications: looked into once more when somebody says so, deleted when they are old and no earlier."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import asyncpg
import pytest
from services.payments.tests.builders import Road, drain
from services.payments.tests.test_hints import hint
from services.payments.tests.test_webhooks import hurry, kept, look, notify

from common.audit import SYSTEM, Entry
from common.settings import SHARED
from common.testing import on_record
from payments import usecases
from payments.clients import UnansweredError


async def dead(road: Road) -> str:
    """A notification that was given up, of a payment that is fine."""
    charge_id = road.pay(await road.begin(await road.book()))
    await notify(road, charge_id)
    await write(road, charge_id, "tries = 19")
    road.mercadopago.fail.append(UnansweredError("ReadTimeout"))
    await look(road)
    (row,) = await kept(road, charge_id)
    assert row["status"] == "dead"
    return charge_id


async def write(road: Road, resource_id: str, change: str) -> None:
    async with road.uow.begin(SHARED) as work:
        await work.connection.execute(f"UPDATE webhook SET {change} WHERE resource_id = $1", resource_id)  # noqa: S608 - from these tests


async def id_of(road: Road, resource_id: str) -> UUID:
    (row,) = await kept(road, resource_id)
    return UUID(str(row["id"]))


async def state(road: Road, resource_id: str) -> str | None:
    rows = await kept(road, resource_id)
    return str(rows[0]["status"]) if rows else None


async def test_a_dead_one_is_looked_into_again_with_fresh_tries(road: Road) -> None:
    charge_id = await dead(road)
    webhook_id = await id_of(road, charge_id)
    assert await usecases.replay_webhooks(road.context, [webhook_id]) == 1
    (row,) = await kept(road, charge_id)
    assert (row["status"], row["tries"], row["problem"]) == ("due", 0, None)
    assert await usecases.replay_webhooks(road.context, [webhook_id]) == 0
    await look(road)
    assert await state(road, charge_id) == "done"
    assert Entry("webhooks.replayed", SYSTEM, None, {"count": 1}) in await on_record(road.uow, SHARED, None)


async def test_replaying_one_that_is_done_changes_nothing_about_its_payment(road: Road) -> None:
    _, payment_id, charge_id = await road.paid()
    await notify(road, charge_id)
    await look(road)
    told = await road.told(payment_id)
    assert await usecases.replay_webhooks(road.context, [await id_of(road, charge_id)]) == 1
    await look(road)
    assert (await state(road, charge_id), await road.told(payment_id)) == ("done", told)


async def test_hints_and_other_topics_are_not_replayed(road: Road) -> None:
    await hint(road, "4480001")
    await write(road, "4480001", "status = 'ignored', due_at = NULL")
    assert await usecases.replay_webhooks(road.context, [await id_of(road, "4480001")]) == 0


async def test_all_that_ended_so_on_some_days_are_replayed(road: Road) -> None:
    early, inside, late, orphan = [await dead(road) for _ in range(4)]
    await write(road, early, "received_at = '2025-03-02 02:59:59Z'")
    await write(road, inside, "received_at = '2025-03-02 03:00:00Z'")
    await write(road, late, "received_at = '2025-03-04 03:00:00Z'")
    await write(road, orphan, "received_at = '2025-03-03 12:00:00Z', status = 'orphan'")
    days = (date(2025, 3, 2), date(2025, 3, 3))
    assert await usecases.replay_webhooks_of(road.context, "dead", *days) == 1
    assert [await state(road, each) for each in (early, inside, late, orphan)] == ["dead", "due", "dead", "orphan"]
    assert await usecases.replay_webhooks_of(road.context, "dead", *days) == 0


@pytest.mark.parametrize(
    ("status", "days", "stays"),
    [
        ("done", 89, True),
        ("done", 91, False),
        ("ignored", 91, False),
        ("dead", 700, True),
        ("dead", 731, False),
        ("orphan", 91, True),
        ("orphan", 731, False),
        ("due", 5_000, True),
    ],
)
async def test_what_ended_is_kept_as_long_as_promised(road: Road, status: str, days: int, *, stays: bool) -> None:
    charge_id = await dead(road)
    await write(road, charge_id, f"status = '{status}', received_at = app_now() - interval '{days} days'")
    await drain(usecases.forget_webhooks, road.context, SHARED)
    assert await state(road, charge_id) == (status if stays else None)


async def test_settings_say_how_long(road: Road) -> None:
    charge_id = await dead(road)
    await write(road, charge_id, "status = 'done', received_at = app_now() - interval '40 days'")
    context = replace(road.context, keeping=usecases.Keeping(timedelta(days=35), timedelta(days=36)))
    await drain(usecases.forget_webhooks, context, SHARED)
    assert await state(road, charge_id) is None


async def test_the_database_itself_keeps_what_is_younger_than_a_month(road: Road) -> None:
    charge_id = await dead(road)
    await write(road, charge_id, "status = 'done', received_at = app_now() - interval '29 days'")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with road.uow.begin(SHARED) as work:
            await work.connection.execute("DELETE FROM webhook WHERE resource_id = $1", charge_id)
    await hurry(road, charge_id)


async def test_a_batch_of_old_ones_is_bounded_and_the_job_comes_again(road: Road) -> None:
    async with road.uow.begin(SHARED) as work:
        await work.connection.execute(
            "INSERT INTO webhook (id, resource_key, topic, resource_id, request_id, hint, body, status, received_at)"
            " SELECT gen_random_uuid(), 'old:' || n, 'payment', 'old-' || n, gen_random_uuid()::text, false, '',"
            "        'done', app_now() - interval '100 days' FROM generate_series(1, 1100) AS n"
        )
    assert await usecases.forget_webhooks(road.context, SHARED) == 1_000
    assert await usecases.forget_webhooks(road.context, SHARED) == 100
