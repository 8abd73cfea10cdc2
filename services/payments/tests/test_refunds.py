"""Refunds: each made once, never more than was captured, whatever is lost on the way."""

import asyncio
from dataclasses import replace

import pytest
from services.payments.tests.builders import SCOPE, TRACE, Booked, Road

from common.money import Money
from common.telemetry import trace_id_of
from common.testing import published
from contracts.ids import PaymentId, RefundId, new_id
from contracts.payments import PaymentRefunded
from payments import store, usecases
from payments.clients import NotAcceptedError, RefusedError, UnansweredError
from payments.domain.charge import ChargeStatus
from payments.usecases import refunds


def refund_id() -> RefundId:
    return RefundId(new_id())


async def test_a_refund_is_made_booked_and_told_under_the_id_booking_gave_it(road: Road) -> None:
    booked, payment_id, charge_id = await road.paid()
    wanted = refund_id()
    await road.hear_refund_due(booked, payment_id, 150_000, wanted)
    await road.refund_now()
    assert road.mercadopago.charges[charge_id].status is ChargeStatus.REFUNDED
    assert road.mercadopago.keys[-1] == f"rf:{wanted}"
    assert (await road.status(payment_id), await road.held(payment_id)) == ("refunded", 0)
    told = (await published(road.uow, SCOPE, payment_id))[-1]
    assert isinstance(told.data, PaymentRefunded)
    assert (told.data.refund_id, told.data.refund.minor, told.data.refunded.minor) == (wanted, 150_000, 150_000)
    assert trace_id_of(told.traceparent) == trace_id_of(TRACE)


async def test_a_due_refund_that_cannot_be_read_is_put_off_and_the_others_are_made(road: Road) -> None:
    booked, payment_id, _ = await road.paid()
    other, other_payment, _ = await road.paid()
    unreadable, good = refund_id(), refund_id()
    await road.hear_refund_due(booked, payment_id, 150_000, unreadable)
    await road.write("refund", "origin", unreadable, "of the future")
    await road.hear_refund_due(other, other_payment, 150_000, good)
    await road.refund_now()
    assert await road.status(other_payment) == "refunded"
    await road.write("refund", "origin", unreadable, "booking")
    await road.refund_now()
    assert await road.status(payment_id) == "paid"
    await road.hurry("refund", "due_at", unreadable)
    await road.refund_now()
    assert await road.status(payment_id) == "refunded"


async def test_two_refunds_in_parts_give_back_the_whole(road: Road) -> None:
    booked, payment_id, _ = await road.paid()
    first, second = refund_id(), refund_id()
    await road.hear_refund_due(booked, payment_id, 75_000, first)
    await road.hear_refund_due(booked, payment_id, 75_000, second)
    await road.refund_now()
    assert await road.status(payment_id) == "partially_refunded"
    await road.hurry("refund", "due_at", second)
    await road.refund_now()
    assert (await road.status(payment_id), await road.held(payment_id)) == ("refunded", 0)
    refunded = [fact.refund_id for fact in await road.facts(payment_id) if isinstance(fact, PaymentRefunded)]
    assert sorted(refunded) == sorted([first, second])


async def test_asking_for_the_same_refund_again_gives_it_back_once(road: Road) -> None:
    booked, payment_id, charge_id = await road.paid()
    wanted = refund_id()
    for _ in range(3):
        await road.hear_refund_due(booked, payment_id, 50_000, wanted)
        await asyncio.gather(*(road.refund_now() for _ in range(3)))
    assert road.mercadopago.charges[charge_id].refunded == Money(50_000)
    assert await road.held(payment_id) == 100_000
    assert (await road.told(payment_id)).count("payment.refunded") == 1


async def test_a_refund_whose_answer_was_lost_is_found_and_not_made_again(road: Road) -> None:
    booked, payment_id, charge_id = await road.paid()
    wanted = refund_id()
    await road.hear_refund_due(booked, payment_id, 50_000, wanted)
    road.mercadopago.lose.append("refund")
    await road.refund_now()
    row = await road.row("SELECT status, problem FROM refund WHERE id = $1", wanted)
    assert tuple(row.values()) == ("sent", "UnansweredError ReadTimeout")
    # Even a MercadoPago that has forgotten the key must not give the money back twice.
    road.mercadopago.refunds_by_key.clear()
    await road.hurry("refund", "due_at", wanted)
    await road.refund_now()
    assert road.mercadopago.charges[charge_id].refunded == Money(50_000)
    assert (await road.row("SELECT status FROM refund WHERE id = $1", wanted))["status"] == "done"
    assert await road.cases(wanted) == []


