"""Disputes: won, lost, opened anew, told by webhooks in any order or found by nobody's telling; and their money."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from services.payments.tests.builders import SCOPE, Booked, Road, drain, signed
from services.payments.tests.test_earning import complete
from services.payments.tests.test_reading import own
from services.payments.tests.test_webhooks import PATH, hurry, kept, look

from common.money import Money
from common.settings import SHARED
from contracts.ids import AccountId, PaymentId, RefundId, new_id
from contracts.payments import PaymentDisputed, PaymentDisputeWon
from payments import usecases
from payments.clients import UnansweredError
from payments.domain.charge import ChargeId, ChargeStatus
from payments.domain.dispute import DisputeId, DisputeKind, Papers

_PAID = 150_000
_DUE = datetime(2031, 1, 15, 12, tzinfo=UTC)
_WANTED: dict[str, Any] = {"wanted": True, "papers": Papers.PENDING, "deadline": _DUE}


async def tell(road: Road, topic: str, resource_id: str) -> None:
    """MercadoPago notifies about something, and we look."""
    headers = signed(resource_id, str(new_id()))
    reply = await road.http.post(PATH, params={"data.id": resource_id, "type": topic}, json={}, headers=headers)
    assert reply.status_code == 200
    await look(road)


async def dispute(road: Road, dispute_id: str) -> dict[str, Any]:
    return dict(await road.row("SELECT * FROM dispute WHERE id = $1", dispute_id))


async def accounts(road: Road, payment_id: PaymentId) -> dict[str, int]:
    """Every account of a payment that is not at zero. They sum to zero."""
    rows = await road.rows(
        "SELECT p.account, sum(p.amount_minor) AS minor FROM ledger_posting p"
        " JOIN ledger_transaction t ON t.id = p.transaction_id"
        " WHERE t.intent_id = $1 GROUP BY 1 HAVING sum(p.amount_minor) <> 0",
        payment_id,
    )
    found = {row["account"]: int(row["minor"]) for row in rows}
    assert sum(found.values()) == 0
    return found


async def charged_back(road: Road, **shown: Any) -> tuple[Booked, PaymentId, ChargeId, DisputeId]:
    """A payment contested by the payer's bank, told by its chargeback."""
    booked, payment_id, charge_id = await road.paid()
    road.mercadopago.settle(charge_id, ChargeStatus.CHARGED_BACK)
    dispute_id = road.mercadopago.contest(charge_id, **shown)
    await tell(road, "topic_chargebacks_wh", dispute_id)
    return booked, payment_id, charge_id, dispute_id


async def test_a_chargeback_is_kept_with_its_payment_and_the_money_is_held(road: Road) -> None:
    booked, payment_id, charge_id, dispute_id = await charged_back(road)
    row = await dispute(road, dispute_id)
    assert {name: row[name] for name in ("kind", "status", "charge_id", "booking_id", "amount_minor")} == {
        "kind": "chargeback",
        "status": "opened",
        "charge_id": charge_id,
        "booking_id": booked.id,
        "amount_minor": _PAID,
    }
    assert await road.status(payment_id) == "disputed"
    assert await accounts(road, payment_id) == {"dispute_hold": _PAID, "booking_held": -_PAID}
    assert (await road.told(payment_id))[2:] == ["payment.disputed", "payment.disputed"]
    assert [fact.dispute_id for fact in (await road.facts(payment_id))[2:]] == [None, dispute_id]


