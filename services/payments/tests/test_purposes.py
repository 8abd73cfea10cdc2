"""What is paid beyond the due: the rest of the price, and tips."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from services.payments.tests.builders import SCOPE, Booked, Road, drain

from common.money import Money
from contracts.booking import BookingCancelled, BookingCompleted, BookingConfirmed, BookingPaid, BookingStatus
from contracts.ids import PaymentId
from payments import usecases
from payments.domain.charge import ChargeId
from payments.domain.reference import Reference

PRICE, DUE = 500_000, 150_000


async def confirmed(road: Road) -> Booked:
    """A booking whose deposit is paid."""
    booked, _, _ = await road.paid(due=DUE)
    await road.hear(booked.tell(BookingConfirmed, BookingStatus.CONFIRMED))
    return booked


async def served(road: Road) -> Booked:
    booked = await confirmed(road)
    await road.hear(booked.tell(BookingCompleted, BookingStatus.COMPLETED))
    return booked


async def refusal(road: Road, booked: Booked, **body: Any) -> tuple[int, str]:
    reply = await road.ask(booked, body)
    return reply.status_code, reply.json()["type"].rpartition("/")[2].rpartition(":")[2]


async def run_out(road: Road, payment_id: PaymentId) -> None:
    """The page's time is over."""
    async with road.uow.begin(SCOPE) as work:
        await work.connection.execute(
            "UPDATE intent SET expires_at = app_now() - interval '1 s' WHERE id = $1", payment_id
        )
    await usecases.close_run_out_pages(road.context, SCOPE)
    await road.close_now()


async def late(road: Road, payment_id: PaymentId) -> ChargeId:
    """Somebody had paid just before the page was shut, and MercadoPago tells of it now."""
    amount = Money((await road.intent(payment_id))["amount_minor"])
    return road.mercadopago.put(str(Reference(SCOPE, payment_id)), amount)


async def test_the_rest_of_the_price_is_asked_for_once_the_booking_is_confirmed(road: Road) -> None:
    booked = await confirmed(road)
    made = (await road.ask(booked, {"purpose": "balance"})).json()
    assert (made["purpose"], made["amount"]) == ("balance", (PRICE - DUE) / 100)
    ends = datetime.fromisoformat(made["expiresAt"])
    assert timedelta(minutes=59) < ends - datetime.now(UTC) < timedelta(minutes=61)


async def test_a_held_booking_is_asked_for_its_deposit_first(road: Road) -> None:
    assert await refusal(road, await road.book(due=DUE), purpose="balance") == (409, "not-confirmed-yet")


@pytest.mark.parametrize("purpose", ["balance", "tip"])
async def test_a_cancelled_booking_collects_nothing_more(road: Road, purpose: str) -> None:
    booked = await confirmed(road)
    await road.hear(booked.tell(BookingCancelled, BookingStatus.CANCELLED))
    assert await refusal(road, booked, purpose=purpose, tip=5 if purpose == "tip" else None) == (
        409,
        "booking-cancelled",
    )


async def test_a_whole_price_leaves_no_balance(road: Road) -> None:
    booked, _, _ = await road.paid(due=PRICE)
    await road.hear(booked.tell(BookingConfirmed, BookingStatus.CONFIRMED))
    assert await refusal(road, booked, purpose="balance") == (409, "nothing-due")


async def test_a_paid_balance_is_told_by_its_purpose_and_leaves_nothing_to_pay(road: Road) -> None:
    booked = await confirmed(road)
    payment_id = await road.begin(booked, purpose="balance")
    await road.see_now(road.pay(payment_id))
    (*_, told) = await road.facts(payment_id)
    assert (told.topic, told.purpose.value, told.captured.minor) == ("payment.confirmed", "balance", PRICE - DUE)
    assert await refusal(road, booked, purpose="balance") == (409, "nothing-due")


async def test_asking_for_the_balance_twice_gives_the_same_page(road: Road) -> None:
    booked = await confirmed(road)
    first, again = [(await road.ask(booked, {"purpose": "balance"})).json() for _ in range(2)]
    assert first == again


