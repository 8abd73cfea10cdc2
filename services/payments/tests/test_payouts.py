"""From what is payable to the provider's bank account: once, and never more than there is."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from services.payments.tests.builders import SCOPE
from services.payments.tests.fake_bank import CBUS
from services.payments.tests.till import Till

from common.money import Money
from common.testing import published
from contracts.ids import PayoutId, new_id
from contracts.payments import PayoutFailed, PayoutSent
from payments import usecases
from payments.clients import BankNotAcceptedError, BankUnansweredError
from payments.domain.bank import BatchId
from payments.domain.payout import MOST_IN_BATCH, PayoutRules
from payments.store import payouts as rows


async def test_what_is_payable_reaches_the_bank_and_leaves_the_ledger_even(till: Till) -> None:
    payout_id = await till.paid(131_850)
    assert await till.statuses() == ["executed"]
    assert await till.balances() == {"bank": -131_850}
    assert till.bank.paid == {till.item(payout_id): 131_850}


async def test_the_money_is_in_transit_until_the_bank_has_carried_it_out(till: Till) -> None:
    await till.earn(50_000)
    await till.turn()
    assert (await till.statuses(), await till.balances()) == (["approved"], {"payouts_in_transit": -50_000})
    await till.send()
    assert (await till.statuses(), await till.balances()) == (["sent"], {"payouts_in_transit": -50_000})


async def test_a_payout_is_told_once_with_the_days_it_is_of(till: Till) -> None:
    payout_id = await till.paid()
    await till.send()
    (event,) = await published(till.road.uow, SCOPE, payout_id)
    fact = event.data
    assert isinstance(fact, PayoutSent)
    assert (fact.provider_id, fact.owner_account_id, fact.amount.minor) == (till.id, till.owner, 100_000)
    assert (fact.status, fact.version) == ("executed", (await till.payouts())[0]["version"])
    assert fact.period.first == fact.period.last


async def test_below_the_minimum_nothing_is_paid_until_there_is_more(till: Till) -> None:
    await till.name(minimum=1000)
    await till.earn(99_999)
    await till.turn()
    assert await till.statuses() == []
    await till.earn(1)
    await till.turn()
    assert [row["amount_minor"] for row in await till.payouts()] == [100_000]


async def test_a_debt_is_never_paid_and_later_earnings_make_it_up(till: Till) -> None:
    await till.paid(100_000)
    await till.earn(-30_000)
    await till.turn()
    assert len(await till.payouts()) == 1
    await till.earn(50_000)
    await till.turn()
    assert [row["amount_minor"] for row in await till.payouts()] == [100_000, 20_000]


async def test_four_workers_at_once_make_and_send_one_payout(till: Till) -> None:
    await till.earn(70_000)
    await asyncio.gather(*(till.turn() for _ in range(4)))
    for job in (usecases.gather_payouts, usecases.send_batches, usecases.send_batches):
        await asyncio.gather(*(job(till.context, SCOPE) for _ in range(4)))
    till.bank.execute()
    await till.hurry()
    await asyncio.gather(*(usecases.send_batches(till.context, SCOPE) for _ in range(4)))
    assert (await till.statuses(), sum(till.bank.paid.values())) == (["executed"], 70_000)


async def test_a_second_payout_waits_for_the_first(till: Till) -> None:
    await till.earn(10_000)
    await till.turn()
    await till.earn(20_000)
    await till.turn()
    assert [row["amount_minor"] for row in await till.payouts()] == [10_000]
    assert (await till.balances())["provider_payable"] == -20_000


async def test_the_database_itself_refuses_a_second_open_payout(till: Till) -> None:
    await till.earn(10_000)
    await till.turn()
    (row,) = await till.payouts()
    async with till.road.uow.begin(SCOPE) as work:
        known = await rows.lock_payout(work, row["id"])
        assert known is not None
        assert not await rows.insert_payout(work, replace(known, id=PayoutId(new_id())))


async def test_without_a_bank_payouts_wait_approved(till: Till) -> None:
    alone = replace(till.context, bank=None)
    await till.earn(10_000)
    await till.turn(alone)
    for job in (usecases.gather_payouts, usecases.send_batches, usecases.check_payout_accounts):
        assert await job(alone, SCOPE) == 0
    assert await usecases.read_bank_movements(alone, "*") == 0
    assert await till.statuses() == ["approved"]


async def test_paused_nothing_is_made_or_sent_and_what_is_at_the_bank_ends(till: Till) -> None:
    await till.earn(10_000)
    await till.turn()
    await till.send()
    await till.earn(20_000)
    paused = replace(till.context, payouts=PayoutRules(paused=True))
    till.bank.execute()
    await till.hurry()
    await usecases.send_batches(paused, SCOPE)
    await till.turn(paused)
    assert await usecases.gather_payouts(paused, SCOPE) == 0
    assert await till.statuses() == ["executed"]


async def test_a_batch_made_before_the_pause_is_not_sent_in_it(till: Till) -> None:
    await till.earn(10_000)
    await till.turn()
    await usecases.gather_payouts(till.context, SCOPE)
    await usecases.send_batches(replace(till.context, payouts=PayoutRules(paused=True)), SCOPE)
    assert (till.bank.batches, await till.statuses()) == ({}, ["batched"])
    await till.send()
    assert await till.statuses() == ["sent"]


@pytest.mark.parametrize(
    "trouble", [BankUnansweredError("http-500"), BankNotAcceptedError("http-429", 3), RuntimeError("a bug")]
)
async def test_what_goes_wrong_at_the_bank_is_tried_again_and_never_called_failed(till: Till, trouble: Any) -> None:
    await till.earn(10_000)
    await till.turn()
    till.bank.fail.append(trouble)
    await till.send()
    assert await till.statuses() == ["batched"]
    await till.send()
    assert await till.statuses() == ["sent"]


async def test_a_lost_answer_is_asked_about_before_anything_is_sent_again(till: Till) -> None:
    await till.earn(10_000)
    await till.turn()
    till.bank.lose.append("send_batch")
    await till.send()
    till.bank.asked.clear()
    till.bank.execute()
    await till.send()
    assert (till.bank.asked, await till.statuses()) == (["batch"], ["executed"])


async def test_a_crash_between_commit_and_call_sends_the_batch_once(till: Till) -> None:
    await till.earn(10_000)
    await till.turn()
    await usecases.gather_payouts(till.context, SCOPE)
    async with till.road.uow.begin(SCOPE) as work:
        assert await rows.claim_batches(work, 4, timedelta(seconds=60))
    await till.send()
    till.bank.execute()
    await till.send()
    assert (sum(till.bank.paid.values()), await till.statuses()) == (10_000, ["executed"])


async def test_items_that_are_wrong_fail_and_the_others_go_in_the_next_batch(till: Till) -> None:
    other = await Till(till.road, till.bank).open(cbu=CBUS[1])
    for each in (till, other):
        await each.earn(10_000)
        await each.turn()
    (row,) = await till.payouts()
    till.bank.refuse[till.item(row["id"])] = "invalid_cbu"
    await till.send()
    assert (await till.statuses(), await other.statuses()) == (["failed"], ["approved"])
    assert await till.balances() == {"provider_payable": -10_000}
    await till.send()
    assert await other.statuses() == ["sent"]
    assert (await till.get("payout-account")).json()["reason"] == "invalid_cbu"


async def test_what_the_bank_says_it_has_already_is_neither_failed_nor_sent_again(till: Till) -> None:
    await till.earn(10_000)
    await till.turn()
    (row,) = await till.payouts()
    till.bank.refuse[till.item(row["id"])] = "duplicate_item"
    await till.send()
    till.bank.refuse.clear()
    await till.send()
    assert (await till.statuses(), till.bank.batches) == (["batched"], {})
    assert await till.road.cases(row["id"]) == ["payout_contradicted"]


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        ("account_closed", "refused"),
        ("account_not_found", "refused"),
        ("holder_mismatch", "refused"),
        ("limit", "ready"),
    ],
)
async def test_what_fails_is_the_providers_again_and_its_owner_is_told(till: Till, failure: str, status: str) -> None:
    await till.earn(10_000)
    await till.turn()
    await till.send()
    till.bank.reject(failure)
    await till.send()
    await till.send()
    assert (await till.statuses(), await till.balances()) == (["failed"], {"provider_payable": -10_000})
    assert (await till.get("payout-account")).json()["status"] == status
    (event,) = await published(till.road.uow, SCOPE, (await till.payouts())[0]["id"])
    assert isinstance(event.data, PayoutFailed)
    assert (event.data.reason, event.data.account_refused) == (failure, status == "refused")


async def test_to_a_refused_account_nothing_more_is_paid_until_the_owner_has_seen_to_it(till: Till) -> None:
    await till.earn(10_000)
    await till.turn()
    await till.send()
    till.bank.reject("account_closed")
    await till.send()
    await till.turn()
    assert await till.statuses() == ["failed"]
    await till.name()
    await usecases.check_payout_accounts(till.context, SCOPE)
    await till.turn()
    assert await till.statuses() == ["failed", "approved"]


async def test_a_batch_that_the_bank_has_lost_is_followed_and_never_called_failed(till: Till) -> None:
    await till.earn(10_000)
    await till.turn()
    await till.send()
    (batch_id,) = till.bank.batches
    till.bank.batches.clear()
    async with till.road.uow.begin(SCOPE) as work:
        await work.connection.execute("UPDATE payout_batch SET tries = 100 WHERE id = $1", batch_id)
    await till.send()
    assert (await till.statuses(), till.bank.batches) == (["sent"], {})
    assert await till.road.cases(batch_id) == ["payout_batch_stuck"]


async def test_payouts_are_kept(till: Till) -> None:
    payout_id = await till.paid()
    async with till.road.uow.begin(SCOPE) as work:
        facts = await usecases.snapshot_payouts(work, UUID(int=payout_id.int - 1))
    assert [fact.payout_id for fact in facts][:1] == [payout_id]
    assert facts[0].amount == Money(100_000).as_amount()


async def test_a_batch_takes_only_so_many(till: Till) -> None:
    others = [await Till(till.road, till.bank).open(cbu=CBUS[at]) for at in (1, 2)]
    for each in (till, *others):
        await each.earn(100)
        await each.turn()
    async with till.road.uow.begin(SCOPE) as work:
        assert await rows.gather_batch(work, BatchId(new_id()), 2) == 2
    await till.send()
    assert sorted(len(batch.items) for batch in till.bank.batches.values()) == [1, 2]
    assert MOST_IN_BATCH == 500
