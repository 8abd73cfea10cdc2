"""Disputes: won, lost, opened anew, in any order; and where their money stands after each."""

from dataclasses import replace
from itertools import permutations

import pytest
from services.payments.tests.builders import SCOPE, Road
from services.payments.tests.disputing import DUE, PAID, WANTED, accounts, charged_back, dispute, tell
from services.payments.tests.test_earning import complete
from services.payments.tests.test_reading import own

from common.money import Money
from contracts.ids import AccountId, RefundId, new_id
from contracts.payments import PaymentDisputed, PaymentDisputeWon
from payments import usecases
from payments.domain.charge import ChargeId, ChargeStatus
from payments.domain.dispute import Papers


async def test_a_chargeback_is_kept_with_its_payment_and_the_money_is_held(road: Road) -> None:
    booked, payment_id, charge_id, dispute_id = await charged_back(road)
    row = await dispute(road, dispute_id)
    assert {name: row[name] for name in ("kind", "status", "charge_id", "booking_id", "amount_minor")} == {
        "kind": "chargeback",
        "status": "opened",
        "charge_id": charge_id,
        "booking_id": booked.id,
        "amount_minor": PAID,
    }
    assert await road.status(payment_id) == "disputed"
    assert await accounts(road, payment_id) == {"dispute_hold": PAID, "booking_held": -PAID}
    assert (await road.told(payment_id))[2:] == ["payment.disputed", "payment.disputed"]
    assert [fact.dispute_id for fact in (await road.facts(payment_id))[2:]] == [None, dispute_id]


async def test_documents_that_are_due_are_told_with_their_deadline_and_are_a_case_until_then(road: Road) -> None:
    booked, payment_id, _, dispute_id = await charged_back(road)
    owner = AccountId(new_id())
    await own(road, booked.provider_id, owner)
    road.mercadopago.rule(dispute_id, **WANTED)
    await tell(road, "chargebacks", dispute_id)
    fact = (await road.facts(payment_id))[-1]
    assert isinstance(fact, PaymentDisputed)
    assert (fact.dispute_id, fact.deadline, fact.owner_id) == (dispute_id, DUE, owner)
    assert await road.cases(dispute_id) == ["dispute_documents_due"]
    told = len(await road.facts(payment_id))
    await tell(road, "chargebacks", dispute_id)
    assert len(await road.facts(payment_id)) == told
    road.mercadopago.rule(dispute_id, papers=Papers.REVIEW_PENDING)
    await tell(road, "chargebacks", dispute_id)
    assert (await dispute(road, dispute_id))["status"] == "in_review"
    row = await road.row("SELECT closed_at FROM reconciliation_case WHERE subject = $1", dispute_id)
    assert row["closed_at"] is not None


@pytest.mark.parametrize("by", ["reimbursed", "coverage", "approved"])
async def test_a_won_dispute_gives_the_money_back_to_where_it_was(road: Road, by: str) -> None:
    booked, payment_id, charge_id, dispute_id = await charged_back(road)
    await complete(road, booked)
    if by == "coverage":
        road.mercadopago.rule(dispute_id, coverage=True)
        await tell(road, "topic_chargebacks_wh", dispute_id)
    elif by == "reimbursed":
        await road.see(road.mercadopago.settle(charge_id, ChargeStatus.CHARGED_BACK, "reimbursed"))
    else:
        await road.see(road.mercadopago.settle(charge_id, ChargeStatus.APPROVED, "accredited"))
    row = await dispute(road, dispute_id)
    assert (row["status"], row["decided_at"] is not None, row["look_due_at"]) == ("won", True, None)
    assert await road.status(payment_id) == "paid"
    assert isinstance((await road.facts(payment_id))[-1], PaymentDisputeWon)
    assert await accounts(road, payment_id) == {
        "psp_clearing": PAID,
        "provider_payable": -131_850,
        "commission_revenue": -15_000,
        "vat_payable": -3_150,
    }