async def test_a_page_of_a_balance_that_ran_out_is_closed_and_another_may_be_asked_for(road: Road) -> None:
    booked = await confirmed(road)
    payment_id = await road.begin(booked, purpose="balance")
    await run_out(road, payment_id)
    assert await road.status(payment_id) == "expired"
    assert await road.begin(booked, purpose="balance") != payment_id


async def test_a_page_that_ran_out_and_is_not_closed_yet_is_not_given_again(road: Road) -> None:
    booked = await confirmed(road)
    payment_id = await road.begin(booked, purpose="balance")
    async with road.uow.begin(SCOPE) as work:
        await work.connection.execute("UPDATE intent SET expires_at = app_now() WHERE id = $1", payment_id)
    assert await refusal(road, booked, purpose="balance") == (409, "payment-changing")


async def test_a_deposit_is_never_closed_by_its_page_alone(road: Road) -> None:
    payment_id = await road.begin(await road.book(due=DUE))
    await run_out(road, payment_id)
    assert await road.status(payment_id) == "awaiting_payer"


async def test_a_late_balance_counts_once_booking_took_it(road: Road) -> None:
    booked = await confirmed(road)
    payment_id = await road.begin(booked, purpose="balance")
    await run_out(road, payment_id)
    await road.see_now(await late(road, payment_id))
    assert await road.status(payment_id) == "paid_late"
    await road.hear(booked.tell(BookingPaid, BookingStatus.CONFIRMED, payment_id=payment_id))
    assert await road.status(payment_id) == "paid"


async def test_a_tip_is_for_a_service_that_was_given(road: Road) -> None:
    assert await refusal(road, await confirmed(road), purpose="tip", tip=500) == (409, "tip-too-early")


@pytest.mark.parametrize("tip", [None, 100_000.01])
async def test_a_tip_of_nothing_or_of_too_much_is_refused(road: Road, tip: float | None) -> None:
    for booked in (await served(road), await confirmed(road)):
        assert await refusal(road, booked, purpose="tip", tip=tip) == (422, "invalid-tip")


@pytest.mark.parametrize("purpose", [None, "due", "balance"])
async def test_a_tip_beside_another_purpose_is_not_dropped_unseen(road: Road, purpose: str | None) -> None:
    wish = {"tip": 100} | ({"purpose": purpose} if purpose is not None else {})
    reply = await road.ask(await confirmed(road), wish)
    assert (reply.status_code, reply.json()["type"]) == (422, "urn:barberpro:problem:invalid-tip")
    assert reply.json()["fields"] == [{"field": "purpose", "reason": "not_of_this_purpose"}]


@pytest.mark.parametrize(
    ("wish", "wrong"),
    [
        ({"method": "card"}, ("card", "needed_by_this_method")),
        ({"method": "rapipago"}, ("payer", "needed_by_this_method")),
        ({"payer": {"email": "ana@example.com"}}, ("payer", "not_of_this_method")),
    ],
)
async def test_what_a_method_needs_or_does_not_take_is_named(
    road: Road, wish: dict[str, Any], wrong: tuple[str, str]
) -> None:
    reply = await road.ask(Booked(), wish)
    assert reply.status_code == 422
    assert reply.json()["fields"] == [dict(zip(("field", "reason"), wrong, strict=True))]


async def test_a_tip_is_the_providers_whole(road: Road) -> None:
    booked = await served(road)
    payment_id = await road.begin(booked, purpose="tip", tip=700.5)
    await road.see_now(road.pay(payment_id))
    await road.hurry("intent", "earn_due_at", payment_id)
    await drain(usecases.earn_what_is_over, road.context, SCOPE)
    rows = await road.rows(
        "SELECT account, sum(amount_minor) AS minor FROM ledger_posting p JOIN ledger_transaction t"
        " ON t.id = p.transaction_id WHERE intent_id = $1 GROUP BY 1 HAVING sum(amount_minor) < 0",
        payment_id,
    )
    assert {row["account"]: int(row["minor"]) for row in rows} == {"provider_payable": -700_50}


async def test_one_tip_is_paid_for_a_booking(road: Road) -> None:
    booked = await served(road)
    payment_id = await road.begin(booked, purpose="tip", tip=500)
    await road.see_now(road.pay(payment_id))
    assert await refusal(road, booked, purpose="tip", tip=500) == (409, "tip-given")


