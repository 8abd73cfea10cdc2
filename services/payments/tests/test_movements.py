"""Our bank account line by line: kept once, accounted for once, and what nobody can explain waits for a person."""

import asyncio

import pytest
from services.payments.tests.builders import SCOPE
from services.payments.tests.fake_bank import CBUS, CUIT
from services.payments.tests.till import Till

from common.settings import SHARED
from common.testing import published
from contracts.payments import PayoutFailed
from payments import usecases
from payments.clients import BankUnreadableError
from payments.domain.bank import Movement, MovementKind

NOBODY = "01999999-0000-7000-8000-000000000000"
POSTED = """
    SELECT p.account, p.amount_minor AS minor FROM ledger_transaction t JOIN ledger_posting p ON p.transaction_id = t.id
    WHERE t.reference = $1 ORDER BY p.line
"""


async def status(till: Till, movement: Movement) -> str:
    rows = await till.road.rows("SELECT status FROM bank_movement WHERE id = $1", movement.id, scope=SHARED)
    return ",".join(row["status"] for row in rows)


async def posted(till: Till, movement: Movement) -> list[tuple[str, int]]:
    rows = await till.road.rows(POSTED, f"bank:{movement.id}", scope=SHARED)
    return [(row["account"], row["minor"]) for row in rows]


async def cases(till: Till, movement: Movement) -> list[str]:
    query = "SELECT kind FROM reconciliation_case WHERE subject = $1"
    return [row["kind"] for row in await till.road.rows(query, movement.id, scope=SHARED)]


async def test_what_left_for_a_payout_is_explained_and_booked_no_second_time(till: Till) -> None:
    await till.paid()
    await till.look()
    (line,) = till.bank.lines
    assert (await status(till, line), await posted(till, line), await cases(till, line)) == ("explained", [], [])


async def test_a_line_waits_for_the_payout_it_is_about(till: Till) -> None:
    await till.earn(10_000)
    await till.turn()
    await till.send()
    till.bank.execute()
    await till.look()
    (line,) = till.bank.lines
    assert await status(till, line) == "due"
    await till.send()
    await till.look()
    assert await status(till, line) == "explained"


async def test_money_that_came_back_is_the_providers_again_once(till: Till) -> None:
    payout_id = await till.paid(70_000)
    line = till.bank.send_back(till.item(payout_id))
    await till.look()
    await till.look()
    assert (await status(till, line), await till.statuses()) == ("explained", ["reversed"])
    assert await till.balances() == {"provider_payable": -70_000}
    told = [event.data for event in await published(till.road.uow, SCOPE, payout_id)]
    assert isinstance(told[-1], PayoutFailed)
    assert (len(told), told[-1].reason, told[-1].status) == (2, "returned", "reversed")
    await till.turn()
    assert await till.statuses() == ["reversed", "approved"]


async def test_four_workers_send_back_once(till: Till) -> None:
    payout_id = await till.paid(70_000)
    till.bank.send_back(till.item(payout_id))
    await asyncio.gather(*(usecases.read_bank_movements(till.context, SHARED) for _ in range(4)))
    await asyncio.gather(*(usecases.account_for_movements(till.context, SHARED) for _ in range(4)))
    assert await till.balances() == {"provider_payable": -70_000}


async def test_a_crash_between_the_two_ledgers_is_made_good(till: Till) -> None:
    payout_id = await till.paid(70_000)
    line = till.bank.send_back(till.item(payout_id))
    await till.look()
    async with till.road.uow.begin(SHARED) as work:
        query = "UPDATE bank_movement SET status = 'due', due_at = app_now() WHERE id = $1"
        await work.connection.execute(query, line.id)
    await till.look()
    assert (await status(till, line), await cases(till, line)) == ("explained", [])
    assert await till.balances() == {"provider_payable": -70_000}


async def test_a_second_return_of_the_same_transfer_is_nobodys(till: Till) -> None:
    payout_id = await till.paid(70_000)
    for _ in range(2):
        till.bank.send_back(till.item(payout_id))
    await till.look()
    await till.hurry()
    await till.look()
    states = [await status(till, line) for line in till.bank.lines[1:]]
    assert sorted(states) == ["explained", "suspense"]
    assert await till.balances() == {"provider_payable": -70_000}


