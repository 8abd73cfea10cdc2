"""How a withdrawal ends: when nothing of the price is left here, or with a person."""

from uuid import UUID

from services.payments.tests.builders import Road
from services.payments.tests.crediting import Purse
from services.payments.tests.withdrawing import ana, hurry

from contracts.booking import BookingConfirmed, BookingStatus
from contracts.ids import PaymentId, RefundId, new_id
from payments.domain.charge import ChargeId, ChargeStatus
from payments.domain.withdrawal import MOST_LOOKS


async def test_a_withdrawal_is_not_done_while_the_balance_is_still_to_go_back(road: Road) -> None:
    her = await ana(road)
    assert her.payment_id is not None
    await road.hear(her.booked.tell(BookingConfirmed, BookingStatus.CONFIRMED))
    balance = await road.begin(her.booked, purpose="balance")
    await road.see_now(road.pay(balance))
    asked = await her.proved()
    await her.cancelled()
    await road.hear_refund_due(her.booked, her.payment_id, 150_000, RefundId(new_id()), "withdrawal")
    await road.refund_now()
    await hurry(road, asked)
    assert await her.status(asked) == "refunding"
    rest = (await road.intent(balance))["amount_minor"]
    await road.hear_refund_due(her.booked, balance, rest, RefundId(new_id()), "balance")
    await road.refund_now()
    assert await her.status(asked) == "done"


async def test_money_that_a_lost_dispute_took_is_not_waited_for(road: Road) -> None:
    her = await ana(road)
    assert her.payment_id is not None
    asked = await her.proved()
    charge_id = ChargeId(next(iter(road.mercadopago.charges)))
    await road.see(road.mercadopago.settle(charge_id, ChargeStatus.CHARGED_BACK))
    await her.cancelled()
    refund = RefundId(new_id())
    await road.hear_refund_due(her.booked, her.payment_id, 150_000, refund, "withdrawal")
    await road.refund_now()
    assert await her.status(asked) == "refunding"
    await road.see(road.mercadopago.settle(charge_id, ChargeStatus.CHARGED_BACK, "settled"))
    assert await her.status(asked) == "done"


async def test_a_withdrawal_that_does_not_end_becomes_a_case_and_may_still_end(road: Road) -> None:
    her = await ana(road)
    assert her.payment_id is not None
    asked = await her.proved()
    await her.cancelled()
    await road.write("withdrawal", "looks", UUID(asked["id"]), MOST_LOOKS - 1)
    await hurry(road, asked)
    assert await her.status(asked) == "confirmed"
    assert await road.cases(asked["id"]) == ["withdrawal_unfinished"]
    row = await road.row("SELECT due_at FROM withdrawal WHERE id = $1", UUID(asked["id"]))
    assert row["due_at"] is None
    await road.hear_refund_due(her.booked, her.payment_id, 150_000, RefundId(new_id()), "withdrawal")
    await road.refund_now()
    assert await her.status(asked) == "done"
    assert await road.cases(asked["id"]) == ["withdrawal_unfinished"]


async def test_what_was_paid_with_credit_is_credit_again_and_then_the_withdrawal_is_done(road: Road) -> None:
    her = await ana(road, paid=False)
    purse = Purse(road, client=her.booked.client_id)
    assert (await purse.grant(1_500)).json()["status"] == "done"
    payment_id = PaymentId(UUID((await purse.pay(her.booked)).json()["id"]))
    asked = await her.proved()
    await her.cancelled()
    assert await purse.balance() == 0
    await road.hear_refund_due(her.booked, payment_id, 150_000, RefundId(new_id()), "withdrawal")
    await road.refund_now()
    assert (await her.status(asked), await purse.balance()) == ("done", 150_000)
    assert road.mercadopago.asked == []