async def test_a_webhook_that_overtakes_the_refund_s_own_answer_books_it_once(road: Road) -> None:
    booked, payment_id, charge_id = await road.paid()
    wanted = refund_id()
    await road.hear_refund_due(booked, payment_id, 50_000, wanted)
    road.mercadopago.lose.append("refund")
    await road.refund_now()
    assert await road.see_now(charge_id) == "applied"
    assert (await road.row("SELECT status FROM refund WHERE id = $1", wanted))["status"] == "done"
    await road.refund_now()
    assert (await road.told(payment_id)).count("payment.refunded") == 1
    assert (await road.facts(payment_id))[-1].refund_id == wanted


async def test_no_more_goes_back_than_was_captured(road: Road) -> None:
    booked, payment_id, charge_id = await road.paid()
    first, second, third = refund_id(), refund_id(), refund_id()
    for wanted in (first, second, third):
        await road.hear_refund_due(booked, payment_id, 100_000, wanted)
        await road.refund_now()
    assert road.mercadopago.charges[charge_id].refunded == Money(150_000)
    assert [await road.refund_status(each) for each in (first, second, third)] == ["done", "done", "blocked"]
    # Booking asked for more than there ever was: nobody else gave it back.
    assert (await road.cases(second), await road.cases(third)) == (["refund_exceeds_capture"],) * 2


async def test_a_refund_of_what_was_never_paid_is_a_case(road: Road) -> None:
    booked = await road.book()
    payment_id = await road.begin(booked)
    unpaid, unknown = refund_id(), refund_id()
    await road.hear_refund_due(booked, payment_id, 100, unpaid)
    await road.hear_refund_due(Booked(), PaymentId(new_id()), 100, unknown)
    await road.refund_now()
    assert await road.cases(unpaid) == ["refund_exceeds_capture"]
    assert await road.cases(unknown) == ["refund_without_payment"]


async def test_a_refund_already_made_by_hand_is_not_made_again(road: Road) -> None:
    booked, payment_id, charge_id = await road.paid()
    wanted = refund_id()
    road.mercadopago.give_back(charge_id, Money(150_000))
    await road.hear_refund_due(booked, payment_id, 150_000, wanted)
    await road.refund_now()
    # Asked for under our key it was refused; what had been done by hand is what we wanted.
    assert (await road.row("SELECT status FROM refund WHERE id = $1", wanted))["status"] == "done"
    assert (await road.status(payment_id), await road.held(payment_id)) == ("refunded", 0)
    assert road.mercadopago.charges[charge_id].refunded == Money(150_000)


async def test_a_refund_refused_for_good_waits_for_a_person(road: Road) -> None:
    booked, payment_id, _ = await road.paid()
    wanted = refund_id()
    await road.hear_refund_due(booked, payment_id, 150_000, wanted)
    road.mercadopago.fail.append(RefusedError(400, frozenset({"2024"})))
    await road.refund_now()
    row = await road.row("SELECT status, problem, due_at FROM refund WHERE id = $1", wanted)
    assert tuple(row.values()) == ("refused", "http-400 2024", None)
    assert await road.cases(wanted) == ["refund_refused"]


async def test_a_bad_state_may_pass_and_is_a_case_only_when_it_stays(road: Road) -> None:
    booked, payment_id, charge_id = await road.paid()
    wanted = refund_id()
    await road.hear_refund_due(booked, payment_id, 150_000, wanted)
    road.mercadopago.shown[charge_id] = road.mercadopago.charges[charge_id]
    road.mercadopago.settle(charge_id, ChargeStatus.IN_MEDIATION)
    assert await road.refund_in_rounds(wanted, 9) == [1, 2, 4, 8, 16, 32, 64, 128, 256]
    assert (await road.cases(wanted), await road.refund_status(wanted)) == ([], "sent")
    await road.refund_in_rounds(wanted, 1)
    assert (await road.cases(wanted), await road.refund_status(wanted)) == (["refund_refused"], "refused")
    assert await road.status(payment_id) == "paid"


async def test_already_refunded_by_an_answer_that_was_lost_is_waited_for_while_it_is_not_shown(road: Road) -> None:
    booked, payment_id, charge_id = await road.paid()
    wanted = refund_id()
    await road.hear_refund_due(booked, payment_id, 150_000, wanted)
    road.mercadopago.shown[charge_id] = road.mercadopago.charges[charge_id]
    road.mercadopago.lose.append("refund")
    await road.refund_now()
    road.mercadopago.refunds_by_key.clear()
    await road.refund_in_rounds(wanted, 3)
    row = await road.row("SELECT status, problem FROM refund WHERE id = $1", wanted)
    assert tuple(row.values()) == ("sent", "http-400 4296")
    road.mercadopago.shown.clear()
    await road.refund_in_rounds(wanted, 1)
    assert (await road.refund_status(wanted), await road.cases(wanted)) == ("done", [])
    assert (await road.facts(payment_id))[-1].refund_id == wanted
    assert await road.rows("SELECT FROM refund WHERE intent_id = $1 AND origin = 'external'", payment_id) == []