@pytest.mark.parametrize("by", ["settled", "coverage"])
@pytest.mark.parametrize("when", ["before", "never", "after"])
async def test_a_lost_dispute_leaves_nobody_with_the_money_whenever_the_service_was(
    road: Road, by: str, when: str
) -> None:
    booked, payment_id, charge_id, dispute_id = await charged_back(road)
    if when == "before":
        await complete(road, booked)
    if by == "coverage":
        road.mercadopago.rule(dispute_id, coverage=False)
        await tell(road, "topic_chargebacks_wh", dispute_id)
    else:
        await road.see(road.mercadopago.settle(charge_id, ChargeStatus.CHARGED_BACK, "settled"))
    if when == "after":
        await complete(road, booked)
    assert await accounts(road, payment_id) == {}
    assert (await road.status(payment_id), (await dispute(road, dispute_id))["status"]) == ("dispute_lost", "lost")
    assert await road.cases(charge_id) == ["dispute_lost"]
    assert (await road.told(payment_id))[-1] == "payment.dispute_lost"
    assert (await road.row("SELECT lost_minor FROM charge WHERE id = $1", charge_id))["lost_minor"] == PAID


async def test_what_mercadopago_keeps_of_a_lost_payment_is_the_platforms_loss_alone(road: Road) -> None:
    booked, payment_id, charge_id = await road.paid()
    await complete(road, booked)
    known = road.mercadopago.charges[charge_id]
    road.mercadopago.charges[charge_id] = replace(known, fee=Money(9_000), released=True)
    await road.see(road.mercadopago.settle(charge_id, ChargeStatus.CHARGED_BACK))
    assert (await accounts(road, payment_id))["psp_fees"] == 9_000
    await road.see(road.mercadopago.settle(charge_id, ChargeStatus.CHARGED_BACK, "settled"))
    assert await accounts(road, payment_id) == {"chargeback_loss": 9_000, "psp_available": -9_000}


async def test_a_lost_dispute_may_be_decided_anew(road: Road) -> None:
    booked, payment_id, charge_id, dispute_id = await charged_back(road)
    await complete(road, booked)
    await road.see(road.mercadopago.settle(charge_id, ChargeStatus.CHARGED_BACK, "settled"))
    await road.see(road.mercadopago.settle(charge_id, ChargeStatus.CHARGED_BACK, "reimbursed"))
    assert (await road.status(payment_id), (await dispute(road, dispute_id))["status"]) == ("paid", "won")
    assert (await accounts(road, payment_id))["provider_payable"] == -131_850
    case = await road.row("SELECT closed_at FROM reconciliation_case WHERE subject = $1", charge_id)
    assert case["closed_at"] is not None


async def test_a_won_dispute_may_be_opened_again_and_keeps_what_was_known(road: Road) -> None:
    _, payment_id, charge_id, dispute_id = await charged_back(road, **WANTED)
    await road.see(road.mercadopago.settle(charge_id, ChargeStatus.APPROVED, "accredited"))
    assert (await dispute(road, dispute_id))["status"] == "won"
    await road.see(road.mercadopago.settle(charge_id, ChargeStatus.CHARGED_BACK))
    row = await dispute(road, dispute_id)
    assert (row["status"], row["deadline"], row["decided_at"]) == ("documents_due", DUE, None)
    assert row["look_due_at"] is not None
    assert await road.status(payment_id) == "disputed"