async def test_another_tip_closes_the_page_of_the_first(road: Road) -> None:
    booked = await served(road)
    first = await road.begin(booked, purpose="tip", tip=500)
    assert await refusal(road, booked, purpose="tip", tip=900) == (409, "payment-changing")
    await road.close_now()
    second = await road.begin(booked, purpose="tip", tip=900)
    assert (await road.status(first), (await road.intent(second))["amount_minor"]) == ("cancelled", 900_00)


async def test_a_late_tip_is_as_good_as_any(road: Road) -> None:
    booked = await served(road)
    payment_id = await road.begin(booked, purpose="tip", tip=500)
    await run_out(road, payment_id)
    await road.see_now(await late(road, payment_id))
    assert await road.status(payment_id) == "paid"


async def test_deposit_and_balance_may_be_open_at_once(road: Road) -> None:
    """A balance outlives nothing of the due: each purpose has its own page."""
    booked = await confirmed(road)
    balance = await road.begin(booked, purpose="balance")
    rows = await road.rows("SELECT id, purpose FROM intent WHERE booking_id = $1 ORDER BY id", booked.id)
    assert [row["purpose"] for row in rows] == ["due", "balance"]
    assert rows[-1]["id"] == balance


async def test_a_late_balance_of_a_service_that_is_over_is_earned(road: Road) -> None:
    booked = await served(road)
    payment_id = await road.begin(booked, purpose="balance")
    await run_out(road, payment_id)
    await road.see_now(await late(road, payment_id))
    await road.hear(booked.tell(BookingPaid, BookingStatus.COMPLETED, payment_id=payment_id))
    await drain(usecases.earn_what_is_over, road.context, SCOPE)
    assert (await road.intent(payment_id))["earned"]


async def test_goodwill_is_not_asked_back(road: Road) -> None:
    booked, _, charge_id = await road.paid(due=PRICE)
    await road.hear(booked.tell(BookingConfirmed, BookingStatus.CONFIRMED))
    road.mercadopago.give_back(charge_id, Money(50_000))
    await road.see_now(charge_id)
    assert await refusal(road, booked, purpose="balance") == (409, "nothing-due")


async def test_installments_are_of_what_is_paid(road: Road) -> None:
    booked = await confirmed(road)
    path = f"/api/v1/payments/installments?bookingId={booked.id}&bin=450995&paymentMethodId=visa&purpose=balance"
    found = (await road.http.get(path, headers=road.tokens.bearer(booked.client_id))).json()
    assert found["items"][0]["totalAmount"] == (PRICE - DUE) / 100


async def test_the_ways_to_pay_are_those_for_the_purpose(road: Road) -> None:
    booked = await confirmed(road)
    auth, path = road.tokens.bearer(booked.client_id), f"/api/v1/payments/methods?bookingId={booked.id}&purpose=balance"
    found = (await road.http.get(path, headers=auth)).json()["items"]
    assert {one["id"]: one["refusal"] for one in found if one["id"] in {"card", "rapipago"}} == {
        "card": None,
        "rapipago": None,
    }


@pytest.mark.parametrize("purpose", ["balance", "tip"])
async def test_a_page_whose_time_ran_out_while_it_was_made_is_no_end_of_the_booking(road: Road, purpose: str) -> None:
    booked = await served(road)

    async def runs_out() -> None:
        await run_out(road, await road.id_of(booked))

    road.mercadopago.meanwhile["create_preference"] = runs_out
    wish = {"purpose": purpose} | ({"tip": 500} if purpose == "tip" else {})
    assert await refusal(road, booked, **wish) == (409, "payment-page-expired")
    await road.close_now()
    assert (await road.ask(booked, wish)).status_code == 201


async def test_a_balance_paid_by_card_while_its_time_ran_out_may_be_asked_for_again(road: Road) -> None:
    booked = await served(road)

    async def runs_out() -> None:
        await run_out(road, await road.id_of(booked))

    road.mercadopago.meanwhile["create_payment"] = runs_out
    reply = await road.pay_by_card(booked, "CONT", purpose="balance")
    assert (reply.status_code, reply.json()["type"].rpartition(":")[2]) == (409, "payment-page-expired")