async def test_a_withdrawal_from_mercadopago_is_booked_once(till: Till) -> None:
    line = till.bank.move(MovementKind.MP_WITHDRAWAL, 500_000)
    await till.look()
    async with till.road.uow.begin(SHARED) as work:
        await work.connection.execute("UPDATE bank_cursor SET after = NULL")
    await till.look()
    assert await posted(till, line) == [("bank", 500_000), ("psp_available", -500_000)]
    assert (await status(till, line), await cases(till, line)) == ("explained", [])


async def test_a_clients_transfer_is_kept_for_whoever_matches_it_and_not_booked(till: Till) -> None:
    line = till.bank.move(MovementKind.TRANSFER_IN, 5_000, reference="seña", origin_cbu=CBUS[3], origin_cuit=CUIT)
    await till.look()
    assert (await status(till, line), await posted(till, line)) == ("unmatched", [])


@pytest.mark.parametrize(
    ("kind", "minor", "item"),
    [
        (MovementKind.TRANSFER_OUT, -5_000, None),
        (MovementKind.TRANSFER_OUT, -5_000, "barber.no-payout"),
        (MovementKind.TRANSFER_OUT, -5_000, f"barber.{NOBODY}"),
        (MovementKind.TRANSFER_OUT, -5_000, f"nowhere.{NOBODY}"),
        (MovementKind.TRANSFER_RETURNED, 5_000, f"psychology.{NOBODY}"),
        (MovementKind.MP_WITHDRAWAL, -5_000, None),
        (MovementKind.OTHER, 123, None),
    ],
)
async def test_what_nobody_can_explain_is_in_suspense_with_a_case(
    till: Till, kind: MovementKind, minor: int, item: str | None
) -> None:
    line = till.bank.move(kind, minor, item)
    await till.look()
    await till.look()
    assert await posted(till, line) == [("bank", minor), ("suspense", -minor)]
    assert (await status(till, line), await cases(till, line)) == ("suspense", ["bank_movement_unexplained"])


async def test_money_that_left_for_a_payout_that_failed_is_in_suspense(till: Till) -> None:
    await till.earn(10_000)
    await till.turn()
    await till.send()
    till.bank.reject("limit")
    await till.send()
    (row,) = await till.payouts()
    line = till.bank.move(MovementKind.TRANSFER_OUT, -10_000, till.item(row["id"]))
    await till.look()
    assert (await status(till, line), await till.balances()) == ("suspense", {"provider_payable": -10_000})


async def test_another_amount_than_the_payouts_is_not_its_money(till: Till) -> None:
    payout_id = await till.paid(10_000)
    line = till.bank.move(MovementKind.TRANSFER_RETURNED, 9_999, till.item(payout_id))
    await till.look()
    assert (await status(till, line), await till.statuses()) == ("suspense", ["executed"])


async def test_more_than_a_page_is_read_in_one_go(till: Till) -> None:
    lines = [till.bank.move(MovementKind.TRANSFER_IN, 1) for _ in range(101)]
    await usecases.read_bank_movements(till.context, SHARED)
    assert await status(till, lines[-1]) == "unmatched"


async def test_a_page_that_cannot_be_read_is_a_case_and_is_asked_for_again(till: Till) -> None:
    line = till.bank.move(MovementKind.TRANSFER_IN, 1)
    till.bank.fail.append(BankUnreadableError("read_movements"))
    await till.look()
    query = "SELECT 1 FROM reconciliation_case WHERE kind = 'bank_page_unreadable'"
    assert await till.road.rows(query, scope=SHARED)
    await till.look()
    assert await status(till, line) == "unmatched"


async def test_the_shared_ledger_is_measured_like_any_other(till: Till) -> None:
    till.bank.move(MovementKind.MP_WITHDRAWAL, 500_000)
    await till.look()
    for job in (usecases.measure, usecases.check_ledger, usecases.check_fingerprints):
        assert await job(till.context, SHARED) == 0
