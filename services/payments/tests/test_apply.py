"""`apply_snapshot`: shuffled, repeated, contradicting and late snapshots."""

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from services.payments.tests.builders import SCOPE, TRACE, Road

from common.money import Money
from common.telemetry import trace_id_of
from common.testing import published
from contracts.booking import BookingConfirmed, BookingExpired, BookingStatus
from contracts.ids import PaymentId, new_id
from contracts.payments import PaymentConfirmed, PaymentRefunded, PaymentRejected
from payments.domain.charge import ChargeStatus, Snapshot
from payments.domain.reference import Reference


async def history(road: Road, payment_id: PaymentId) -> list[Snapshot]:
    """Declined, then under review, then approved, then a part given back: as MercadoPago would show it."""
    declined = road.pay(payment_id, "FUND")
    reviewed = road.pay(payment_id, "CONT")
    seen = [road.mercadopago.charges[declined], road.mercadopago.charges[reviewed]]
    seen.append(road.mercadopago.settle(reviewed, ChargeStatus.APPROVED, "accredited"))
    road.mercadopago.give_back(reviewed, Money(50_000))
    return [*seen, road.mercadopago.charges[reviewed]]


async def state(road: Road, payment_id: PaymentId) -> dict[str, Any]:
    intent = await road.intent(payment_id)
    charges = await road.rows(
        "SELECT status, captured_minor, refunded_minor, surplus FROM charge WHERE intent_id = $1 ORDER BY id",
        payment_id,
    )
    return {
        "intent": {name: intent[name] for name in ("status", "captured_minor", "refunded_minor", "method")},
        "charges": [tuple(each.values()) for each in charges],
        "held": await road.held(payment_id),
    }


@pytest.mark.parametrize("seed", range(4))
async def test_repeated_and_shuffled_snapshots_lead_to_the_same_state(road: Road, seed: int) -> None:
    payment_id = await road.begin(await road.book())
    told = await history(road, payment_id) * 3
    Random(seed).shuffle(told)
    for snapshot in told:
        await road.see(snapshot)
    assert await state(road, payment_id) == {
        "intent": {
            "status": "partially_refunded",
            "captured_minor": 150_000,
            "refunded_minor": 50_000,
            "method": "visa",
        },
        "charges": [("rejected", 0, 0, False), ("approved", 150_000, 50_000, False)],
        "held": 100_000,
    }
    facts = await road.facts(payment_id)
    assert sum(isinstance(fact, PaymentConfirmed) for fact in facts) == 1
    assert sum(isinstance(fact, PaymentRefunded) for fact in facts) == 1
    assert [fact.version for fact in facts] == list(range(1, len(facts) + 1))


async def test_an_approved_payment_is_confirmed_with_booking_s_trace(road: Road) -> None:
    _, payment_id, charge_id = await road.paid()
    pending, confirmed = await published(road.uow, SCOPE, payment_id)
    assert confirmed.type == "payment.confirmed"
    assert {trace_id_of(each.traceparent) for each in (pending, confirmed)} == {trace_id_of(TRACE)}
    fact = confirmed.data
    assert isinstance(fact, PaymentConfirmed)
    assert (fact.status, fact.captured.minor, fact.method, fact.city) == ("paid", 150_000, "visa", "Córdoba")
    assert fact.paid_at == road.mercadopago.charges[charge_id].approved_at
    assert (await road.row("SELECT status FROM attempt WHERE intent_id = $1", payment_id))["status"] == "succeeded"


async def test_the_same_snapshot_again_changes_nothing(road: Road) -> None:
    _, payment_id, charge_id = await road.paid()
    before = await road.told(payment_id)
    assert await road.see_now(charge_id) == "same"
    assert await road.told(payment_id) == before


async def test_an_older_snapshot_is_dropped(road: Road) -> None:
    payment_id = await road.begin(await road.book())
    charge_id = road.pay(payment_id, "CONT")
    old = road.mercadopago.charges[charge_id]
    road.mercadopago.settle(charge_id, ChargeStatus.APPROVED)
    assert await road.see_now(charge_id) == "applied"
    assert await road.see(old) == ["stale"]
    assert await road.status(payment_id) == "paid"


async def test_a_newer_look_at_the_same_state_makes_what_lies_between_stale(road: Road) -> None:
    payment_id = await road.begin(await road.book())
    seen = road.mercadopago.charges[road.pay(payment_id, "CONT")]
    between = replace(seen, status=ChargeStatus.PENDING, updated_at=seen.updated_at + timedelta(seconds=1))
    newest = replace(seen, updated_at=seen.updated_at + timedelta(seconds=2))
    assert await road.see(seen, newest, between) == ["applied", "same", "stale"]