async def test_the_same_end_is_reached_in_whatever_order_payment_and_chargeback_are_seen(road: Road) -> None:
    ends = []
    for order in permutations(range(4)):
        _, payment_id, charge_id = await road.paid()
        payments = [
            road.mercadopago.settle(charge_id, ChargeStatus.CHARGED_BACK),
            road.mercadopago.settle(charge_id, ChargeStatus.CHARGED_BACK, "settled"),
        ]
        dispute_id = road.mercadopago.contest(charge_id, **WANTED)
        shown = [
            road.mercadopago.disputes[dispute_id],
            road.mercadopago.rule(dispute_id, papers=Papers.VALID, coverage=False),
        ]
        for each in [*order, *order]:
            if each < 2:
                await road.see(payments[each])
            else:
                road.mercadopago.disputes[dispute_id] = shown[each - 2]
                await tell(road, "topic_chargebacks_wh", dispute_id)
        row = await dispute(road, dispute_id)
        ends.append((row["status"], row["papers"], await road.status(payment_id), await accounts(road, payment_id)))
    assert all(end == ("lost", "valid", "dispute_lost", {}) for end in ends), ends


async def test_a_part_given_back_while_it_is_contested_is_no_part_of_the_loss(road: Road) -> None:
    booked, payment_id, charge_id, _ = await charged_back(road)
    await complete(road, booked)
    road.mercadopago.give_back(charge_id, Money(50_000))
    await road.see(road.mercadopago.settle(charge_id, ChargeStatus.CHARGED_BACK))
    assert await accounts(road, payment_id) == {"dispute_hold": 100_000, "booking_held": -100_000}
    await road.see(road.mercadopago.settle(charge_id, ChargeStatus.CHARGED_BACK, "settled"))
    assert await accounts(road, payment_id) == {}
    row = await road.row("SELECT refunded_minor, lost_minor FROM charge WHERE id = $1", charge_id)
    assert (row["refunded_minor"], row["lost_minor"]) == (50_000, 100_000)


async def test_what_booking_wants_back_of_a_lost_payment_is_not_paid_twice(road: Road) -> None:
    booked, payment_id, charge_id, _ = await charged_back(road)
    await road.see(road.mercadopago.settle(charge_id, ChargeStatus.CHARGED_BACK, "settled"))
    wanted = RefundId(new_id())
    await road.hear_refund_due(booked, payment_id, PAID, wanted)
    await road.refund_now()
    assert await road.refund_status(wanted) == "blocked"
    assert "refund" not in road.mercadopago.asked


async def test_a_second_payment_that_is_contested_leaves_the_first_one_alone(road: Road) -> None:
    _, payment_id, _ = await road.paid()
    second = road.mercadopago.put(road.mercadopago.charges[_only(road)].external_reference, Money(PAID))
    await road.see_now(second)
    road.mercadopago.settle(second, ChargeStatus.CHARGED_BACK)
    dispute_id = road.mercadopago.contest(second)
    await tell(road, "topic_chargebacks_wh", dispute_id)
    assert (await road.status(payment_id), (await dispute(road, dispute_id))["status"]) == ("paid", "opened")
    await road.see(road.mercadopago.settle(second, ChargeStatus.CHARGED_BACK, "settled"))
    assert (await road.status(payment_id), (await dispute(road, dispute_id))["status"]) == ("paid", "lost")
    assert await accounts(road, payment_id) == {"psp_clearing": PAID, "booking_held": -PAID}


def _only(road: Road) -> ChargeId:
    """The one payment there is."""
    (found,) = road.mercadopago.charges
    return ChargeId(found)


async def test_a_dispute_that_an_older_version_saw_is_won_without_a_hold_that_was_never_booked(road: Road) -> None:
    booked, payment_id, charge_id = await road.paid()
    # It wrote the statuses and no entry.
    await road.write("charge", "status", charge_id, ChargeStatus.IN_MEDIATION.value)
    await road.write("charge", "entries", charge_id, 0)
    await road.write("intent", "status", payment_id, "disputed")
    await complete(road, booked)
    assert await accounts(road, payment_id) == {"psp_clearing": PAID, "booking_held": -PAID}
    await road.see(road.mercadopago.settle(charge_id, ChargeStatus.APPROVED, "accredited"))
    await road.hurry("intent", "earn_due_at", payment_id)
    await usecases.earn_what_is_over(road.context, SCOPE)
    assert "dispute_hold" not in (found := await accounts(road, payment_id))
    assert found["provider_payable"] == -131_850
