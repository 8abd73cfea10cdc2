"""Once the service is over, what was paid and stays is shared out: at once, late, in part, and back again."""

import pytest
from services.payments.tests.builders import SCOPE, Booked, Road

from common.money import Money
from contracts.booking import (
    BookingCancelled,
    BookingCompleted,
    BookingConfirmed,
    BookingExpired,
    BookingFact,
    BookingNoShow,
    BookingStatus,
)
from contracts.ids import PaymentId, RefundId, new_id
from payments import usecases
from payments.domain.charge import ChargeStatus
from payments.domain.reference import Reference

_PAID = 150_000
_SHARED_OUT = {"provider_payable": -131_850, "commission_revenue": -15_000, "vat_payable": -3_150}


async def balances(road: Road, payment_id: PaymentId) -> dict[str, int]:
    """What a payment left on the accounts, without what MercadoPago has."""
    rows = await road.rows(
        "SELECT p.account, sum(p.amount_minor) AS minor FROM ledger_posting p"
        " JOIN ledger_transaction t ON t.id = p.transaction_id"
        " WHERE t.intent_id = $1 AND p.account NOT LIKE 'psp%' GROUP BY 1 HAVING sum(p.amount_minor) <> 0",
        payment_id,
    )
    return {row["account"]: int(row["minor"]) for row in rows}


async def complete(road: Road, booked: Booked) -> None:
    await road.hear(booked.tell(BookingCompleted, BookingStatus.COMPLETED))
    await usecases.earn_what_is_over(road.context, SCOPE)


async def test_before_the_service_the_money_is_held_for_the_booking(road: Road) -> None:
    booked, payment_id, _ = await road.paid()
    await road.hear(booked.tell(BookingConfirmed, BookingStatus.CONFIRMED))
    await usecases.earn_what_is_over(road.context, SCOPE)
    assert await balances(road, payment_id) == {"booking_held": -_PAID}


async def test_a_service_rendered_is_shared_out_once(road: Road) -> None:
    booked, payment_id, _ = await road.paid()
    await complete(road, booked)
    await complete(road, booked)
    assert await balances(road, payment_id) == _SHARED_OUT


async def test_who_does_not_come_has_paid_for_the_chair(road: Road) -> None:
    booked, payment_id, _ = await road.paid()
    await road.hear(booked.tell(BookingNoShow, BookingStatus.NO_SHOW))
    await usecases.earn_what_is_over(road.context, SCOPE)
    assert await balances(road, payment_id) == _SHARED_OUT


