"""Balances and tips by ticket and by bank transfer: nothing waits for them, and late money is never lost."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from services.payments.tests.builders import SCOPE, Booked, Road, drain
from services.payments.tests.test_purposes import DUE, PRICE, confirmed, late, refusal, served
from services.payments.tests.till import Till
from services.payments.tests.transferring import Counter

from contracts.booking import BookingCancelled, BookingPaid, BookingStatus
from contracts.ids import PaymentId
from payments import usecases
from payments.domain.charge import ChargeId, ChargeStatus
from payments.domain.slow import here_by

PAST = timedelta(seconds=-1)
LONG_PAST = timedelta(days=-9)


@pytest.fixture
async def counter(till: Till) -> Counter:
    return Counter(till)


async def pay_until(road: Road, payment_id: PaymentId, ahead: timedelta) -> None:
    """The payer's time ends or ended then, and what is over is closed."""
    await road.write("intent", "expires_at", payment_id, datetime.now(UTC) + ahead)
    await usecases.close_run_out_pages(road.context, SCOPE)
    await road.close_now()


async def transfer(counter: Counter, booked: Booked, **wish: Any) -> tuple[PaymentId, str]:
    reply = await counter.till.road.ask(booked, {"method": "transfer"} | wish)
    assert reply.status_code == 201, reply.text
    return PaymentId(await counter.till.road.id_of(booked)), reply.json()["transfer"]["reference"]


async def test_a_balance_is_paid_with_a_ticket_however_near_the_appointment_is(road: Road) -> None:
    booked = await confirmed(road)
    made = (await road.pay_with(booked, "rapipago", purpose="balance")).json()
    assert (made["status"], made["purpose"], made["amount"]) == ("processing", "balance", (PRICE - DUE) / 100)
    ends = datetime.fromisoformat(made["expiresAt"]) - datetime.now(UTC)
    assert timedelta(days=1) < ends < timedelta(days=1, hours=2)
    payment_id = await road.id_of(booked)
    charge_id = ChargeId(next(reversed(road.mercadopago.orders)))
    road.mercadopago.settle(charge_id, ChargeStatus.APPROVED, "accredited")
    await road.see_now(charge_id)
    assert await road.status(payment_id) == "paid"
    assert await refusal(road, booked, purpose="balance") == (409, "nothing-due")


async def test_no_hold_is_asked_for_what_nothing_waits_for(counter: Counter) -> None:
    road = counter.till.road
    booked = await confirmed(road)
    payment_id, code = await transfer(counter, booked, purpose="balance")
    (told,) = await road.facts(payment_id)
    assert (told.hold_until, told.transfer.reference, told.purpose.value) == (None, code, "balance")
    assert told.pay_until == (await road.intent(payment_id))["expires_at"]


async def test_a_tip_by_transfer_is_the_providers_whole(counter: Counter) -> None:
    road = counter.till.road
    booked = await served(road)
    payment_id, code = await transfer(counter, booked, purpose="tip", tip=700.5)
    counter.arrive(700_50, code)
    await counter.look()
    await road.hurry("intent", "earn_due_at", payment_id)
    await drain(usecases.earn_what_is_over, road.context, SCOPE)
    assert await road.status(payment_id) == "paid"
    assert await counter.balances(payment_id) == {"bank": 700_50, "provider_payable": -700_50}
    assert await refusal(road, booked, purpose="tip", tip=5, method="transfer") == (409, "tip-given")


async def test_asking_again_gives_the_same_ticket_and_the_same_reference(counter: Counter) -> None:
    road = counter.till.road
    booked = await served(road)
    _, code = await transfer(counter, booked, purpose="balance")
    assert (await transfer(counter, booked, purpose="balance"))[1] == code
    wish = {"purpose": "tip", "tip": 500}
    first, again = [(await road.pay_with(booked, "pagofacil", **wish)).json() for _ in range(2)]
    assert first["ticket"] == again["ticket"] is not None


async def test_what_ran_out_is_closed_once_its_money_would_be_here(counter: Counter) -> None:
    road = counter.till.road
    booked = await served(road)
    by_transfer, _ = await transfer(counter, booked, purpose="balance")
    await road.pay_with(booked, "rapipago", purpose="tip", tip=500)
    by_ticket = await road.id_of(booked)
    for payment_id, standing in ((by_transfer, "awaiting_payer"), (by_ticket, "processing")):
        await pay_until(road, payment_id, PAST)
        assert await road.status(payment_id) == standing
        await pay_until(road, payment_id, LONG_PAST)
        assert (await road.status(payment_id), (await road.told(payment_id))[-1]) == ("expired", "payment.closed")


async def test_another_may_be_asked_for_once_the_time_of_the_first_is_over(counter: Counter) -> None:
    road = counter.till.road
    booked = await confirmed(road)
    first, _ = await transfer(counter, booked, purpose="balance")
    await pay_until(road, first, PAST)
    assert await refusal(road, booked, purpose="balance") == (409, "payment-changing")
    await road.close_now()
    assert await road.begin(booked, purpose="balance") != first


async def test_a_balance_transferred_late_counts_once_booking_took_it(counter: Counter) -> None:
    road = counter.till.road
    booked = await confirmed(road)
    payment_id, code = await transfer(counter, booked, purpose="balance")
    await pay_until(road, payment_id, LONG_PAST)
    counter.arrive(PRICE - DUE, code)
    await counter.look()
    assert await road.status(payment_id) == "paid_late"
    await road.hear(booked.tell(BookingPaid, BookingStatus.CONFIRMED, payment_id=payment_id))
    assert await road.status(payment_id) == "paid"


async def test_a_late_tip_of_a_ticket_is_as_good_as_any(road: Road) -> None:
    booked = await served(road)
    await road.pay_with(booked, "rapipago", purpose="tip", tip=500)
    payment_id = await road.id_of(booked)
    await pay_until(road, payment_id, LONG_PAST)
    await road.see_now(await late(road, payment_id))
    assert await road.status(payment_id) == "paid"


async def test_a_cancelled_booking_closes_the_transfer_of_its_balance(counter: Counter) -> None:
    road = counter.till.road
    booked = await confirmed(road)
    payment_id, _ = await transfer(counter, booked, purpose="balance")
    await road.hear(booked.tell(BookingCancelled, BookingStatus.CANCELLED))
    await road.close_now()
    assert await road.status(payment_id) == "cancelled"


def test_the_past_of_these_tests_is_past_however_many_days_are_no_working_days() -> None:
    now = datetime.now(UTC)
    assert now + LONG_PAST <= here_by(now)
