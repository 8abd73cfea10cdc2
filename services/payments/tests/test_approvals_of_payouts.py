"""Large payouts wait for two persons; operators read them all, and a batch as a file."""

import asyncio
import csv
from dataclasses import replace
from io import StringIO

import pytest
from services.payments.tests.builders import SCOPE
from services.payments.tests.fake_bank import CBUS
from services.payments.tests.till import Till

from common.auth import Principal
from common.testing import on_record
from contracts.ids import AccountId, PayoutId, new_id
from payments import usecases
from payments.domain.payout import PayoutRules

LIMIT = 1_000_000_00


@pytest.fixture
async def large(till: Till) -> PayoutId:
    """A payout of a centavo over the limit."""
    await till.earn(LIMIT + 1)
    await till.turn()
    (row,) = await till.payouts()
    return PayoutId(row["id"])


def operator(till: Till, account: AccountId | None = None) -> dict[str, str]:
    return till.road.tokens.bearer(account or AccountId(new_id()), "operator:barber")


async def decide(till: Till, payout_id: PayoutId, verb: str, who: dict[str, str]) -> tuple[int, str]:
    reply = await till.road.http.post(f"/api/v1/payouts/{payout_id}/{verb}", headers=who)
    body = reply.json()
    return reply.status_code, str(body["status"] if reply.status_code == 200 else body["type"].rpartition(":")[2])


async def test_what_is_within_the_limit_needs_nobody(till: Till) -> None:
    await till.earn(LIMIT)
    await till.turn()
    assert await till.statuses() == ["approved"]


async def test_while_payouts_are_paused_approvals_go_on_and_nothing_is_sent(till: Till, large: PayoutId) -> None:
    paused = replace(till.context, payouts=PayoutRules(paused=True))
    for _ in range(2):
        by = Principal(AccountId(new_id()), frozenset({"operator:barber"}), 0)
        await usecases.approve_payout(paused, SCOPE, by, large)
    await usecases.gather_payouts(paused, SCOPE)
    await usecases.send_batches(paused, SCOPE)
    assert (await till.statuses(), till.bank.batches) == (["approved"], {})


async def test_two_different_persons_let_a_large_payout_go(till: Till, large: PayoutId) -> None:
    first, second = AccountId(new_id()), AccountId(new_id())
    await till.send()
    assert await till.statuses() == ["awaiting_approval"]
    assert await decide(till, large, "approve", operator(till, first)) == (200, "awaiting_approval")
    assert await decide(till, large, "approve", operator(till, first)) == (409, "same-person")
    assert await decide(till, large, "approve", operator(till, second)) == (200, "approved")
    assert await decide(till, large, "approve", operator(till)) == (409, "not-awaiting-approval")
    await till.send()
    assert await till.statuses() == ["sent"]
    found = [(each.action, each.actor) for each in await on_record(till.road.uow, SCOPE, large)]
    assert found[1:] == [("payout.approval", first), ("payout.approval", second)]


async def test_a_rejected_payout_is_the_providers_again(till: Till, large: PayoutId) -> None:
    await decide(till, large, "approve", operator(till))
    assert await decide(till, large, "reject", operator(till)) == (200, "cancelled")
    assert await decide(till, large, "reject", operator(till)) == (409, "not-awaiting-approval")
    assert await till.balances() == {"provider_payable": -(LIMIT + 1)}
    await till.turn()
    assert await till.statuses() == ["cancelled", "awaiting_approval"]


async def test_of_a_yes_and_a_no_at_once_one_counts(till: Till, large: PayoutId) -> None:
    await decide(till, large, "approve", operator(till))
    answers = await asyncio.gather(
        *(decide(till, large, verb, operator(till)) for verb in ("approve", "reject", "approve", "reject"))
    )
    assert sorted(status for status, _ in answers) == [200, 409, 409, 409]


async def test_only_operators_decide_and_read(till: Till, large: PayoutId) -> None:
    batch = f"/api/v1/payouts/batches/{new_id()}/file"
    for who in (till.as_owner, till.road.tokens.bearer(AccountId(new_id()), "operator:psychology analyst:barber")):
        for verb in ("approve", "reject"):
            assert await decide(till, large, verb, who) == (403, "forbidden")
        for path in ("/api/v1/payouts", batch):
            assert (await till.road.http.get(path, headers=who)).status_code == 403
    assert await decide(till, PayoutId(new_id()), "approve", operator(till)) == (404, "not-found")
    assert (await till.road.http.get(batch, headers=operator(till))).status_code == 404


async def test_operators_find_what_waits(till: Till, large: PayoutId) -> None:
    who = AccountId(new_id())
    query = {"status": "awaiting_approval", "limit": "1"}
    reply = await till.road.http.get("/api/v1/payouts", params=query, headers=operator(till, who))
    (found,) = reply.json()["items"]
    assert (found["id"], found["amount"], found["providerId"]) == (str(large), 1_000_000.01, str(till.id))
    everybodys = await till.road.http.get("/api/v1/payouts", headers=operator(till))
    assert str(large) in {each["id"] for each in everybodys.json()["items"]}
    reads = await till.road.rows("SELECT 1 FROM audit_entry WHERE action = 'payouts.listed' AND actor = $1", str(who))
    assert len(reads) == 1


async def test_a_provider_pages_through_its_payouts_newest_first(till: Till) -> None:
    made = [await till.paid(minor) for minor in (100, 200, 300)]
    page = (await till.get("payouts", limit="2")).json()
    rest = (await till.get("payouts", limit="2", cursor=page["nextCursor"])).json()
    assert [each["id"] for each in page["items"] + rest["items"]] == [str(each) for each in reversed(made)]
    assert (page["items"][0]["amount"], page["items"][0]["status"]) == (3, "executed")


async def test_a_batch_is_a_file_for_operators_and_reading_it_is_on_record(till: Till) -> None:
    payout_id = await till.paid(123_450)
    (row,) = await till.payouts()
    who = AccountId(new_id())
    path = f"/api/v1/payouts/batches/{row['batch_id']}/file"
    reply = await till.road.http.get(path, headers=operator(till, who))
    (line,) = csv.DictReader(StringIO(reply.text))
    assert (line["id"], line["cbu"], line["amount"], line["currency"], line["concept"]) == (
        till.item(payout_id),
        CBUS[0],
        "1234.50",
        "ARS",
        "HON",
    )
    assert reply.headers["content-type"].startswith("text/csv")
    found = [(each.action, each.actor) for each in await on_record(till.road.uow, SCOPE, row["batch_id"])]
    assert found[-1] == ("payout_batch.read", who)
