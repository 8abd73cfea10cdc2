"""Refunds that cross what others do: they give money back that booking, unaware, asks for; or a bank contests it."""

from uuid import UUID

import pytest
from services.payments.tests.builders import Road

from common.money import Money
from contracts.ids import AccountId, RefundId, new_id
from contracts.payments import PaymentRefunded
from payments.clients import RefusedError, UnansweredError
from payments.domain.charge import CONTESTED, ChargeId, ChargeStatus

PAID = 150_000
BY_OTHERS = 50_000


def refund_id() -> RefundId:
    return RefundId(new_id())


async def others_give_back(road: Road, charge_id: ChargeId, minor: int) -> None:
    road.mercadopago.give_back(charge_id, Money(minor))
    await road.see_now(charge_id)


async def amounts(road: Road, wanted: RefundId) -> tuple[str, int]:
    row = await road.row("SELECT status, amount_minor FROM refund WHERE id = $1", wanted)
    return row["status"], row["amount_minor"]


async def test_what_others_left_goes_back_and_is_no_case(road: Road) -> None:
    booked, payment_id, charge_id = await road.paid()
    await others_give_back(road, charge_id, BY_OTHERS)
    wanted = refund_id()
    await road.hear_refund_due(booked, payment_id, PAID, wanted)
    await road.refund_now()
    assert road.mercadopago.charges[charge_id].refunded == Money(PAID)
    assert (await amounts(road, wanted), await road.cases(wanted)) == (("done", PAID - BY_OTHERS), [])
    told = (await road.facts(payment_id))[-1]
    assert isinstance(told, PaymentRefunded)
    assert (told.refund_id, told.refund.minor, told.refunded.minor) == (wanted, PAID - BY_OTHERS, PAID)


async def test_what_others_gave_back_unseen_leaves_the_rest_to_go_back(road: Road) -> None:
    """MercadoPago refuses the whole as too much, and only then shows why."""
    booked, payment_id, charge_id = await road.paid()
    road.mercadopago.give_back(charge_id, Money(BY_OTHERS))
    wanted = refund_id()
    await road.hear_refund_due(booked, payment_id, PAID, wanted)
    await road.refund_now()
    await road.hurry("refund", "due_at", wanted)
    await road.refund_now()
    assert road.mercadopago.charges[charge_id].refunded == Money(PAID)
    assert (await amounts(road, wanted), await road.cases(wanted)) == (("done", PAID - BY_OTHERS), [])


async def test_what_others_gave_back_whole_is_not_asked_for_and_is_no_case(road: Road) -> None:
    booked, payment_id, charge_id = await road.paid()
    await others_give_back(road, charge_id, PAID)
    wanted = refund_id()
    await road.hear_refund_due(booked, payment_id, PAID, wanted)
    await road.refund_now()
    assert (await road.refund_status(wanted), await road.cases(wanted)) == ("abandoned", [])
    assert "refund" not in road.mercadopago.asked


async def test_what_others_do_not_explain_is_a_case_and_the_rest_goes_back_all_the_same(road: Road) -> None:
    booked, payment_id, charge_id = await road.paid()
    await others_give_back(road, charge_id, BY_OTHERS)
    wanted = refund_id()
    await road.hear_refund_due(booked, payment_id, PAID + 1, wanted)
    await road.refund_now()
    assert (await amounts(road, wanted), await road.cases(wanted)) == (
        ("done", PAID - BY_OTHERS),
        ["refund_exceeds_capture"],
    )


async def test_a_second_payment_of_which_others_gave_back_a_part_goes_back_for_the_rest(road: Road) -> None:
    _, payment_id, _ = await road.paid()
    await road.see_now(second := road.pay(payment_id))
    (row,) = await road.rows("SELECT id FROM refund WHERE charge_id = $1", second)
    await others_give_back(road, second, BY_OTHERS)
    await road.refund_now()
    assert road.mercadopago.charges[second].refunded == Money(PAID)
    assert (await amounts(road, row["id"]), await road.cases(row["id"])) == (("done", PAID - BY_OTHERS), [])


