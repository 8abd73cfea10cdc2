"""Closing: no money slips in, whatever happens at the same moment."""

from datetime import timedelta

import pytest
from services.payments.tests.builders import SCOPE, TRACE, Booked, Road

from common.telemetry import trace_id_of
from common.testing import published
from contracts.booking import BookingCancelled, BookingConfirmed, BookingCreated, BookingExpired, BookingStatus
from contracts.ids import PaymentId, new_id
from contracts.payments import PaymentClosed
from payments import usecases
from payments.clients import NotAcceptedError, RefusedError, UnansweredError
from payments.domain.charge import ChargeId, ChargeStatus


async def test_a_hold_that_ran_out_is_answered_with_closed_once_mercadopago_takes_no_more(road: Road) -> None:
    booked = await road.book()
    payment_id = await road.begin(booked)
    await road.hear_hold_due(booked, payment_id)
    assert await road.status(payment_id) == "awaiting_payer"
    await road.close_now()
    assert await road.status(payment_id) == "expired"
    with pytest.raises(RefusedError):
        road.pay(payment_id)
    closed = (await published(road.uow, SCOPE, payment_id))[-1]
    assert isinstance(closed.data, PaymentClosed)
    assert (closed.data.status, closed.data.captured.minor) == ("expired", 0)
    assert trace_id_of(closed.traceparent) == trace_id_of(TRACE)


async def test_the_page_is_closed_before_payments_are_looked_for(road: Road) -> None:
    booked = await road.book()
    payment_id = await road.begin(booked)
    await road.hear_hold_due(booked, payment_id)
    await road.close_now()
    verbs = road.mercadopago.asked
    assert verbs.index("close_preference") < verbs.index("find_payments")


async def test_money_that_came_before_the_page_was_closed_is_answered_with_confirmed(road: Road) -> None:
    booked = await road.book()
    payment_id = await road.begin(booked)
    road.pay(payment_id)
    await road.hear_hold_due(booked, payment_id)
    await road.close_now()
    assert await road.status(payment_id) == "paid"
    assert await road.told(payment_id) == ["payment.pending", "payment.confirmed"]


async def authorized(road: Road) -> tuple[Booked, PaymentId, ChargeId]:
    """A card's money is put aside and not taken."""
    booked = await road.book()
    payment_id = await road.begin(booked)
    charge_id = road.pay(payment_id, "CONT")
    road.mercadopago.settle(charge_id, ChargeStatus.AUTHORIZED)
    await road.see_now(charge_id)
    assert await road.status(payment_id) == "authorized"
    return booked, payment_id, charge_id


async def test_an_authorized_payment_that_is_cancelled_there_is_closed_here_and_may_be_tried_anew(road: Road) -> None:
    booked, payment_id, charge_id = await authorized(road)
    road.mercadopago.settle(charge_id, ChargeStatus.CANCELLED)
    assert await road.see_now(charge_id) == "applied"
    assert (await road.status(payment_id), await road.cases(charge_id)) == ("authorized", [])
    assert (await road.ask(booked)).status_code == 409
    await road.close_now()
    assert (await road.status(payment_id), (await road.told(payment_id))[-1]) == ("cancelled", "payment.closed")
    with pytest.raises(RefusedError):
        road.pay(payment_id)
    assert await road.begin(booked) != payment_id


async def test_an_authorized_payment_is_cancelled_by_the_closing(road: Road) -> None:
    booked, payment_id, charge_id = await authorized(road)
    await road.hear_hold_due(booked, payment_id)
    await road.close_now()
    assert road.mercadopago.charges[charge_id].status is ChargeStatus.CANCELLED
    assert (await road.status(payment_id), await road.cases(charge_id)) == ("cancelled", [])
    assert (await road.told(payment_id))[-1] == "payment.closed"


async def test_another_payment_under_review_is_waited_for_after_an_authorized_one_is_cancelled(road: Road) -> None:
    _, payment_id, charge_id = await authorized(road)
    other = road.pay(payment_id, "CONT")
    await road.see_now(other)
    road.mercadopago.settle(charge_id, ChargeStatus.CANCELLED)
    assert await road.see_now(charge_id) == "applied"
    await road.close_now()
    assert await road.status(payment_id) == "authorized"
    road.mercadopago.settle(other, ChargeStatus.APPROVED)
    await road.see_now(other)
    assert await road.status(payment_id) == "paid"


async def test_a_payment_under_review_is_cancelled_there_and_closed_here(road: Road) -> None:
    booked = await road.book()
    payment_id = await road.begin(booked)
    charge_id = road.pay(payment_id, "CONT")
    await road.see_now(charge_id)
    await road.hear_hold_due(booked, payment_id)
    await road.close_now()
    assert road.mercadopago.charges[charge_id].status is ChargeStatus.CANCELLED
    assert await road.status(payment_id) == "expired"
    assert (await road.told(payment_id))[-1] == "payment.closed"


