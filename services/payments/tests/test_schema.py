"""Who may read what, and what the tables see to by themselves."""

import asyncpg
import pytest
from services.payments.tests.builders import Road


async def test_a_role_of_one_vertical_reads_no_other(road: Road) -> None:
    for scope, other in (("barber", "psychology"), ("*", "barber"), ("barber", "shared")):
        async with road.uow.read(scope) as session:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await session.connection.fetch(f"SELECT * FROM {other}.intent")  # noqa: S608 - names from this test


async def test_a_version_that_knows_nothing_of_payers_forgets_them_with_the_decision_all_the_same(road: Road) -> None:
    booked = await road.book()
    road.mercadopago.lose.append("create_payment")
    await road.pay_by_card(booked)
    payment_id = await road.id_of(booked)
    assert len(await road.kept(payment_id)) == 1
    async with road.uow.begin("barber") as work:
        await work.connection.execute("UPDATE attempt SET status = 'succeeded' WHERE intent_id = $1", payment_id)
    assert await road.kept(payment_id) == []