async def test_what_people_wanted_back_is_over_once_booking_gave_all_of_it_back_and_is_no_case(road: Road) -> None:
    """Both waited for the dispute, and booking's came first."""
    booked, payment_id, charge_id = await road.paid()
    headers = road.tokens.bearer(AccountId(new_id()), "operator:*")
    body = {"reason": "goodwill", "amount": BY_OTHERS / 100}
    asked = await road.http.post(f"/api/v1/payments/{payment_id}/refunds", json=body, headers=headers)
    await road.see(road.mercadopago.settle(charge_id, ChargeStatus.IN_MEDIATION))
    await road.refund_now()
    await road.see(road.mercadopago.settle(charge_id, ChargeStatus.APPROVED, "accredited"))
    await road.hear_refund_due(booked, payment_id, PAID, whole := refund_id())
    await road.refund_now()
    by_people = RefundId(UUID(asked.json()["id"]))
    await road.refund_in_rounds(by_people, 1)
    assert (await amounts(road, whole), await amounts(road, by_people)) == (("done", PAID), ("abandoned", BY_OTHERS))
    assert (await road.cases(by_people), road.mercadopago.charges[charge_id].refunded) == ([], Money(PAID))


async def test_a_smaller_refund_after_a_try_that_was_lost_has_a_key_of_its_own(road: Road) -> None:
    booked, payment_id, charge_id = await road.paid()
    wanted = refund_id()
    await road.hear_refund_due(booked, payment_id, PAID, wanted)
    road.mercadopago.fail.append(UnansweredError("http-500"))
    await road.refund_now()
    await others_give_back(road, charge_id, BY_OTHERS)
    await road.refund_in_rounds(wanted, 1)
    assert road.mercadopago.charges[charge_id].refunded == Money(PAID)
    assert (await amounts(road, wanted), road.mercadopago.keys[-1]) == (("done", PAID - BY_OTHERS), f"rf:{wanted}:r1")


@pytest.mark.parametrize("status", sorted(CONTESTED))
async def test_nothing_goes_back_while_a_dispute_is_open(road: Road, status: ChargeStatus) -> None:
    booked, payment_id, charge_id = await road.paid()
    await road.see(road.mercadopago.settle(charge_id, status))
    wanted = refund_id()
    await road.hear_refund_due(booked, payment_id, PAID, wanted)
    assert await road.refund_in_rounds(wanted, 12) == [600] * 12
    assert (await road.refund_status(wanted), await road.cases(wanted)) == ("due", [])
    assert "refund" not in road.mercadopago.asked
    # That it was won is not told: it is looked for.
    road.mercadopago.settle(charge_id, ChargeStatus.APPROVED, "accredited")
    await road.refund_in_rounds(wanted, 2)
    assert (await road.refund_status(wanted), await road.status(payment_id)) == ("done", "refunded")


async def test_a_refund_that_was_tried_before_the_dispute_waits_for_its_end_too(road: Road) -> None:
    booked, payment_id, charge_id = await road.paid()
    wanted = refund_id()
    await road.hear_refund_due(booked, payment_id, PAID, wanted)
    road.mercadopago.fail.append(UnansweredError("http-500"))
    await road.refund_now()
    await road.see(road.mercadopago.settle(charge_id, ChargeStatus.CHARGED_BACK))
    asked = road.mercadopago.asked.count("refund")
    assert await road.refund_in_rounds(wanted, 2) == [600] * 2
    assert road.mercadopago.asked.count("refund") == asked
    await road.see(road.mercadopago.settle(charge_id, ChargeStatus.CHARGED_BACK, "settled"))
    await road.refund_in_rounds(wanted, 1)
    assert (await road.refund_status(wanted), road.mercadopago.asked.count("refund")) == ("blocked", asked)


@pytest.mark.parametrize("rejected", [True, False])
async def test_what_was_given_up_here_and_made_in_the_panel_is_the_refund_booking_asked_for(
    road: Road, *, rejected: bool
) -> None:
    booked, payment_id, charge_id = await road.paid()
    wanted = refund_id()
    if rejected:
        road.mercadopago.refunds_stay = "rejected"
    else:
        road.mercadopago.fail.append(RefusedError(400, frozenset({"2024"})))
    await road.hear_refund_due(booked, payment_id, BY_OTHERS, wanted)
    await road.refund_now()
    assert await road.refund_status(wanted) == "refused"
    await others_give_back(road, charge_id, BY_OTHERS)
    assert await road.refund_status(wanted) == "done"
    assert (await road.facts(payment_id))[-1].refund_id == wanted
    assert await road.rows("SELECT FROM refund WHERE intent_id = $1 AND origin = 'external'", payment_id) == []
    query = "SELECT FROM reconciliation_case WHERE subject = $1 AND closed_at IS NULL"
    assert await road.rows(query, str(wanted)) == []
    # Another one of the same amount is somebody else's.
    await others_give_back(road, charge_id, BY_OTHERS)
    assert len(await road.rows("SELECT FROM refund WHERE intent_id = $1 AND origin = 'external'", payment_id)) == 1