async def test_documents_that_are_due_are_told_with_their_deadline_and_are_a_case_until_then(road: Road) -> None:
    booked, payment_id, _, dispute_id = await charged_back(road)
    owner = AccountId(new_id())
    await own(road, booked.provider_id, owner)
    road.mercadopago.rule(dispute_id, **_WANTED)
    await tell(road, "chargebacks", dispute_id)
    fact = (await road.facts(payment_id))[-1]
    assert isinstance(fact, PaymentDisputed)
    assert (fact.dispute_id, fact.deadline, fact.owner_id) == (dispute_id, _DUE, owner)
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
        "psp_clearing": _PAID,
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
    assert (await road.row("SELECT lost_minor FROM charge WHERE id = $1", charge_id))["lost_minor"] == _PAID


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
    _, payment_id, charge_id, dispute_id = await charged_back(road, **_WANTED)
    await road.see(road.mercadopago.settle(charge_id, ChargeStatus.APPROVED, "accredited"))
    assert (await dispute(road, dispute_id))["status"] == "won"
    await road.see(road.mercadopago.settle(charge_id, ChargeStatus.CHARGED_BACK))
    row = await dispute(road, dispute_id)
    assert (row["status"], row["deadline"], row["decided_at"]) == ("documents_due", _DUE, None)
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
        dispute_id = road.mercadopago.contest(charge_id, **_WANTED)
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


async def test_ten_notifications_of_one_chargeback_are_one_dispute_told_once(road: Road) -> None:
    _, payment_id, charge_id = await road.paid()
    road.mercadopago.settle(charge_id, ChargeStatus.CHARGED_BACK)
    dispute_id = road.mercadopago.contest(charge_id)
    for _ in range(10):
        await tell(road, "topic_chargebacks_wh", dispute_id)
    assert (await road.told(payment_id))[2:] == ["payment.disputed", "payment.disputed"]
    entries = await road.rows("SELECT kind FROM ledger_transaction WHERE intent_id = $1 ORDER BY id", payment_id)
    assert [row["kind"] for row in entries] == ["capture", "dispute"]


async def test_a_chargeback_told_before_its_payment_shows_it_waits_for_the_payment(road: Road) -> None:
    _, payment_id, charge_id = await road.paid()
    dispute_id = road.mercadopago.contest(charge_id)
    await tell(road, "topic_chargebacks_wh", dispute_id)
    assert (await road.status(payment_id), (await dispute(road, dispute_id))["status"]) == ("paid", "opened")
    await road.see(road.mercadopago.settle(charge_id, ChargeStatus.CHARGED_BACK))
    assert await road.status(payment_id) == "disputed"
    assert (await road.facts(payment_id))[-1].dispute_id == dispute_id


async def test_a_chargeback_told_before_its_payment_is_there_is_looked_into_again(road: Road) -> None:
    payment_id = await road.begin(await road.book())
    charge_id = road.pay(payment_id)
    hidden = road.mercadopago.charges.pop(charge_id)
    road.mercadopago.charges[ChargeId("1")] = hidden
    dispute_id = road.mercadopago.contest(ChargeId("1"), charge_ids=(charge_id,))
    await tell(road, "topic_chargebacks_wh", dispute_id)
    (row,) = await kept(road, dispute_id)
    assert (row["status"], row["tries"]) == ("due", 1)
    road.mercadopago.charges[charge_id] = hidden
    road.mercadopago.settle(charge_id, ChargeStatus.CHARGED_BACK)
    await hurry(road, dispute_id)
    await look(road)
    assert await road.status(payment_id) == "disputed"


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
    await road.hear_refund_due(booked, payment_id, _PAID, wanted)
    await road.refund_now()
    assert await road.refund_status(wanted) == "blocked"
    assert "refund" not in road.mercadopago.asked


async def test_a_chargeback_nobody_told_of_is_looked_for(road: Road) -> None:
    _, payment_id, charge_id = await road.paid()
    await road.see(road.mercadopago.settle(charge_id, ChargeStatus.CHARGED_BACK))
    await usecases.look_at_disputes(road.context, SCOPE)
    row = await road.row("SELECT tries FROM dispute_search WHERE charge_id = $1", charge_id)
    assert row["tries"] == 1
    dispute_id = road.mercadopago.contest(charge_id, **_WANTED)
    await _search_now(road, charge_id)
    assert (await dispute(road, dispute_id))["status"] == "documents_due"
    assert await road.rows("SELECT FROM dispute_search WHERE charge_id = $1", charge_id) == []
    assert (await road.facts(payment_id))[-1].deadline == _DUE


