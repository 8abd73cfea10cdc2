"""The poller: what no webhook told of is found, while a payment is open and for a while after."""

from math import ceil

from services.payments.tests.builders import SCOPE, Road

from common.money import Money
from payments import usecases
from payments.clients import NotAcceptedError, UnansweredError
from payments.domain.charge import ChargeStatus
from payments.domain.reference import Reference

HOUR, DAY = 3600, 86_400


async def test_a_payment_whose_webhook_never_comes_is_found_by_looking(road: Road) -> None:
    payment_id = await road.begin(await road.book())
    road.pay(payment_id)
    await usecases.look_at_payments(road.context, SCOPE)
    assert await road.status(payment_id) == "awaiting_payer"
    await road.hurry("intent", "look_due_at", payment_id)
    await usecases.look_at_payments(road.context, SCOPE)
    assert await road.status(payment_id) == "paid"


async def test_one_that_cannot_be_read_waits_and_the_others_are_looked_at(road: Road) -> None:
    unreadable, good = await road.begin(await road.book()), await road.begin(await road.book())
    road.pay(good)
    await road.write("intent", "status", unreadable, "of the future")
    await road.hurry("intent", "look_due_at", unreadable)
    await road.hurry("intent", "look_due_at", good)
    await usecases.look_at_payments(road.context, SCOPE)
    await road.write("intent", "status", unreadable, "awaiting_payer")
    assert await road.status(good) == "paid"
    assert await road.next_look(unreadable) == DAY


async def test_looks_grow_farther_apart(road: Road) -> None:
    payment_id = await road.begin(await road.book())
    waits = []
    for _ in range(3):
        await road.hurry("intent", "look_due_at", payment_id)
        await usecases.look_at_payments(road.context, SCOPE)
        row = await road.row("SELECT look_due_at - app_now() AS wait FROM intent WHERE id = $1", payment_id)
        waits.append(ceil(row["wait"].total_seconds()))
    assert waits == [60, 90, 135]


async def test_one_that_is_over_is_looked_at_three_times_more(road: Road) -> None:
    _, payment_id, _ = await road.paid()
    await road.shut(payment_id)
    assert await road.next_look(payment_id) == HOUR
    waits = []
    for _ in range(3):
        await road.look_now(payment_id)
        waits.append(await road.next_look(payment_id))
    assert waits == [DAY, 7 * DAY, None]


async def test_money_after_the_closing_is_found_without_a_webhook(road: Road) -> None:
    booked = await road.book()
    payment_id = await road.begin(booked)
    await road.hear_hold_due(booked, payment_id)
    await road.close_now()
    assert await road.next_look(payment_id) == HOUR
    road.mercadopago.put(str(Reference(SCOPE, payment_id)), Money(150_000))
    await road.look_now(payment_id)
    assert (await road.status(payment_id), await road.held(payment_id)) == ("paid_late", 150_000)


async def test_a_refund_or_a_dispute_nobody_told_of_is_found_and_begins_the_looks_anew(road: Road) -> None:
    _, payment_id, charge_id = await road.paid()
    await road.shut(payment_id)
    await road.look_now(payment_id)
    road.mercadopago.give_back(charge_id, Money(50_000))
    await road.look_now(payment_id)
    assert (await road.status(payment_id), await road.next_look(payment_id)) == ("partially_refunded", HOUR)
    road.mercadopago.settle(charge_id, ChargeStatus.CHARGED_BACK)
    await road.look_now(payment_id)
    assert (await road.status(payment_id), await road.next_look(payment_id)) == ("disputed", HOUR)


async def test_a_look_that_fails_does_not_count(road: Road) -> None:
    _, payment_id, _ = await road.paid()
    await road.shut(payment_id)
    for _ in range(4):
        road.mercadopago.fail.append(NotAcceptedError("connection-refused"))
        await road.look_now(payment_id)
        wait = await road.next_look(payment_id)
        assert wait is not None
        assert 900 <= wait <= 900 * 1.2 + 1
    await road.look_now(payment_id)
    assert await road.next_look(payment_id) == DAY


async def test_what_could_still_become_money_after_the_end_is_cancelled(road: Road) -> None:
    booked = await road.book()
    payment_id = await road.begin(booked)
    await road.hear_hold_due(booked, payment_id)
    await road.close_now()
    undecided = road.mercadopago.put(str(Reference(SCOPE, payment_id)), Money(150_000), "CONT")
    await road.look_now(payment_id)
    await road.close_now()
    assert road.mercadopago.charges[undecided].status is ChargeStatus.CANCELLED
    assert await road.next_look(payment_id) == HOUR


async def test_one_whose_page_may_have_been_made_is_looked_at_too(road: Road) -> None:
    booked = await road.book()
    road.mercadopago.fail.append(UnansweredError("ReadTimeout"))
    assert (await road.ask(booked)).status_code == 503
    row = await road.row("SELECT look_due_at IS NOT NULL AS due FROM intent WHERE booking_id = $1", booked.id)
    assert row["due"]