async def test_a_declined_card_leaves_the_page_open_for_another(road: Road) -> None:
    payment_id = await road.begin(await road.book())
    await road.see_now(road.pay(payment_id, "FUND"))
    assert await road.status(payment_id) == "awaiting_payer"
    rejected = (await road.facts(payment_id))[-1]
    assert isinstance(rejected, PaymentRejected)
    assert (rejected.status, rejected.reason) == ("awaiting_payer", "cc_rejected_insufficient_amount")
    await road.see_now(road.pay(payment_id))
    assert await road.told(payment_id) == ["payment.pending", "payment.rejected", "payment.confirmed"]


async def test_a_payment_under_review_is_processing_until_it_is_decided(road: Road) -> None:
    payment_id = await road.begin(await road.book())
    charge_id = road.pay(payment_id, "CONT")
    await road.see_now(charge_id)
    assert await road.status(payment_id) == "processing"
    road.mercadopago.settle(charge_id, ChargeStatus.REJECTED, "rejected_by_bank")
    await road.see_now(charge_id)
    assert await road.status(payment_id) == "awaiting_payer"
    assert await road.told(payment_id) == ["payment.pending", "payment.pending", "payment.rejected"]


async def test_a_second_approved_payment_goes_back_by_itself(road: Road) -> None:
    booked, payment_id, first = await road.paid()
    second = road.pay(payment_id)
    await road.see_now(second)
    assert (await road.held(payment_id), await road.status(payment_id)) == (300_000, "paid")
    await road.refund_now()
    assert road.mercadopago.charges[second].status is ChargeStatus.REFUNDED
    assert road.mercadopago.charges[first].refunded == Money.zero()
    assert (await road.held(payment_id), await road.status(payment_id)) == (150_000, "paid")
    refunded = (await road.facts(payment_id))[-1]
    assert isinstance(refunded, PaymentRefunded)
    assert (refunded.refund.minor, refunded.captured.minor, refunded.refunded.minor) == (150_000, 150_000, 0)
    assert refunded.booking_id == booked.id
    row = await road.row("SELECT id, origin, status FROM refund WHERE charge_id = $1", second)
    assert tuple(row.values()) == (refunded.refund_id, "surplus", "done")


async def test_late_money_is_confirmed_all_the_same_and_booking_decides(road: Road) -> None:
    booked = await road.book()
    payment_id = await road.begin(booked)
    await road.hear(booked.tell(BookingExpired, BookingStatus.EXPIRED))
    await road.close_now()
    assert await road.status(payment_id) == "expired"
    late = road.mercadopago.put(str(Reference(SCOPE, payment_id)), Money(150_000))
    await road.see_now(late)
    assert await road.status(payment_id) == "paid_late"
    fact = (await road.facts(payment_id))[-1]
    assert isinstance(fact, PaymentConfirmed)
    assert (fact.status, fact.captured.minor) == ("paid_late", 150_000)
    await road.hear(booked.tell(BookingConfirmed, BookingStatus.CONFIRMED))
    assert await road.status(payment_id) == "paid"


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"amount": Money(1)}, "amount_differs"),
        ({"amount": Money(150_000, "USD"), "refunded": Money.zero("USD")}, "currency_differs"),
        ({"collector_id": "666"}, "collector_differs"),
        ({"refunded": Money(10)}, "refund_sum_differs"),
    ],
)
async def test_what_does_not_fit_becomes_a_case_and_changes_nothing(
    road: Road, changes: dict[str, Any], kind: str
) -> None:
    payment_id = await road.begin(await road.book())
    seen = replace(road.mercadopago.charges[road.pay(payment_id)], **changes)
    assert await road.see(seen, seen) == ["differs", "differs"]
    assert await road.cases(seen.id) == [kind]
    assert (await road.status(payment_id), await road.held(payment_id)) == ("awaiting_payer", 0)
    assert await road.rows("SELECT FROM charge WHERE intent_id = $1", payment_id) == []


async def test_a_payment_shown_as_another_intent_s_becomes_a_case_and_changes_neither(road: Road) -> None:
    _, payment_id, charge_id = await road.paid()
    other = await road.begin(await road.book())
    known = road.mercadopago.settle(charge_id, ChargeStatus.APPROVED)
    assert await road.see(replace(known, external_reference=str(Reference(SCOPE, other)))) == ["differs"]
    assert await road.cases(charge_id) == ["intent_differs"]
    assert (await road.status(payment_id), await road.status(other)) == ("paid", "awaiting_payer")
    assert (await road.held(payment_id), await road.held(other)) == (150_000, 0)


async def test_an_illegal_move_becomes_a_case(road: Road) -> None:
    payment_id = await road.begin(await road.book())
    charge_id = road.pay(payment_id, "FUND")
    await road.see_now(charge_id)
    road.mercadopago.settle(charge_id, ChargeStatus.APPROVED)
    assert await road.see_now(charge_id) == "differs"
    assert await road.cases(charge_id) == ["illegal_move"]
    assert await road.held(payment_id) == 0