async def test_a_refusal_does_not_undo_what_a_webhook_settled_meanwhile(road: Road) -> None:
    booked, payment_id, charge_id = await road.paid()
    wanted = refund_id()
    await road.hear_refund_due(booked, payment_id, 150_000, wanted)
    async with road.uow.begin(SCOPE) as work:
        due = await store.lock_due_refund(work)
        taken = await refunds._take(work, due) if due is not None else None
    assert taken is not None
    road.mercadopago.give_back(charge_id, Money(150_000))
    await road.see_now(charge_id)
    await refunds._refused(road.context, SCOPE, taken, RefusedError(400, frozenset({"2024"})))
    assert (await road.refund_status(wanted), await road.cases(wanted)) == ("done", [])


async def test_a_refund_accepted_and_never_carried_out_is_asked_for_once_and_told_to_a_person(road: Road) -> None:
    booked, payment_id, charge_id = await road.paid()
    wanted = refund_id()
    road.mercadopago.refunds_stay = "in_process"
    await road.hear_refund_due(booked, payment_id, 50_000, wanted)
    waits = await road.refund_in_rounds(wanted, 16)
    assert (waits[:4], waits[-1]) == ([1, 2, 4, 8], 900)
    assert road.mercadopago.keys.count(f"rf:{wanted}") == 1
    assert (await road.refund_status(wanted), await road.cases(wanted)) == ("sent", ["refund_fails"])
    road.mercadopago.decide(charge_id, done=True)
    await road.refund_in_rounds(wanted, 1)
    assert (await road.refund_status(wanted), await road.held(payment_id)) == ("done", 100_000)
    assert await road.open_cases(wanted) == []


@pytest.mark.parametrize("first", ["in_process", "rejected"])
async def test_a_refund_that_mercadopago_rejects_is_a_case_at_once_and_holds_up_no_other(
    road: Road, first: str
) -> None:
    booked, payment_id, charge_id = await road.paid()
    wanted, other = refund_id(), refund_id()
    road.mercadopago.refunds_stay = first
    await road.hear_refund_due(booked, payment_id, 50_000, wanted)
    await road.refund_in_rounds(wanted, 1)
    if first == "in_process":
        road.mercadopago.decide(charge_id, done=False)
        await road.refund_in_rounds(wanted, 1)
    assert (await road.refund_status(wanted), await road.cases(wanted)) == ("refused", ["refund_failed"])
    road.mercadopago.refunds_stay = ""
    await road.hear_refund_due(booked, payment_id, 20_000, other)
    await road.refund_now()
    assert (await road.refund_status(other), await road.held(payment_id)) == ("done", 130_000)


async def test_a_rejected_refund_that_is_carried_out_after_all_is_the_one_that_was_asked_for(road: Road) -> None:
    booked, payment_id, charge_id = await road.paid()
    wanted = refund_id()
    road.mercadopago.refunds_stay = "rejected"
    await road.hear_refund_due(booked, payment_id, 50_000, wanted)
    await road.refund_now()
    road.mercadopago.charges[charge_id] = replace(
        road.mercadopago.charges[charge_id],
        refunds=tuple(replace(each, failed=False) for each in road.mercadopago.charges[charge_id].refunds),
    )
    road.mercadopago.decide(charge_id, done=True)
    await road.see_now(charge_id)
    assert (await road.refund_status(wanted), (await road.facts(payment_id))[-1].refund_id) == ("done", wanted)


@pytest.mark.parametrize(
    "error",
    [NotAcceptedError("http-429", 1), UnansweredError("http-500"), RefusedError(401), NotAcceptedError("busy")],
)
async def test_a_refund_is_tried_until_mercadopago_answers(road: Road, error: Exception) -> None:
    booked, payment_id, _ = await road.paid()
    wanted = refund_id()
    await road.hear_refund_due(booked, payment_id, 150_000, wanted)
    road.mercadopago.fail += [error, error]  # type: ignore[list-item]  # parametrize loses the type
    for _ in range(3):
        await road.hurry("refund", "due_at", wanted)
        await usecases.make_due_refunds(road.context, SCOPE)
    assert await road.status(payment_id) == "refunded"
