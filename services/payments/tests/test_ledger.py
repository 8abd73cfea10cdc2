"""The ledger: balanced by the database itself, only ever added to, each effect once."""

from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import cast

import asyncpg
import pytest
from services.payments.tests.builders import SCOPE, Road

from common.errors import TooSlow
from common.money import Money
from common.service import first_id
from common.testing import Databases
from common.uow import UnitOfWork
from contracts.ids import PaymentId, new_id
from payments import store, usecases
from payments.domain.charge import ChargeId
from payments.domain.ledger import Entry, EntryKind, Posting
from payments.domain.position import Account


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


@pytest.mark.parametrize("table", ["intent", "attempt", "charge", "refund", "reconciliation_case"])
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
            lines = Posting(Account.PSP_CLEARING, Money(1)), Posting(Account.BOOKING_HELD, Money(-1))
            await store.insert_entry(work, intent, charge_id, Entry(EntryKind.CAPTURE, f"capture:{charge_id}", lines))


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
    await usecases.check_ledger(road.context, SCOPE)
    async with road.uow.read(SCOPE) as session:
        assert await store.find_imbalance(session) == 0
    booked = await road.row(
        "SELECT sum(amount_minor) AS sum FROM ledger_posting JOIN ledger_transaction AS entry"
        " ON entry.id = transaction_id WHERE charge_id IS NOT NULL AND account = ANY ($1::text[])",
        [
            *("psp_clearing", "psp_available", "bank", "client_credit", "dispute_hold", "psp_fees", "chargeback_loss"),
            "tax_withheld",
        ],
    )
    charged = await road.row("SELECT sum(captured_minor - refunded_minor - lost_minor) AS sum FROM charge")
    assert booked["sum"] == charged["sum"]
    metrics = (await road.http.get("/metrics")).text
    for over in ("all", "day"):
        assert f'payments_ledger_imbalance_minor{{over="{over}",scope="barber"}} 0.0' in metrics


async def test_the_ledger_is_checked_to_its_last_entry_in_small_pages(road: Road, databases: Databases) -> None:
    for _ in range(3):
        await road.paid()
    owner = await asyncpg.connect(databases.owner_dsns[SCOPE])
    broken = "UPDATE ledger_posting SET amount_minor = amount_minor + {} WHERE line = 1"
    entry = "transaction_id = (SELECT id FROM ledger_transaction ORDER BY id DESC LIMIT 1)"
    missed, after, pages = 0, first_id(), 0
    try:
        await owner.execute("SET search_path TO barber")
        await owner.execute(f"{broken.format(7)} AND {entry}")
        async with road.uow.read(SCOPE) as session:
            assert await store.find_imbalance(session) == 7
            while True:
                last, off = await store.page_imbalance(session, after, 2)
                if last is None:
                    break
                missed, after, pages = missed + off, last, pages + 1
            count = (await road.row("SELECT count(*) FROM ledger_transaction"))["count"]
        assert (missed, pages) == (7, -(-count // 2))
    finally:
        await owner.execute(f"{broken.format(-7)} AND {entry}")
        await owner.close()


class Slow:
    """A database that gives up on every statement."""

    def read(self, _scope: str) -> AbstractAsyncContextManager[None]:
        raise TooSlow


async def test_a_measurement_that_fails_shows(road: Road) -> None:
    context = replace(road.context, uow=cast("UnitOfWork", Slow()))
    for job in (usecases.measure, usecases.check_ledger):
        with pytest.raises(TooSlow):
            await job(context, "psychology")
    metrics = (await road.http.get("/metrics")).text
    assert 'payments_measurements_failed_total{scope="psychology"} 2.0' in metrics
    assert 'payments_ledger_imbalance_minor{over="all",scope="psychology"} NaN' in metrics
    assert 'payments_reconciliation_cases{scope="psychology"} NaN' in metrics


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
