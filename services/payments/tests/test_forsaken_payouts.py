"""Payouts that the bank refuses because it has them already: what it shows ends them, or two persons do."""

from services.payments.tests.builders import SCOPE
from services.payments.tests.test_cases import Office
from services.payments.tests.till import Till

from common.testing import published
from contracts.ids import AccountId, PayoutId, new_id
from contracts.payments import PayoutFailed
from payments.domain.bank import MovementKind


async def had_already(till: Till) -> PayoutId:
    """A payout whose batch the bank refuses because it has it already."""
    await till.earn(10_000)
    await till.turn()
    (row,) = await till.payouts()
    till.bank.refuse[till.item(row["id"])] = "duplicate_item"
    await till.send()
    till.bank.refuse.clear()
    return PayoutId(row["id"])


async def test_that_the_bank_shows_it_leaving_ends_what_it_had_already(till: Till) -> None:
    payout_id = await had_already(till)
    till.bank.move(MovementKind.TRANSFER_RETURNED, 10_000, till.item(payout_id))
    till.bank.move(MovementKind.TRANSFER_OUT, -10_000, till.item(payout_id))
    await till.look()
    await till.look()
    query = "SELECT closed_at FROM reconciliation_case WHERE subject = $1"
    (case,) = await till.road.rows(query, str(payout_id))
    assert (await till.statuses(), case["closed_at"] is not None) == (["reversed"], True)
    facts = [event.data.topic for event in await published(till.road.uow, SCOPE, payout_id)]
    assert facts == ["payout.sent", "payout.failed"]
    assert await till.balances() == {"provider_payable": -10_000}
    await till.turn()
    assert await till.statuses() == ["reversed", "approved"]


async def test_what_the_bank_had_already_and_never_pays_is_given_up_by_two_persons(till: Till) -> None:
    payout_id, office = await had_already(till), Office(till.road)
    path, auth = f"/api/v1/payouts/{payout_id}/reject", office.headers(account=AccountId(new_id()))
    too_soon = await till.road.http.post(path, headers=auth)
    assert (too_soon.status_code, too_soon.json()["type"].rpartition(":")[2]) == (409, "not-awaiting-approval")
    row = await till.road.row("SELECT id FROM reconciliation_case WHERE subject = $1", str(payout_id))
    assert (await office.settle(row["id"], note="El banco no lo va a pagar.")).status_code == 200
    same = await till.road.http.post(path, headers=office.headers())
    assert (same.status_code, same.json()["type"].rpartition(":")[2]) == (409, "same-person")
    assert (await till.road.http.post(path, headers=auth)).json()["status"] == "failed"
    assert await till.balances() == {"provider_payable": -10_000}
    (event,) = await published(till.road.uow, SCOPE, payout_id)
    assert isinstance(event.data, PayoutFailed)
    assert event.data.reason == "rejected"
    await till.turn()
    assert await till.statuses() == ["failed", "approved"]