async def test_a_dispute_is_told_and_a_won_one_is_paid_again(road: Road) -> None:
    _, payment_id, charge_id = await road.paid()
    road.mercadopago.settle(charge_id, ChargeStatus.CHARGED_BACK)
    await road.see_now(charge_id)
    assert (await road.status(payment_id), await road.cases(charge_id)) == ("disputed", [])
    road.mercadopago.settle(charge_id, ChargeStatus.APPROVED)
    await road.see_now(charge_id)
    assert await road.status(payment_id) == "paid"
    assert (await road.told(payment_id))[-2:] == ["payment.disputed", "payment.dispute_won"]
    assert await road.held(payment_id) == 150_000


async def test_a_mediation_that_ends_with_the_money_going_back_is_a_refund(road: Road) -> None:
    _, payment_id, charge_id = await road.paid()
    road.mercadopago.settle(charge_id, ChargeStatus.IN_MEDIATION)
    await road.see_now(charge_id)
    assert (await road.status(payment_id), await road.cases(charge_id)) == ("disputed", [])
    road.mercadopago.give_back(charge_id, Money(150_000))
    assert await road.see_now(charge_id) == "applied"
    assert (await road.status(payment_id), await road.held(payment_id)) == ("refunded", 0)
    assert (await road.told(payment_id))[-2:] == ["payment.disputed", "payment.refunded"]


async def test_a_dispute_about_what_is_left_ends_where_it_began(road: Road) -> None:
    _, payment_id, charge_id = await road.paid()
    road.mercadopago.give_back(charge_id, Money(50_000))
    stations = []
    for status in (ChargeStatus.APPROVED, ChargeStatus.IN_MEDIATION, ChargeStatus.APPROVED):
        road.mercadopago.settle(charge_id, status)
        await road.see_now(charge_id)
        stations.append(await road.status(payment_id))
    assert stations == ["partially_refunded", "disputed", "partially_refunded"]
    assert (await road.cases(charge_id), await road.held(payment_id)) == ([], 100_000)


async def test_a_part_given_back_during_a_mediation_does_not_end_it(road: Road) -> None:
    _, payment_id, charge_id = await road.paid()
    road.mercadopago.settle(charge_id, ChargeStatus.IN_MEDIATION)
    await road.see_now(charge_id)
    road.mercadopago.give_back(charge_id, Money(50_000))
    road.mercadopago.settle(charge_id, ChargeStatus.IN_MEDIATION)
    await road.see_now(charge_id)
    assert (await road.status(payment_id), await road.held(payment_id)) == ("disputed", 100_000)


async def test_late_money_may_be_contested_too(road: Road) -> None:
    booked = await road.book()
    payment_id = await road.begin(booked)
    await road.hear_hold_due(booked, payment_id)
    await road.close_now()
    late = road.mercadopago.put(str(Reference(SCOPE, payment_id)), Money(150_000))
    await road.see_now(late)
    road.mercadopago.settle(late, ChargeStatus.IN_MEDIATION)
    assert (await road.see_now(late), await road.status(payment_id)) == ("applied", "disputed")


async def test_a_refund_made_at_mercadopago_by_hand_is_booked_told_and_looked_into(road: Road) -> None:
    _, payment_id, charge_id = await road.paid()
    found = road.mercadopago.give_back(charge_id, Money(150_000))
    await road.see_now(charge_id)
    assert (await road.status(payment_id), await road.held(payment_id)) == ("refunded", 0)
    assert await road.cases(found.id) == ["refund_nobody_asked_for"]
    assert (await road.told(payment_id))[-1] == "payment.refunded"


async def test_a_payment_first_seen_when_it_was_already_given_back_is_booked_whole(road: Road) -> None:
    payment_id = await road.begin(await road.book())
    charge_id = road.pay(payment_id)
    road.mercadopago.give_back(charge_id, Money(150_000))
    await road.see_now(charge_id)
    assert await road.told(payment_id) == ["payment.pending", "payment.confirmed", "payment.refunded"]
    assert (await road.status(payment_id), await road.held(payment_id)) == ("refunded", 0)


async def test_a_payment_of_another_vertical_or_of_nobody_is_not_ours(road: Road) -> None:
    payment_id = await road.begin(await road.book())
    seen = road.mercadopago.charges[road.pay(payment_id)]
    for reference in (f"psychology.{payment_id}", f"barber.{new_id()}", "barber.x", None):
        assert await road.see(replace(seen, external_reference=reference)) == ["unknown"]
    assert await road.status(payment_id) == "awaiting_payer"