async def test_a_chargeback_that_is_nowhere_becomes_a_case(road: Road) -> None:
    _, _, charge_id = await road.paid()
    await road.see(road.mercadopago.settle(charge_id, ChargeStatus.CHARGED_BACK))
    async with road.uow.begin(SCOPE) as work:
        await work.connection.execute("UPDATE dispute_search SET tries = 47 WHERE charge_id = $1", charge_id)
    await usecases.look_at_disputes(road.context, SCOPE)
    assert await road.cases(charge_id) == ["dispute_not_found"]
    assert await road.rows("SELECT FROM dispute_search WHERE charge_id = $1", charge_id) == []


async def test_an_open_dispute_is_looked_at_hourly_until_it_is_decided(road: Road) -> None:
    _, payment_id, _, dispute_id = await charged_back(road)
    road.mercadopago.rule(dispute_id, coverage=False)
    road.mercadopago.fail.append(UnansweredError("ReadTimeout"))
    await road.hurry("dispute", "look_due_at", dispute_id)
    await usecases.look_at_disputes(road.context, SCOPE)
    row = await dispute(road, dispute_id)
    now = await road.row("SELECT app_now() AS now")
    assert timedelta(minutes=59) < row["look_due_at"] - now["now"] <= timedelta(hours=1)
    await road.hurry("dispute", "look_due_at", dispute_id)
    await usecases.look_at_disputes(road.context, SCOPE)
    row = await dispute(road, dispute_id)
    assert (row["status"], row["look_due_at"], await road.status(payment_id)) == ("lost", None, "dispute_lost")


async def test_a_dispute_that_mercadopago_no_longer_knows_ends_as_its_payment_does(road: Road) -> None:
    _, payment_id, charge_id, dispute_id = await charged_back(road)
    del road.mercadopago.disputes[dispute_id]
    road.mercadopago.settle(charge_id, ChargeStatus.CHARGED_BACK, "reimbursed")
    await road.hurry("dispute", "look_due_at", dispute_id)
    await usecases.look_at_disputes(road.context, SCOPE)
    row = await dispute(road, dispute_id)
    assert (row["status"], row["look_due_at"], await road.status(payment_id)) == ("won", None, "paid")


async def test_documents_wanted_until_nobody_knows_when_are_told_to_operators_alone(road: Road) -> None:
    _, payment_id, _, dispute_id = await charged_back(road, wanted=True, papers=Papers.PENDING)
    assert await road.cases(dispute_id) == ["dispute_documents_due"]
    assert [fact.dispute_id for fact in (await road.facts(payment_id))[2:]] == [None]


async def test_a_second_payment_that_is_contested_leaves_the_first_one_alone(road: Road) -> None:
    _, payment_id, _ = await road.paid()
    second = road.mercadopago.put(road.mercadopago.charges[_only(road)].external_reference, Money(_PAID))
    await road.see_now(second)
    road.mercadopago.settle(second, ChargeStatus.CHARGED_BACK)
    dispute_id = road.mercadopago.contest(second)
    await tell(road, "topic_chargebacks_wh", dispute_id)
    assert (await road.status(payment_id), (await dispute(road, dispute_id))["status"]) == ("paid", "opened")
    await road.see(road.mercadopago.settle(second, ChargeStatus.CHARGED_BACK, "settled"))
    assert (await road.status(payment_id), (await dispute(road, dispute_id))["status"]) == ("paid", "lost")
    assert await accounts(road, payment_id) == {"psp_clearing": _PAID, "booking_held": -_PAID}


@pytest.mark.parametrize(("won", "ends", "intent"), [(True, "won", "paid"), (False, "lost", "refunded")])
async def test_a_claim_holds_the_money_and_ends_as_its_payment_does(
    road: Road, *, won: bool, ends: str, intent: str
) -> None:
    _, payment_id, charge_id = await road.paid()
    road.mercadopago.settle(charge_id, ChargeStatus.IN_MEDIATION, "pending")
    claim_id = road.mercadopago.contest(charge_id, DisputeKind.CLAIM)
    await tell(road, "topic_claims_integration_wh", claim_id)
    assert (await road.status(payment_id), (await dispute(road, claim_id))["status"]) == ("disputed", "opened")
    road.mercadopago.rule(claim_id, coverage=won)
    if won:
        road.mercadopago.settle(charge_id, ChargeStatus.APPROVED, "accredited")
    else:
        road.mercadopago.give_back(charge_id, Money(_PAID))
    await tell(road, "claim", claim_id)
    assert (await road.status(payment_id), (await dispute(road, claim_id))["status"]) == (intent, ends)
    assert await accounts(road, payment_id) == ({"psp_clearing": _PAID, "booking_held": -_PAID} if won else {})


