"""Webhook topics: orders, chargebacks and claims are looked into, and disputes are found though nobody tells."""

from datetime import timedelta

import pytest
from services.payments.tests.builders import SCOPE, Road, drain, signed
from services.payments.tests.disputing import DUE, PAID, WANTED, accounts, charged_back, dispute, tell
from services.payments.tests.test_reading import own
from services.payments.tests.test_webhooks import PATH, hurry, kept, look

from common.money import Money
from common.settings import SHARED
from contracts.ids import AccountId, new_id
from payments import usecases
from payments.clients import UnansweredError
from payments.domain.charge import ChargeId, ChargeStatus
from payments.domain.dispute import DisputeKind, Papers


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


async def test_a_chargeback_nobody_told_of_is_looked_for(road: Road) -> None:
    _, payment_id, charge_id = await road.paid()
    await road.see(road.mercadopago.settle(charge_id, ChargeStatus.CHARGED_BACK))
    await usecases.look_at_disputes(road.context, SCOPE)
    row = await road.row("SELECT tries FROM dispute_search WHERE charge_id = $1", charge_id)
    assert row["tries"] == 1
    dispute_id = road.mercadopago.contest(charge_id, **WANTED)
    await _search_now(road, charge_id)
    assert (await dispute(road, dispute_id))["status"] == "documents_due"
    assert await road.rows("SELECT FROM dispute_search WHERE charge_id = $1", charge_id) == []
    assert (await road.facts(payment_id))[-1].deadline == DUE


@pytest.mark.parametrize("told", [True, False])
async def test_a_chargeback_over_two_payments_counts_for_each_of_them(road: Road, *, told: bool) -> None:
    paid = [await road.paid() for _ in range(2)]
    charge_ids = tuple(charge_id for _, _, charge_id in paid)
    for charge_id in charge_ids:
        await road.see(road.mercadopago.settle(charge_id, ChargeStatus.CHARGED_BACK))
    dispute_id = road.mercadopago.contest(charge_ids[0], charge_ids=charge_ids, amount=Money(2 * PAID))
    if told:
        await tell(road, "topic_chargebacks_wh", dispute_id)
    else:
        await usecases.look_at_disputes(road.context, SCOPE)
    # Whichever is kept first has MercadoPago's own name for it.
    query = "SELECT * FROM dispute WHERE charge_id = ANY ($1) ORDER BY id"
    rows = await road.rows(query, list(charge_ids))
    assert [row["id"].partition(".")[::2] for row in rows] == [(dispute_id, ""), (dispute_id, rows[1]["charge_id"])]
    assert {row["charge_id"]: row["amount_minor"] for row in rows} == dict.fromkeys(charge_ids, PAID)
    assert [await road.cases(row["id"]) for row in rows] == [[], []]
    assert await road.rows("SELECT FROM dispute_search WHERE charge_id = ANY ($1)", list(charge_ids)) == []
    road.mercadopago.rule(dispute_id, coverage=False)
    for row in rows:
        await road.hurry("dispute", "look_due_at", row["id"])
    await usecases.look_at_disputes(road.context, SCOPE)
    assert [row["status"] for row in await road.rows(query, list(charge_ids))] == ["lost", "lost"]
    assert [await road.status(payment_id) for _, payment_id, _ in paid] == ["dispute_lost", "dispute_lost"]


async def test_documents_for_a_chargeback_over_two_payments_go_to_it_by_mercadopagos_name(road: Road) -> None:
    charge_ids = []
    for _ in range(2):
        booked, _, charge_id = await road.paid()
        road.mercadopago.settle(charge_id, ChargeStatus.CHARGED_BACK)
        charge_ids.append(charge_id)
    dispute_id = road.mercadopago.contest(charge_ids[0], charge_ids=tuple(charge_ids), **WANTED)
    await tell(road, "topic_chargebacks_wh", dispute_id)
    other_id, owner = f"{dispute_id}.{charge_ids[1]}", AccountId(new_id())
    await own(road, booked.provider_id, owner)
    headers = road.tokens.bearer(owner) | {"content-type": "application/pdf"}
    path = f"/api/v1/disputes/{other_id}/documents"
    assert (await road.http.post(path, content=b"%PDF-1.7 un turno", headers=headers)).status_code == 202
    await road.hurry("dispute", "send_due_at", other_id)
    await usecases.send_documents(road.context, SCOPE)
    assert len(road.mercadopago.documents[dispute_id]) == 1
    assert (await dispute(road, other_id))["status"] == "in_review"


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
        road.mercadopago.give_back(charge_id, Money(PAID))
    await tell(road, "claim", claim_id)
    assert (await road.status(payment_id), (await dispute(road, claim_id))["status"]) == (intent, ends)
    assert await accounts(road, payment_id) == ({"psp_clearing": PAID, "booking_held": -PAID} if won else {})


async def test_a_merchant_order_is_looked_into_payment_by_payment(road: Road) -> None:
    payment_id = await road.begin(await road.book())
    declined, approved = road.pay(payment_id, "FUND"), road.pay(payment_id)
    road.mercadopago.merchant_orders["99001"] = [declined, approved]
    await tell(road, "topic_merchant_order_wh", "99001")
    assert await road.status(payment_id) == "paid"
    assert [row["status"] for row in await kept(road, "99001")] == ["done"]


async def test_an_order_told_unsigned_is_a_hint_and_both_topics_of_it_are_one_look(road: Road) -> None:
    payment_id = await road.begin(await road.book())
    road.mercadopago.merchant_orders["99002"] = [road.pay(payment_id)]
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
    charge_id = road.mercadopago.put(reference, Money(PAID))
    dispute_id = road.mercadopago.contest(charge_id)
    await tell(road, "topic_chargebacks_wh", dispute_id)
    assert [row["status"] for row in await kept(road, dispute_id)] == ["orphan"]
    cases = await road.rows("SELECT kind FROM reconciliation_case WHERE subject = $1", dispute_id, scope=SHARED)
    assert [case["kind"] for case in cases] == ["orphan_dispute"]


async def test_a_claim_about_something_else_than_a_payment_is_an_orphan(road: Road) -> None:
    charge_id = road.mercadopago.put(None, Money(PAID))
    claim_id = road.mercadopago.contest(charge_id, DisputeKind.CLAIM, charge_ids=())
    await tell(road, "claim", claim_id)
    assert [row["status"] for row in await kept(road, claim_id)] == ["orphan"]


async def test_what_only_a_newer_version_can_look_into_is_left_to_it(road: Road) -> None:
    headers = signed("99003", "rq-newer")
    params = {"data.id": "99003", "type": "topic_of_the_future"}
    await road.http.post(PATH, params=params, json={}, headers=headers)
    async with road.uow.begin(SHARED) as work:
        due = "UPDATE webhook SET status = 'due', due_at = app_now() WHERE resource_id = '99003'"
        await work.connection.execute(due)
    await look(road)
    assert [(row["status"], row["tries"]) for row in await kept(road, "99003")] == [("due", 1)]


async def test_the_jobs_do_nothing_in_the_shared_scope(road: Road) -> None:
    for job in (usecases.look_at_disputes, usecases.send_documents):
        assert await job(road.context, SHARED) == 0
    await drain(usecases.look_at_disputes, road.context, SCOPE)


async def _search_now(road: Road, charge_id: ChargeId) -> None:
    async with road.uow.begin(SCOPE) as work:
        await work.connection.execute("UPDATE dispute_search SET due_at = app_now() WHERE charge_id = $1", charge_id)
    await usecases.look_at_disputes(road.context, SCOPE)