async def test_of_a_cancelled_booking_only_what_does_not_go_back_is_earned(road: Road) -> None:
    booked, payment_id, _ = await road.paid()
    await road.hear(booked.tell(BookingCancelled, BookingStatus.CANCELLED))
    await usecases.earn_what_is_over(road.context, SCOPE)
    assert await balances(road, payment_id) == {"booking_held": -_PAID}, "its refund may still be told"
    await road.hear_refund_due(booked, payment_id, _PAID // 2, RefundId(new_id()))
    await road.hurry("intent", "earn_due_at", payment_id)
    await usecases.earn_what_is_over(road.context, SCOPE)
    assert await balances(road, payment_id) == {"booking_held": -_PAID}, "its refund is under way"
    await road.refund_now()
    await road.hurry("intent", "earn_due_at", payment_id)
    await usecases.earn_what_is_over(road.context, SCOPE)
    assert await balances(road, payment_id) == {account: minor // 2 for account, minor in _SHARED_OUT.items()}


async def test_a_refund_after_the_service_takes_its_part_of_everything_back(road: Road) -> None:
    booked, payment_id, charge_id = await road.paid()
    await complete(road, booked)
    road.mercadopago.give_back(charge_id, Money(_PAID))
    await road.see_now(charge_id)
    assert await balances(road, payment_id) == {}


async def test_money_that_comes_after_the_service_is_earned_as_well(road: Road) -> None:
    booked = await road.book()
    payment_id = await road.begin(booked)
    charge_id = road.pay(payment_id)
    await complete(road, booked)
    await road.see_now(charge_id)
    await usecases.earn_what_is_over(road.context, SCOPE)
    assert await balances(road, payment_id) == _SHARED_OUT


async def earn_in_a_while(road: Road, payment_id: PaymentId) -> None:
    """Nobody asks for it any more: it is due by itself."""
    assert (await road.intent(payment_id))["earn_due_at"] is not None
    await road.hurry("intent", "earn_due_at", payment_id)
    await usecases.earn_what_is_over(road.context, SCOPE)


async def came_late(road: Road) -> tuple[Booked, PaymentId]:
    """Its hold ran out, and then its money came."""
    booked = await road.book()
    payment_id = await road.begin(booked)
    await road.hear(booked.tell(BookingExpired, BookingStatus.EXPIRED))
    await road.close_now()
    await road.see_now(road.mercadopago.put(str(Reference(SCOPE, payment_id)), Money(_PAID)))
    return booked, payment_id


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize(
    ("fact", "over"),
    [
        (BookingCompleted, BookingStatus.COMPLETED),
        (BookingNoShow, BookingStatus.NO_SHOW),
        (BookingCancelled, BookingStatus.CANCELLED),
    ],
)
async def test_late_money_is_earned_though_the_end_is_read_before_that_it_was_taken(
    road: Road, fact: type[BookingFact], over: BookingStatus, *, together: bool
) -> None:
    booked, payment_id = await came_late(road)
    taken, ended = booked.tell(BookingConfirmed, BookingStatus.CONFIRMED), booked.tell(fact, over)
    if together:
        await road.hear(ended, taken)
    else:
        await road.hear(ended)
        await road.hear(taken)
    assert await road.status(payment_id) == "paid"
    await earn_in_a_while(road, payment_id)
    assert await balances(road, payment_id) == _SHARED_OUT


async def test_what_stays_of_late_money_is_earned_though_a_part_went_back_before_it_was_known_to_be_taken(
    road: Road,
) -> None:
    booked, payment_id = await came_late(road)
    taken = booked.tell(BookingConfirmed, BookingStatus.CONFIRMED)
    await road.hear(booked.tell(BookingCancelled, BookingStatus.CANCELLED))
    await road.hear_refund_due(booked, payment_id, _PAID // 2, RefundId(new_id()))
    await road.refund_now()
    await road.hear(taken)
    assert await road.status(payment_id) == "partially_refunded"
    await earn_in_a_while(road, payment_id)
    assert await balances(road, payment_id) == {account: minor // 2 for account, minor in _SHARED_OUT.items()}


async def test_late_money_that_booking_did_not_take_is_nobodys(road: Road) -> None:
    booked, payment_id = await came_late(road)
    await road.hear(booked.tell(BookingCancelled, BookingStatus.CANCELLED))
    await usecases.earn_what_is_over(road.context, SCOPE)
    assert (await road.status(payment_id), await road.held(payment_id)) == ("paid_late", _PAID)


async def test_what_is_contested_is_taken_from_the_provider_until_it_is_won(road: Road) -> None:
    booked, payment_id, charge_id = await road.paid()
    await complete(road, booked)
    await road.see(road.mercadopago.settle(charge_id, ChargeStatus.IN_MEDIATION))
    assert await balances(road, payment_id) == {"dispute_hold": _PAID, "booking_held": -_PAID}
    await road.see(road.mercadopago.settle(charge_id, ChargeStatus.APPROVED))
    assert await balances(road, payment_id) == _SHARED_OUT


async def test_a_surplus_payment_is_nobodys(road: Road) -> None:
    booked, payment_id, _ = await road.paid()
    second = road.pay(payment_id)
    await road.see_now(second)
    await road.refund_now()
    await complete(road, booked)
    assert await balances(road, payment_id) == _SHARED_OUT
