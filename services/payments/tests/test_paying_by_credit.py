"""Paying with credit: all of it at once or not at all, once, and back again when it is given back."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest
from services.payments.tests.builders import SCOPE, Road
from services.payments.tests.crediting import Purse, slug
from services.payments.tests.test_giving_back import desk_of
from services.payments.tests.test_methods import Switched, methods_for, switched

from common.testing import on_record
from contracts.booking import BookingCompleted, BookingConfirmed, BookingStatus
from contracts.ids import RefundId, new_id
from payments import usecases

__all__ = ["switched"]
DUE = 150_000


@pytest.fixture
async def purse(road: Road) -> Purse:
    return await Purse(road).opened(2 * DUE)


async def test_it_pays_at_once_and_nobody_is_asked(purse: Purse, road: Road) -> None:
    booked, payment_id = await purse.paid()
    assert await road.told(payment_id) == ["payment.pending", "payment.confirmed"]
    assert await purse.accounts(payment_id) == {"client_credit": DUE, "booking_held": -DUE}
    intent = await road.intent(payment_id)
    assert (intent["way"], intent["method"], intent["captured_minor"]) == ("credit", "credit", DUE)
    assert (await purse.balance(), await purse.kinds()) == (DUE, ["granted", "spent"])
    assert (await road.attempts(payment_id), road.mercadopago.asked) == ([], [])
    assert slug(await purse.pay(booked)) == "already-paid"


async def test_it_is_never_closed_looked_at_or_searched_for(purse: Purse, road: Road) -> None:
    booked, payment_id = await purse.paid()
    intent = await road.intent(payment_id)
    assert (intent["close_due_at"], await road.next_look(payment_id)) == (None, None)
    await road.hear_hold_due(booked, payment_id)
    await road.shut(payment_id)
    assert await road.next_look(payment_id) is None
    assert (await road.status(payment_id), road.mercadopago.asked) == ("paid", [])
    assert await road.cases(f"credit:{payment_id}") == []


async def test_less_than_what_is_wanted_is_refused_with_both_figures(purse: Purse) -> None:
    booked = await purse.book(due=2 * DUE + 1)
    refused = await purse.pay(booked)
    told = refused.json()
    assert (refused.status_code, slug(refused), told["credit"], told["wanted"]) == (
        409,
        "not-enough-credit",
        3000,
        3000.01,
    )
    assert await purse.balance() == 2 * DUE


async def test_nobody_pays_with_credit_that_it_never_had(road: Road) -> None:
    refused = await Purse(road).pay(await road.book())
    assert (slug(refused), refused.json()["credit"]) == ("not-enough-credit", 0)


async def test_another_client_cannot_pay_with_it(purse: Purse, road: Road) -> None:
    theirs = await road.book()
    auth = road.tokens.bearer(purse.client)
    body = {"bookingId": str(theirs.id), "method": "credit"}
    assert (await road.http.post("/api/v1/payments", json=body, headers=auth)).status_code == 404


async def test_the_same_key_pays_once(purse: Purse) -> None:
    booked, key = await purse.book(), {"Idempotency-Key": "pay-1"}
    first, again = await purse.pay(booked, headers=key), await purse.pay(booked, headers=key)
    assert (again.status_code, again.json()) == (201, first.json())
    assert await purse.balance() == DUE


async def test_two_payments_of_one_credit_at_once_exactly_one_wins(road: Road) -> None:
    purse = await Purse(road).opened(DUE)
    bookings = [await purse.book() for _ in range(4)]
    replies = await asyncio.gather(*(purse.pay(each) for each in bookings))
    assert sorted(reply.status_code for reply in replies) == [201, 409, 409, 409]
    assert {slug(reply) for reply in replies if reply.status_code == 409} == {"not-enough-credit"}
    assert (await purse.balance(), await purse.kinds()) == (0, ["granted", "spent"])


async def test_two_payments_of_one_booking_at_once_exactly_one_wins(purse: Purse) -> None:
    booked = await purse.book()
    replies = await asyncio.gather(*(purse.pay(booked) for _ in range(4)))
    assert sorted(reply.status_code for reply in replies) == [201, 409, 409, 409]
    assert await purse.balance() == DUE


async def test_the_database_itself_lets_nobody_spend_more_than_there_is(purse: Purse, road: Road) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        async with road.uow.begin(SCOPE) as work:
            query = "UPDATE credit_account SET balance_minor = -1 WHERE client_id = $1"
            await work.connection.execute(query, purse.client)


@pytest.mark.parametrize("table", ["credit_account", "credit_movement"])
async def test_the_application_deletes_none_of_it(road: Road, table: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with road.uow.begin(SCOPE) as work:
            await work.connection.execute(f"DELETE FROM {table}")  # noqa: S608 - names from this test


async def test_a_page_that_is_open_is_closed_first(purse: Purse, road: Road) -> None:
    booked = await purse.book()
    first = await road.begin(booked)
    refused = await purse.pay(booked)
    assert (slug(refused), await purse.balance()) == ("payment-changing", 2 * DUE)
    await road.close_now()
    assert (await road.status(first), (await purse.pay(booked)).json()["status"]) == ("cancelled", "paid")


async def test_too_little_credit_leaves_an_open_page_as_it_is(road: Road) -> None:
    purse = await Purse(road).opened(DUE - 1)
    booked = await purse.book()
    first = await road.begin(booked)
    assert slug(await purse.pay(booked)) == "not-enough-credit"
    await road.close_now()
    assert await road.status(first) == "awaiting_payer"


async def test_late_money_of_a_page_before_is_late_money(purse: Purse, road: Road) -> None:
    booked = await purse.book()
    first = await road.begin(booked)
    charge_id = road.pay(first)
    await purse.pay(booked)
    await road.close_now()
    assert (await road.status(first), road.mercadopago.charges[charge_id].status) == ("paid", "approved")
    assert (slug(await purse.pay(booked)), await purse.balance()) == ("already-paid", 2 * DUE)


async def test_the_switch_keeps_it_from_new_payments(purse: Purse, switched: Switched) -> None:
    booked = await purse.book()
    async with switched(paused_methods=["credit"]) as off:
        refused = await off.ask(booked, {"method": "credit"})
        assert (refused.status_code, slug(refused)) == (503, "method-paused")
        assert (await methods_for(off, booked))["credit"] == "method-paused"
    assert (await purse.pay(booked)).status_code == 201


async def test_it_is_offered_where_it_covers_all(purse: Purse, road: Road) -> None:
    assert (await methods_for(road, await purse.book()))["credit"] is None
    assert (await methods_for(road, await purse.book(due=2 * DUE + 1)))["credit"] == "not-enough-credit"


async def test_balances_and_tips_are_paid_with_it_too(road: Road) -> None:
    purse = await Purse(road).opened(600_000)
    booked, _ = await purse.paid()
    await road.hear(booked.tell(BookingConfirmed, BookingStatus.CONFIRMED))
    rest = await purse.pay(booked, purpose="balance")
    assert (rest.json()["amount"], rest.json()["status"]) == (3500, "paid")
    await road.hear(booked.tell(BookingCompleted, BookingStatus.COMPLETED))
    tip = await purse.pay(booked, purpose="tip", tip=1000)
    assert (tip.json()["amount"], tip.json()["status"], await purse.balance()) == (1000, "paid", 0)


async def test_a_provider_earns_of_it_as_of_any_payment(purse: Purse, road: Road) -> None:
    booked, payment_id = await purse.paid()
    await road.hear(booked.tell(BookingConfirmed, BookingStatus.CONFIRMED))
    await road.hear(booked.tell(BookingCompleted, BookingStatus.COMPLETED))
    await road.hurry("intent", "earn_due_at", payment_id)
    await usecases.earn_what_is_over(road.context, SCOPE)
    assert await purse.accounts(payment_id) == {
        "client_credit": DUE,
        "provider_payable": -131_850,
        "commission_revenue": -15_000,
        "vat_payable": -3_150,
    }


async def test_what_booking_gives_back_is_credit_again_and_nobody_is_asked(purse: Purse, road: Road) -> None:
    booked, payment_id = await purse.paid()
    part = await purse.refund(booked, payment_id, 50_000)
    assert (await road.refund_status(part), await road.status(payment_id)) == ("done", "partially_refunded")
    await purse.refund(booked, payment_id, 100_000)
    assert (await road.status(payment_id), await purse.accounts(payment_id)) == ("refunded", {})
    assert (await purse.balance(), await purse.kinds()) == (2 * DUE, ["granted", "spent", "returned", "returned"])
    assert await road.told(payment_id) == [
        "payment.pending",
        "payment.confirmed",
        "payment.refunded",
        "payment.refunded",
    ]
    assert (await road.cases(part), road.mercadopago.asked) == ([], [])
    assert [each.action for each in await on_record(road.uow, SCOPE, part)] == ["refund.asked", "refund.done"]


async def test_the_same_refund_again_gives_nothing_more(purse: Purse, road: Road) -> None:
    booked, payment_id = await purse.paid()
    refund_id = await purse.refund(booked, payment_id, 50_000)
    await road.hear_refund_due(booked, payment_id, 50_000, refund_id)
    await road.hurry("refund", "due_at", refund_id)
    await road.write("refund", "status", refund_id, "due")
    await usecases.make_due_refunds(road.context, SCOPE)
    assert (await purse.balance(), await road.held(payment_id)) == (DUE + 50_000, DUE - 50_000)


async def test_many_workers_give_each_refund_back_once(purse: Purse, road: Road) -> None:
    booked, payment_id = await purse.paid()
    for _ in range(3):
        await road.hear_refund_due(booked, payment_id, 50_000, RefundId(new_id()))
    await asyncio.gather(*(usecases.make_due_refunds(road.context, SCOPE) for _ in range(4)))
    await road.refund_now()
    assert (await road.status(payment_id), await purse.balance()) == ("refunded", 2 * DUE)


async def test_never_more_goes_back_than_was_spent(purse: Purse, road: Road) -> None:
    booked, payment_id = await purse.paid()
    more = await purse.refund(booked, payment_id, DUE + 1)
    assert (await road.refund_status(more), await road.cases(more)) == ("done", ["refund_exceeds_capture"])
    assert await purse.balance() == 2 * DUE


async def test_people_give_it_back_however_long_ago_it_was(purse: Purse, road: Road) -> None:
    _, payment_id = await purse.paid()
    await road.write("intent", "paid_at", payment_id, (await road.intent(payment_id))["paid_at"] - timedelta(days=200))
    desk = await desk_of(road)
    desk.payment_id = payment_id
    asked = await desk.ask(500)
    assert (asked.status_code, asked.json()["status"]) == (201, "due")
    await road.refund_now()
    assert (await purse.balance(), await road.status(payment_id)) == (DUE + 50_000, "partially_refunded")


async def test_of_a_client_who_is_erased_what_is_left_is_taken_back(purse: Purse, road: Road) -> None:
    booked, payment_id = await purse.paid()
    await purse.erase()
    await purse.erase()
    assert (await purse.balance(), await purse.kinds()) == (0, ["granted", "spent", "taken_back"])
    assert slug(await purse.grant(1)) == "unknown-client"
    await purse.refund(booked, payment_id, DUE)
    assert (await road.status(payment_id), await purse.balance()) == ("refunded", 0)
    assert (await purse.kinds())[-2:] == ["returned", "taken_back"]
    revenue = await road.row(
        "SELECT sum(p.amount_minor)::bigint AS minor FROM ledger_posting p JOIN ledger_transaction t"
        " ON t.id = p.transaction_id JOIN credit_movement m ON m.reference = t.reference"
        " WHERE client_id = $1 AND account = 'commission_revenue'",
        purse.client,
    )
    assert revenue["minor"] == 0


async def test_a_grant_that_waits_for_a_client_who_is_erased_is_given_nobody(purse: Purse) -> None:
    waiting = (await purse.grant(250_000)).json()["id"]
    await purse.erase()
    assert slug(await purse.decide(waiting, "approve", purse.second)) == "unknown-client"
    assert (await purse.decide(waiting, "reject", purse.second)).json()["status"] == "rejected"


async def test_a_grant_and_an_erasure_at_once_leave_nobody_with_credit(road: Road) -> None:
    for _ in range(5):
        purse = await Purse(road).opened(1)
        await asyncio.gather(purse.grant(100), purse.erase(), purse.grant(100))
        assert await purse.balance() == 0
