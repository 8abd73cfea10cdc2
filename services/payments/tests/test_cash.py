"""Cash: offered where its money can come in time, held for as long as it may take, closed when the ticket is over."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from services.payments.tests.builders import EMAIL, Booked, Road

from common.money import Money
from contracts.booking import BookingHoldMoved
from contracts.payments import PaymentPending
from payments.clients import RefusedError, UnansweredError
from payments.domain.charge import ChargeId, ChargeStatus
from payments.domain.slow import MethodTooSlow, here_by, hold_until, slow_expiry

WEEKS = timedelta(days=20)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}-03:00")


def slug(reply: httpx.Response) -> str:
    return str(reply.json()["type"].rpartition(":")[2])


async def ticket_of(road: Road, booked: Booked, method: str = "rapipago") -> tuple[dict[str, Any], ChargeId]:
    reply = await road.pay_with(booked, method)
    assert reply.status_code == 201, reply.text
    return reply.json(), next(reversed(road.mercadopago.orders))  # type: ignore[return-value]  # keys are charge ids


@pytest.mark.parametrize(
    ("expires", "ends"),
    [
        ("2026-11-23T10:00", "2026-11-25T10:00"),  # Monday -> Wednesday
        ("2026-11-26T10:00", "2026-11-30T10:00"),  # Thursday -> Monday
        ("2026-11-27T23:30", "2026-12-01T23:30"),  # Friday -> Tuesday, by Argentina's clock
        ("2026-11-28T10:00", "2026-12-01T10:00"),  # Saturday -> Tuesday
        ("2026-11-29T10:00", "2026-12-01T10:00"),  # Sunday -> Tuesday
        ("2026-11-19T10:00", "2026-11-24T10:00"),  # Thursday before a moved holiday -> Tuesday
        ("2027-12-07T10:00", "2027-12-10T10:00"),  # Tuesday before a holiday -> Friday
        ("2026-04-01T10:00", "2026-04-07T10:00"),  # Wednesday before Easter -> Tuesday
        ("2028-11-03T10:00", "2028-11-08T10:00"),  # Friday before the bankers' own day -> Wednesday
        ("2026-12-30T10:00", "2027-01-04T10:00"),  # over the end of a year
    ],
)
def test_the_money_of_a_ticket_may_take_two_working_days(expires: str, ends: str) -> None:
    assert hold_until(at(expires)) == at(ends)
    assert hold_until(at(expires).astimezone(UTC)) == at(ends)


def test_cash_is_for_appointments_later_than_its_money_may_come() -> None:
    now = at("2026-11-23T10:00")
    expires_at = slow_expiry(at("2026-11-26T11:01"), now, 1)
    assert expires_at == at("2026-11-24T11:00")
    for starts_at in (at("2026-11-26T11:00"), None):
        with pytest.raises(MethodTooSlow):
            slow_expiry(starts_at, now, 1)


@pytest.mark.parametrize("now", ["2026-11-25T10:00", "2026-11-29T10:00", "2026-11-30T10:00", "2026-12-01T09:59"])
def test_what_must_be_here_by_now_is_what_no_hold_would_still_wait_for(now: str) -> None:
    paid_at = here_by(at(now))
    assert hold_until(paid_at) <= at(now) < hold_until(paid_at + timedelta(days=1))


@pytest.mark.parametrize("method", ["rapipago", "pagofacil"])
async def test_a_ticket_says_where_and_until_when_it_is_paid(road: Road, method: str) -> None:
    made, charge_id = await ticket_of(road, await road.book(ahead=WEEKS), method)
    order = road.mercadopago.orders[charge_id]
    assert (made["status"], made["way"], made["method"]) == ("processing", method, None)
    assert made["ticket"] == {
        "url": f"http://fake/ticket/{charge_id}",
        "code": charge_id[-10:],
        "expiresAt": made["expiresAt"],
    }
    assert datetime.fromisoformat(made["expiresAt"]) == order.expires_at
    assert (order.means.method_id, order.means.payer.email) == (method, EMAIL)


async def test_the_same_ticket_is_shown_again_and_to_whoever_reads_the_payment(road: Road) -> None:
    booked = await road.book(ahead=WEEKS)
    made, _ = await ticket_of(road, booked)
    again, _ = await ticket_of(road, booked)
    read = await road.http.get(f"/api/v1/payments/{made['id']}", headers=road.tokens.bearer(booked.client_id))
    assert again["ticket"] == read.json()["ticket"] == made["ticket"]
    assert road.mercadopago.asked == ["create_payment"]


async def test_booking_is_told_how_long_to_hold_once_there_is_a_ticket_and_not_before(road: Road) -> None:
    booked = await road.book(ahead=WEEKS)
    made, _ = await ticket_of(road, booked)
    payment_id = await road.id_of(booked)
    begun, waiting = await road.facts(payment_id)
    assert isinstance(waiting, PaymentPending)
    assert (begun.hold_until, waiting.hold_until) == (None, hold_until(datetime.fromisoformat(made["expiresAt"])))


async def test_the_client_is_told_where_and_until_when_by_whoever_hears_of_the_ticket(road: Road) -> None:
    booked = await road.book(ahead=WEEKS)
    made, charge_id = await ticket_of(road, booked)
    begun, waiting = await road.facts(await road.id_of(booked))
    assert (begun.ticket, begun.pay_until) == (None, None)
    assert waiting.ticket.model_dump() == {
        "method": "rapipago",
        "url": f"http://fake/ticket/{charge_id}",
        "code": charge_id[-10:],
    }
    assert waiting.pay_until == datetime.fromisoformat(made["expiresAt"])


async def test_without_a_ticket_the_hold_is_not_moved(road: Road) -> None:
    booked = await road.book(ahead=WEEKS)
    road.mercadopago.fail.append(UnansweredError("ReadTimeout"))
    assert slug(await road.pay_with(booked, "rapipago")) == "payment-unavailable"
    assert [fact.hold_until for fact in await road.facts(await road.id_of(booked))] == [None]


async def test_an_appointment_too_soon_for_cash_is_refused_by_name(road: Road) -> None:
    booked = await road.book(ahead=timedelta(days=2))
    reply = await road.pay_with(booked, "rapipago")
    assert (reply.status_code, slug(reply)) == (409, "method-too-slow")
    assert road.mercadopago.asked == []
    assert (await road.pay_by_card(booked)).status_code == 201


async def test_a_lost_ticket_is_found_and_none_is_made_twice(road: Road) -> None:
    booked = await road.book(ahead=WEEKS)
    road.mercadopago.lose.append("create_payment")
    await road.pay_with(booked, "rapipago")
    made, charge_id = await ticket_of(road, booked)
    assert made["ticket"]["code"] == charge_id[-10:]
    assert road.mercadopago.asked == ["create_payment", "find_payments"]


async def test_a_refused_payer_is_corrected_under_the_same_payment(road: Road) -> None:
    booked = await road.book(ahead=WEEKS)
    road.mercadopago.fail.append(RefusedError(400, frozenset({"4050"})))
    assert slug(await road.pay_with(booked, "rapipago")) == "payer-refused"
    made, _ = await ticket_of(road, booked)
    assert await road.attempts(await road.id_of(booked)) == ["declined", "pending"]
    assert made["status"] == "processing"


async def test_a_ticket_refused_whose_expiry_came_near_makes_room_for_a_new_one(road: Road) -> None:
    booked = await road.book(ahead=WEEKS)
    road.mercadopago.fail.append(RefusedError(400, frozenset({"4050"})))
    await road.pay_with(booked, "rapipago")
    first = await road.id_of(booked)
    await road.write("intent", "expires_at", first, datetime.now(UTC) + timedelta(hours=23))
    assert slug(await road.pay_with(booked, "rapipago")) == "payment-changing"
    await road.close_now()
    made, _ = await ticket_of(road, booked)
    assert made["id"] != str(first)


async def test_cash_paid_in_time_confirms_the_booking(road: Road) -> None:
    booked = await road.book(ahead=WEEKS)
    made, charge_id = await ticket_of(road, booked)
    road.mercadopago.settle(charge_id, ChargeStatus.APPROVED, "accredited")
    await road.see_now(charge_id)
    payment_id = await road.id_of(booked)
    assert await road.told(payment_id) == ["payment.pending", "payment.pending", "payment.confirmed"]
    assert (await road.status(payment_id), await road.attempts(payment_id)) == ("paid", ["succeeded"])
    read = await road.http.get(f"/api/v1/payments/{made['id']}", headers=road.tokens.bearer(booked.client_id))
    assert (read.json()["method"], read.json()["ticket"]) == ("rapipago", None)


async def test_a_ticket_that_expired_closes_its_payment_and_another_way_is_open(road: Road) -> None:
    booked = await road.book(ahead=WEEKS)
    _, charge_id = await ticket_of(road, booked)
    first = await road.id_of(booked)
    road.mercadopago.settle(charge_id, ChargeStatus.CANCELLED, "expired")
    await road.look_now(first)
    assert await road.attempts(first) == ["declined"]
    await road.close_now()
    assert (await road.status(first), (await road.told(first))[-1]) == ("expired", "payment.closed")
    assert (await road.pay_by_card(booked)).json()["status"] == "paid"


async def test_cash_that_comes_as_the_hold_ends_is_money_and_not_closed(road: Road) -> None:
    booked = await road.book(ahead=WEEKS)
    _, charge_id = await ticket_of(road, booked)
    payment_id = await road.id_of(booked)

    async def paid() -> None:
        road.mercadopago.settle(charge_id, ChargeStatus.APPROVED, "accredited")

    road.mercadopago.meanwhile["cancel_payment"] = paid
    await road.hear_hold_due(booked, payment_id)
    await road.close_now()
    assert (await road.told(payment_id))[-1] == "payment.confirmed"


async def test_the_end_of_the_hold_cancels_the_ticket(road: Road) -> None:
    booked = await road.book(ahead=WEEKS)
    _, charge_id = await ticket_of(road, booked)
    payment_id = await road.id_of(booked)
    await road.hear_hold_due(booked, payment_id)
    await road.close_now()
    assert road.mercadopago.charges[charge_id].status is ChargeStatus.CANCELLED
    assert (await road.told(payment_id))[-1] == "payment.closed"


async def test_cash_that_comes_after_all_was_given_up_is_late_money(road: Road) -> None:
    booked = await road.book(ahead=WEEKS)
    road.mercadopago.fail.append(UnansweredError("ReadTimeout"))
    await road.pay_with(booked, "rapipago")
    payment_id = await road.id_of(booked)
    await road.hear_hold_due(booked, payment_id)
    await road.close_now()
    late = road.mercadopago.put(f"barber.{payment_id}", Money(booked.due))
    await road.see_now(late)
    assert (await road.status(payment_id), (await road.told(payment_id))[-1]) == ("paid_late", "payment.confirmed")


async def test_a_moved_hold_is_the_one_that_counts(road: Road) -> None:
    booked = await road.book(hold=timedelta(minutes=1), ahead=WEEKS)
    assert slug(await road.pay_by_card(booked)) == "booking-expired"
    await road.hear(booked.tell(BookingHoldMoved, hold_expires_at=datetime.now(UTC) + timedelta(days=3)))
    assert (await road.pay_by_card(booked)).status_code == 201


async def test_a_paid_way_is_not_asked_for_a_second_ticket(road: Road) -> None:
    booked = await road.book(ahead=WEEKS)
    await road.pay_by_card(booked)
    assert slug(await road.pay_with(booked, "rapipago")) == "already-paid"
