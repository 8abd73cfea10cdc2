"""Refunds: each made once, never more than was captured, whatever is lost on the way."""

import asyncio

import pytest
from services.payments.tests.builders import SCOPE, TRACE, Booked, Road

from common.money import Money
from common.telemetry import trace_id_of
from common.testing import published
from contracts.ids import PaymentId, RefundId, new_id
from contracts.payments import PaymentRefunded
from payments import usecases
from payments.clients import NotAcceptedError, RefusedError, UnansweredError
from payments.domain.charge import ChargeStatus


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
    first, second = refund_id(), refund_id()
    await road.hear_refund_due(booked, payment_id, 100_000, first)
    await road.refund_now()
    await road.hear_refund_due(booked, payment_id, 100_000, second)
    await road.refund_now()
    assert road.mercadopago.charges[charge_id].refunded == Money(100_000)
    assert await road.cases(second) == ["refund_exceeds_capture"]
    assert (await road.row("SELECT status, due_at FROM refund WHERE id = $1", second))["status"] == "blocked"


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


async def test_a_refused_refund_waits_for_a_person(road: Road) -> None:
    booked, payment_id, charge_id = await road.paid()
    wanted = refund_id()
    road.mercadopago.settle(charge_id, ChargeStatus.IN_MEDIATION)
    await road.hear_refund_due(booked, payment_id, 150_000, wanted)
    await road.refund_now()
    assert (await road.row("SELECT status, problem FROM refund WHERE id = $1", wanted))["problem"] == "http-400 2063"
    assert await road.cases(wanted) == ["refund_refused"]
    assert await road.status(payment_id) == "disputed"


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