async def test_a_review_that_ends_well_while_it_is_being_cancelled_is_money(road: Road) -> None:
    booked = await road.book()
    payment_id = await road.begin(booked)
    charge_id = road.pay(payment_id, "CONT")

    async def approved() -> None:
        road.mercadopago.settle(charge_id, ChargeStatus.APPROVED)

    road.mercadopago.meanwhile["cancel_payment"] = approved
    await road.hear_hold_due(booked, payment_id)
    await road.close_now()
    assert await road.status(payment_id) == "paid"


async def test_a_page_whose_answer_was_lost_is_closed_too(road: Road) -> None:
    booked = await road.book()
    road.mercadopago.lose.append("create_preference")
    await road.ask(booked)
    (row,) = await road.rows("SELECT id FROM intent WHERE booking_id = $1", booked.id)
    payment_id = PaymentId(row["id"])
    await road.hear_hold_due(booked, payment_id)
    await road.close_now()
    assert not road.mercadopago.pages[road.page_of(payment_id)].open
    assert await road.status(payment_id) == "cancelled"


async def test_a_page_made_while_the_payment_was_given_up_is_closed_and_not_shown(road: Road) -> None:
    booked = await road.book()

    async def cancelled() -> None:
        await road.hear(booked.tell(BookingCancelled, BookingStatus.CANCELLED))

    road.mercadopago.meanwhile["create_preference"] = cancelled
    reply = await road.ask(booked)
    assert (reply.status_code, reply.json()["type"]) == (409, "urn:barberpro:problem:booking-expired")
    await road.close_now()
    row = await road.row("SELECT id FROM intent WHERE booking_id = $1", booked.id)
    payment_id = PaymentId(row["id"])
    assert not road.mercadopago.pages[road.page_of(payment_id)].open
    assert (await road.status(payment_id), (await road.told(payment_id))[-1]) == ("cancelled", "payment.closed")


async def test_nothing_is_closed_while_a_page_is_being_made(road: Road) -> None:
    booked = await road.book()
    road.mercadopago.lose.append("create_preference")
    await road.ask(booked)
    (row,) = await road.rows("SELECT id FROM intent WHERE booking_id = $1", booked.id)
    payment_id = PaymentId(row["id"])
    async with road.uow.begin(SCOPE) as work:
        busy = "UPDATE attempt SET busy_until = app_now() + interval '30 s' WHERE intent_id = $1"
        await work.connection.execute(busy, payment_id)
    await road.hear_hold_due(booked, payment_id)
    await road.close_now()
    assert await road.status(payment_id) == "created"


@pytest.mark.parametrize(
    ("kind", "status", "ends"),
    [
        (BookingCancelled, BookingStatus.CANCELLED, "cancelled"),
        (BookingExpired, BookingStatus.EXPIRED, "expired"),
    ],
)
async def test_a_booking_that_is_over_closes_its_open_payment(
    road: Road, kind: type[BookingExpired], status: BookingStatus, ends: str
) -> None:
    booked = await road.book()
    payment_id = await road.begin(booked)
    await road.hear(booked.tell(kind, status))
    assert (await road.ask(booked)).status_code == 409
    await road.close_now()
    assert await road.status(payment_id) == ends


async def test_a_booking_that_another_payment_confirmed_closes_the_open_one(road: Road) -> None:
    """The first was given up, the second begun, and then the first was paid after all."""
    booked = await road.book()
    first = await road.begin(booked)
    await road.hear_hold_due(booked, first)
    await road.close_now()
    second = await road.begin(booked)
    assert second != first
    offer = next(page.offer for page in road.mercadopago.pages.values() if str(first) in page.offer.external_reference)
    await road.see_now(road.mercadopago.put(offer.external_reference, offer.amount))
    await road.hear(booked.tell(BookingConfirmed, BookingStatus.CONFIRMED))
    await road.close_now()
    assert [await road.status(each) for each in (first, second)] == ["paid", "cancelled"]


async def test_closing_goes_on_until_mercadopago_answers(road: Road) -> None:
    booked = await road.book()
    payment_id = await road.begin(booked)
    await road.hear_hold_due(booked, payment_id)
    road.mercadopago.fail += [UnansweredError("ReadTimeout"), NotAcceptedError("connection-refused")]
    for expected in ("awaiting_payer", "awaiting_payer", "expired"):
        await road.hurry("intent", "close_due_at", payment_id)
        await usecases.close_due_payments(road.context, SCOPE)
        assert await road.status(payment_id) == expected
    assert (await road.intent(payment_id))["close_due_at"] is None


