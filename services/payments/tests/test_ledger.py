"""The ledger: balanced by the database itself, only ever added to, each effect once."""

import asyncpg
import pytest
from services.payments.tests.builders import SCOPE, Road

from common.money import Money
from contracts.ids import PaymentId, new_id
from payments import store, usecases
from payments.domain import ledger
from payments.domain.charge import ChargeId


async def entry(road: Road, payment_id: PaymentId, *amounts: int) -> None:
    """A transaction with postings of these amounts, past our own code."""
    async with road.uow.begin(SCOPE) as work:
        made = new_id()
        await work.connection.execute(
            "INSERT INTO ledger_transaction (id, reference, kind, intent_id, booking_id, charge_id)"
            " VALUES ($1, $2, 'capture', $3, $1, 'x')",
            made,
            str(made),
            payment_id,
        )
        for line, amount in enumerate(amounts):
            await work.connection.execute(
                "INSERT INTO ledger_posting VALUES ($1, $2, 'psp_clearing', 'ARS', $3)", made, line, amount
            )


@pytest.mark.parametrize("amounts", [(100, -99), (100,), ()])
async def test_the_database_refuses_what_does_not_balance(road: Road, amounts: tuple[int, ...]) -> None:
    payment_id = await road.begin(await road.book())
    with pytest.raises(asyncpg.CheckViolationError):
        await entry(road, payment_id, *amounts)


async def test_a_line_cannot_be_added_to_an_entry_later(road: Road) -> None:
    _, payment_id, _ = await road.paid()
    with pytest.raises(asyncpg.CheckViolationError):
        async with road.uow.begin(SCOPE) as work:
            query = "SELECT id FROM ledger_transaction WHERE intent_id = $1"
            made = await work.connection.fetchval(query, payment_id)
            await work.connection.execute("INSERT INTO ledger_posting VALUES ($1, 9, 'bank', 'ARS', 5)", made)


@pytest.mark.parametrize("table", ["ledger_transaction", "ledger_posting"])
@pytest.mark.parametrize("verb", ["DELETE FROM {}", "UPDATE {} SET charge_id = '' ", "TRUNCATE {}"])
async def test_nothing_booked_is_changed(road: Road, table: str, verb: str) -> None:
    query = verb.format(table).replace("charge_id", "charge_id" if table == "ledger_transaction" else "account")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with road.uow.begin(SCOPE) as work:
            await work.connection.execute(query)


@pytest.mark.parametrize("table", ["intent", "attempt", "charge", "refund", "reconciliation_case", "webhook"])
async def test_nothing_about_money_is_forgotten(road: Road, table: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with road.uow.begin(SCOPE) as work:
            await work.connection.execute(f"DELETE FROM {table}")  # noqa: S608 - names from this test


async def test_one_effect_outside_is_booked_once(road: Road) -> None:
    _, payment_id, charge_id = await road.paid()
    with pytest.raises(asyncpg.UniqueViolationError):
        async with road.uow.begin(SCOPE) as work:
            intent = await store.lock_intent(work, payment_id)
            assert intent is not None
            await store.insert_entry(work, intent, charge_id, ledger.capture(charge_id, Money(1)))


async def test_capture_and_refund_are_booked_against_each_other(road: Road) -> None:
    _, payment_id, charge_id = await road.paid()
    road.mercadopago.give_back(charge_id, Money(50_000))
    await road.see_now(charge_id)
    rows = await road.rows(
        "SELECT t.kind, p.account, p.amount_minor FROM ledger_posting p"
        " JOIN ledger_transaction t ON t.id = p.transaction_id WHERE t.intent_id = $1 ORDER BY t.id, p.line",
        payment_id,
    )
    assert [tuple(row.values()) for row in rows] == [
        ("capture", "psp_clearing", 150_000),
        ("capture", "booking_held", -150_000),
        ("refund", "psp_clearing", -50_000),
        ("refund", "booking_held", 50_000),
    ]


async def test_the_whole_ledger_sums_to_zero_and_equals_the_charges(road: Road) -> None:
    await road.paid()
    await usecases.measure(road.context, SCOPE)
    async with road.uow.read(SCOPE) as session:
        assert await store.find_imbalance(session) == 0
    booked = await road.row("SELECT sum(amount_minor) AS sum FROM ledger_posting WHERE account = 'psp_clearing'")
    charged = await road.row("SELECT sum(captured_minor - refunded_minor) AS sum FROM charge")
    assert booked["sum"] == charged["sum"]
    assert 'payments_ledger_imbalance_minor{scope="barber"} 0.0' in (await road.http.get("/metrics")).text


async def test_two_payments_that_count_cannot_stand_on_one_intent(road: Road) -> None:
    _, payment_id, charge_id = await road.paid()
    async with road.uow.read(SCOPE) as session:
        (charge,) = await store.find_charges(session, payment_id)
    with pytest.raises(asyncpg.UniqueViolationError):
        async with road.uow.begin(SCOPE) as work:
            await work.connection.execute(
                "INSERT INTO charge SELECT $2, intent_id, status, detail, method, updated_at, currency, captured_minor,"
                " refunded_minor, surplus FROM charge WHERE id = $1",
                charge_id,
                ChargeId("another"),
            )
    assert not charge.surplus