async def test_a_merchant_order_is_looked_into_payment_by_payment(road: Road) -> None:
    payment_id = await road.begin(await road.book())
    declined, approved = road.pay(payment_id, "FUND"), road.pay(payment_id)
    road.mercadopago.orders["99001"] = [declined, approved]
    await tell(road, "topic_merchant_order_wh", "99001")
    assert await road.status(payment_id) == "paid"
    assert [row["status"] for row in await kept(road, "99001")] == ["done"]


async def test_an_order_told_unsigned_is_a_hint_and_both_topics_of_it_are_one_look(road: Road) -> None:
    payment_id = await road.begin(await road.book())
    road.mercadopago.orders["99002"] = [road.pay(payment_id)]
    reply = await road.http.post(PATH, params={"topic": "merchant_order", "id": "99002"}, content=b"")
    assert reply.status_code == 200
    await tell(road, "topic_merchant_order_wh", "99002")
    assert road.mercadopago.asked.count("merchant_order") == 1
    assert await road.status(payment_id) == "paid"


async def test_a_payment_and_a_chargeback_of_the_same_number_are_two_things(road: Road) -> None:
    _, payment_id, _, dispute_id = await charged_back(road)
    await tell(road, "payment", dispute_id)
    statuses = {row["topic"]: row["status"] for row in await kept(road, dispute_id)}
    assert statuses == {"topic_chargebacks_wh": "done", "payment": "due"}
    assert await road.status(payment_id) == "disputed"


@pytest.mark.parametrize(
    "reference",
    [None, f"tarot.{new_id()}", f"barber.{new_id()}"],
    ids=["none", "no vertical of ours", "no intent of ours"],  # the same in every test worker
)
async def test_a_dispute_about_nothing_of_ours_is_an_orphan_with_a_case(road: Road, reference: str | None) -> None:
    charge_id = road.mercadopago.put(reference, Money(_PAID))
    dispute_id = road.mercadopago.contest(charge_id)
    await tell(road, "topic_chargebacks_wh", dispute_id)
    assert [row["status"] for row in await kept(road, dispute_id)] == ["orphan"]
    cases = await road.rows("SELECT kind FROM reconciliation_case WHERE subject = $1", dispute_id, scope=SHARED)
    assert [case["kind"] for case in cases] == ["orphan_dispute"]


async def test_a_claim_about_something_else_than_a_payment_is_an_orphan(road: Road) -> None:
    charge_id = road.mercadopago.put(None, Money(_PAID))
    claim_id = road.mercadopago.contest(charge_id, DisputeKind.CLAIM, charge_ids=())
    await tell(road, "claim", claim_id)
    assert [row["status"] for row in await kept(road, claim_id)] == ["orphan"]


async def test_the_jobs_do_nothing_in_the_shared_scope(road: Road) -> None:
    for job in (usecases.look_at_disputes, usecases.send_documents):
        assert await job(road.context, SHARED) == 0
    await drain(usecases.look_at_disputes, road.context, SCOPE)


def _only(road: Road) -> ChargeId:
    """The one payment there is."""
    (found,) = road.mercadopago.charges
    return ChargeId(found)


async def _search_now(road: Road, charge_id: ChargeId) -> None:
    async with road.uow.begin(SCOPE) as work:
        await work.connection.execute("UPDATE dispute_search SET due_at = app_now() WHERE charge_id = $1", charge_id)
    await usecases.look_at_disputes(road.context, SCOPE)