async def test_a_payment_that_cannot_be_cancelled_is_tried_less_and_less_often_and_told_to_a_person(road: Road) -> None:
    booked = await road.book()
    payment_id = await road.begin(booked)
    road.mercadopago.stubborn.add(road.pay(payment_id, "CONT"))
    await road.hear_hold_due(booked, payment_id)
    waits = []
    for _ in range(15):
        await road.hurry("intent", "close_due_at", payment_id)
        await usecases.close_due_payments(road.context, SCOPE)
        row = await road.row("SELECT close_due_at - app_now() AS wait FROM intent WHERE id = $1", payment_id)
        waits.append(row["wait"].total_seconds())
    # Each up to a fifth longer, and less what the test itself took.
    for wait, least in zip((*waits[:5], waits[-1]), (1, 2, 4, 8, 16, 300), strict=True):
        assert least - 1 < wait <= least * 1.2
    assert await road.open_cases(payment_id) == ["closing_fails"]
    road.mercadopago.stubborn.clear()
    await road.shut(payment_id)
    assert (await road.status(payment_id), await road.open_cases(payment_id)) == ("expired", [])


async def test_a_paid_page_is_shut_soon_and_a_second_payment_nobody_told_of_is_found_then(road: Road) -> None:
    _, payment_id, _ = await road.paid()
    second = road.pay(payment_id)
    await road.close_now()
    assert road.mercadopago.pages[road.page_of(payment_id)].open
    await road.hurry("intent", "close_due_at", payment_id)
    await road.close_now()
    with pytest.raises(RefusedError):
        road.pay(payment_id)
    await road.refund_now()
    assert road.mercadopago.charges[second].status is ChargeStatus.REFUNDED
    assert (await road.status(payment_id), await road.held(payment_id)) == ("paid", 150_000)


async def test_a_question_that_an_answer_overtook_is_answered_again(road: Road) -> None:
    booked = await road.book()
    payment_id = await road.begin(booked)
    await road.hear_hold_due(booked, payment_id)
    await road.close_now()
    await road.hear_hold_due(booked, payment_id)
    facts = await road.facts(payment_id)
    assert [type(fact) for fact in facts[-2:]] == [PaymentClosed, PaymentClosed]
    assert [fact.version for fact in facts] == [1, 2, 3]


async def test_a_question_about_a_paid_one_is_answered_with_confirmed(road: Road) -> None:
    booked, payment_id, _ = await road.paid()
    await road.hear_hold_due(booked, payment_id)
    assert await road.told(payment_id) == ["payment.pending", "payment.confirmed", "payment.confirmed"]


async def test_a_payment_nobody_knows_is_closed_at_once(road: Road) -> None:
    booked, payment_id = Booked(), PaymentId(new_id())
    await road.hear_hold_due(booked, payment_id)
    (closed,) = await road.facts(payment_id)
    assert isinstance(closed, PaymentClosed)
    assert (closed.booking_id, closed.amount.minor) == (booked.id, 150_000)
    await road.hear_hold_due(booked, payment_id)
    assert await road.told(payment_id) == ["payment.closed", "payment.closed"]


async def test_an_old_state_of_a_booking_changes_nothing(road: Road) -> None:
    booked = await road.book()
    newer = booked.tell(BookingCancelled, BookingStatus.CANCELLED)
    older = newer.model_copy(update={"version": 1, "status": BookingStatus.HELD})
    await road.hear(newer, older)
    await road.hear(older)
    row = await road.row("SELECT status, version FROM payable WHERE booking_id = $1", booked.id)
    assert tuple(row.values()) == ("cancelled", 2)


async def test_the_trace_of_a_booking_is_the_one_that_made_it(road: Road) -> None:
    booked = Booked()
    other = TRACE.replace("4bf9", "aaaa")
    created = booked.tell(BookingExpired).model_dump()
    await road.hear(booked.tell(BookingCancelled, BookingStatus.CANCELLED), traceparent=other)
    row = await road.row("SELECT traceparent FROM payable WHERE booking_id = $1", booked.id)
    assert row["traceparent"] == other
    await road.hear(BookingCreated(**created | {"version": 1, "hold_expires_at": None}), traceparent=TRACE)
    row = await road.row("SELECT traceparent, status FROM payable WHERE booking_id = $1", booked.id)
    assert tuple(row.values()) == (TRACE, "cancelled")


async def test_a_hold_is_not_given_up_by_itself(road: Road) -> None:
    booked = await road.book(hold=timedelta(minutes=3))
    payment_id = await road.begin(booked)
    await road.close_now()
    assert await road.status(payment_id) == "awaiting_payer"
