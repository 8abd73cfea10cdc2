"""Paying by card: one capture, whatever breaks in between; a token and a payer are kept no longer than needed."""

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx
import pytest
from services.payments.tests.builders import EMAIL, Road

from contracts.booking import BookingCreated
from contracts.ids import new_id
from payments.clients import NotAcceptedError, RefusedError, UnansweredError
from payments.domain.charge import ChargeStatus, Snapshot
from payments.domain.method import MOST_ATTEMPTS


def refusal(reply: httpx.Response) -> tuple[int, str]:
    return reply.status_code, reply.json()["type"].rpartition(":")[2]


async def captured(road: Road) -> int:
    return sum(each.status is ChargeStatus.APPROVED for each in road.mercadopago.charges.values())


async def test_a_card_that_is_approved_pays_at_once(road: Road) -> None:
    booked = await road.book(due=123_456)
    reply = await road.pay_by_card(booked, installments=3)
    made = reply.json()
    assert (reply.status_code, made["status"], made["way"], made["method"]) == (201, "paid", "card", "visa")
    assert (made["captured"], made["initPoint"], made["ticket"]) == (1234.56, None, None)
    payment_id = await road.id_of(booked)
    (order,) = road.mercadopago.orders.values()
    assert (order.amount.minor, order.means.card.installments if order.means.card else 0) == (123_456, 3)
    assert road.mercadopago.keys == [f"pi:{payment_id}:a1"]
    assert await road.told(payment_id) == ["payment.pending", "payment.confirmed"]
    assert await road.held(payment_id) == 123_456


async def test_a_card_under_review_is_processing_and_asked_for_once(road: Road) -> None:
    booked = await road.book()
    first, again = await road.pay_by_card(booked, "CONT"), await road.pay_by_card(booked, "APRO")
    assert (first.json()["status"], again.json()["id"]) == ("processing", first.json()["id"])
    payment_id = await road.id_of(booked)
    assert (await road.attempts(payment_id), road.mercadopago.asked) == (["pending"], ["create_payment"])
    (charge,) = road.mercadopago.charges.values()
    road.mercadopago.settle(charge.id, ChargeStatus.APPROVED)
    await road.see_now(charge.id)
    assert (await road.status(payment_id), await road.attempts(payment_id)) == ("paid", ["succeeded"])


async def test_a_declined_card_says_why_and_another_one_pays_as_another_attempt(road: Road) -> None:
    booked = await road.book()
    declined = await road.pay_by_card(booked, "FUND")
    assert refusal(declined) == (402, "card-declined")
    assert declined.json()["reason"] == "cc_rejected_insufficient_amount"
    payment_id = await road.id_of(booked)
    assert await road.status(payment_id) == "awaiting_payer"
    paid = await road.pay_by_card(booked)
    assert (paid.status_code, paid.json()["id"]) == (201, str(payment_id))
    assert road.mercadopago.keys == [f"pi:{payment_id}:a1", f"pi:{payment_id}:a2"]
    assert await road.attempts(payment_id) == ["declined", "succeeded"]
    assert await road.told(payment_id) == ["payment.pending", "payment.rejected", "payment.confirmed"]


async def test_so_many_cards_are_tried_for_one_payment_and_no_more(road: Road) -> None:
    booked = await road.book()
    for _ in range(MOST_ATTEMPTS):
        assert refusal(await road.pay_by_card(booked, "FUND")) == (402, "card-declined")
    assert refusal(await road.pay_by_card(booked)) == (409, "too-many-attempts")
    assert (len(road.mercadopago.asked), await captured(road)) == (MOST_ATTEMPTS, 0)


async def test_a_declined_card_sent_again_is_answered_without_asking(road: Road) -> None:
    booked, token = await road.book(), road.card_of("FUND")
    first, again = await road.pay_by_card(booked, token=token), await road.pay_by_card(booked, token=token)
    assert first.json() == again.json()
    assert road.mercadopago.asked == ["create_payment"]


async def test_an_answer_lost_after_the_deed_is_looked_for_and_paid_once(road: Road) -> None:
    booked, token = await road.book(), road.card_of()
    road.mercadopago.lose.append("create_payment")
    assert refusal(await road.pay_by_card(booked, token=token)) == (503, "payment-unavailable")
    payment_id = await road.id_of(booked)
    assert await road.attempts(payment_id) == ["unknown"]
    again = await road.pay_by_card(booked, token=token)
    assert (again.status_code, again.json()["status"]) == (201, "paid")
    assert road.mercadopago.asked == ["create_payment", "find_payments"]
    assert await captured(road) == 1


async def test_another_card_after_a_lost_answer_is_not_charged_when_the_first_one_was(road: Road) -> None:
    booked = await road.book()
    road.mercadopago.lose.append("create_payment")
    await road.pay_by_card(booked)
    assert (await road.pay_by_card(booked)).json()["status"] == "paid"
    assert await captured(road) == 1
    assert len(road.mercadopago.tokens) == 1


async def test_a_request_that_never_arrived_is_repeated_word_for_word_under_the_same_key(road: Road) -> None:
    booked, first = await road.book(), road.card_of()
    road.mercadopago.fail.append(UnansweredError("ReadTimeout"))
    await road.pay_by_card(booked, token=first)
    assert (await road.pay_by_card(booked)).json()["status"] == "paid"
    payment_id = await road.id_of(booked)
    assert road.mercadopago.keys == [f"pi:{payment_id}:a1"] * 2
    (order,) = road.mercadopago.orders.values()
    assert order.means.card is not None
    assert order.means.card.token == first


async def test_a_card_that_mercadopago_certainly_did_not_see_makes_room_for_another(road: Road) -> None:
    booked = await road.book()
    for _ in range(2):
        road.mercadopago.fail.append(NotAcceptedError("connection-refused"))
        await road.pay_by_card(booked)
    token = road.card_of()
    assert (await road.pay_by_card(booked, token=token)).json()["status"] == "paid"
    (order,) = road.mercadopago.orders.values()
    assert order.means.card is not None
    assert order.means.card.token == token
    assert road.mercadopago.keys == [f"pi:{await road.id_of(booked)}:a1"] * 3
    assert "find_payments" not in road.mercadopago.asked


async def test_a_try_not_accepted_says_nothing_of_the_one_before(road: Road) -> None:
    booked = await road.book()
    road.mercadopago.lose.append("create_payment")
    await road.pay_by_card(booked)
    road.mercadopago.fail.append(NotAcceptedError("connection-refused"))
    await road.pay_by_card(booked)
    assert (await road.pay_by_card(booked)).json()["status"] == "paid"
    assert await captured(road) == 1


async def test_when_the_card_left_undecided_is_declined_the_new_one_is_tried(road: Road) -> None:
    booked = await road.book()
    road.mercadopago.lose.append("create_payment")
    await road.pay_by_card(booked, "FUND")
    paid = await road.pay_by_card(booked)
    assert (paid.status_code, paid.json()["status"]) == (201, "paid")
    payment_id = await road.id_of(booked)
    assert road.mercadopago.keys == [f"pi:{payment_id}:a1", f"pi:{payment_id}:a2"]
    assert await road.attempts(payment_id) == ["declined", "succeeded"]


@pytest.mark.parametrize("loses", [True, False])
async def test_a_webhook_that_comes_before_the_answer_counts_once(road: Road, *, loses: bool) -> None:
    booked = await road.book()
    made = road.mercadopago.create_payment

    async def told_first(order: Any, key: str) -> Any:
        snapshot = await made(order, key)
        for _ in range(2):
            await road.see_now(snapshot.id)
        if loses:
            raise UnansweredError("ReadTimeout")
        return snapshot

    road.mercadopago.create_payment = told_first  # type: ignore[method-assign]
    reply = await road.pay_by_card(booked)
    assert (reply.status_code, reply.json()["status"]) == (201, "paid")
    payment_id = await road.id_of(booked)
    assert await road.told(payment_id) == ["payment.pending", "payment.confirmed"]
    assert await road.attempts(payment_id) == ["succeeded"]


async def test_the_poller_finds_what_an_unanswered_request_made(road: Road) -> None:
    booked = await road.book()
    road.mercadopago.lose.append("create_payment")
    await road.pay_by_card(booked)
    payment_id = await road.id_of(booked)
    assert (await road.kept(payment_id))[0]["payer"]["email"] == EMAIL
    await road.look_now(payment_id)
    assert (await road.status(payment_id), await road.kept(payment_id)) == ("paid", [])


@pytest.mark.parametrize("holder", ["APRO", "CONT", "FUND"])
async def test_neither_token_nor_payer_is_kept_once_the_attempt_is_decided(road: Road, holder: str) -> None:
    booked, token, email = await road.book(), road.card_of(holder), f"{new_id()}@ejemplo.com.ar"
    await road.pay_by_card(booked, token=token, payer={"email": email})
    payment_id = await road.id_of(booked)
    assert await road.kept(payment_id) == []
    everything = [
        str(dict(row))
        for table in ("intent", "attempt", "charge", "outbox", "idempotency", "audit_entry", "reconciliation_case")
        for row in await road.rows(f"SELECT * FROM {table}")  # noqa: S608 - names of this test
    ]
    assert not [row for row in everything if token in row or email in row]


async def test_an_attempt_never_answered_forgets_its_payer_with_the_hold(road: Road) -> None:
    booked = await road.book()
    road.mercadopago.fail.append(UnansweredError("ReadTimeout"))
    await road.pay_by_card(booked)
    payment_id = await road.id_of(booked)
    await road.hear_hold_due(booked, payment_id)
    await road.close_now()
    assert (await road.status(payment_id), await road.kept(payment_id)) == ("cancelled", [])


async def test_tokens_and_payers_stand_in_no_log(road: Road, capsys: pytest.CaptureFixture[str]) -> None:
    booked, token = await road.book(), road.card_of("FUND")
    await road.pay_by_card(booked, token=token)
    road.mercadopago.fail.append(RefusedError(400, frozenset({"4050"})))
    await road.pay_by_card(booked)
    road.mercadopago.fail.append(UnansweredError("ReadTimeout"))
    await road.pay_by_card(booked)
    written = "".join(capsys.readouterr())
    assert "payment" in written
    assert EMAIL not in written
    assert token not in written


async def test_several_requests_at_once_charge_once(road: Road) -> None:
    booked, token = await road.book(), road.card_of()
    replies = await asyncio.gather(*(road.pay_by_card(booked, token=token) for _ in range(5)))
    # One that comes after the money is told that it is paid.
    assert {refusal(reply)[1] if reply.status_code != 201 else "paid" for reply in replies} <= {"paid", "already-paid"}
    assert (await captured(road), road.mercadopago.asked) == (1, ["create_payment"])


async def test_a_repeated_key_is_answered_from_the_store(road: Road) -> None:
    booked, token, headers = await road.book(), road.card_of(), {"Idempotency-Key": str(new_id())}
    first, again = [await road.pay_by_card(booked, token=token, headers=headers) for _ in range(2)]
    assert (again.json(), again.headers["idempotent-replayed"]) == (first.json(), "true")


async def test_another_way_to_pay_closes_the_first_one_before(road: Road) -> None:
    booked = await road.book()
    on_page = await road.begin(booked)
    for _ in range(2):
        assert refusal(await road.pay_by_card(booked)) == (409, "payment-changing")
    await road.close_now()
    assert await road.status(on_page) == "cancelled"
    assert not road.mercadopago.pages[road.page_of(on_page)].open
    assert (await road.pay_by_card(booked, "CONT")).json()["id"] != str(on_page)


async def test_the_page_is_asked_for_once_a_card_under_review_is_cancelled(road: Road) -> None:
    booked = await road.book()
    await road.pay_by_card(booked, "CONT")
    by_card = await road.id_of(booked)
    assert refusal(await road.ask(booked)) == (409, "payment-changing")
    await road.close_now()
    (charge,) = road.mercadopago.charges.values()
    assert (charge.status, await road.status(by_card)) == (ChargeStatus.CANCELLED, "cancelled")
    assert (await road.ask(booked)).json()["way"] == "checkout_pro"


async def test_a_payment_that_the_search_does_not_show_yet_is_not_closed_over(road: Road) -> None:
    booked = await road.book()
    await road.pay_by_card(booked, "CONT")
    payment_id, search = await road.id_of(booked), road.mercadopago.find_payments

    async def shows_nothing(external_reference: str) -> Sequence[Snapshot]:
        return []

    road.mercadopago.find_payments = shows_nothing  # type: ignore[method-assign]
    await road.hear_hold_due(booked, payment_id)
    await road.close_now()
    assert await road.status(payment_id) == "processing"
    road.mercadopago.find_payments = search  # type: ignore[method-assign]
    await road.shut(payment_id)
    (charge,) = road.mercadopago.charges.values()
    assert (charge.status, await road.status(payment_id)) == (ChargeStatus.CANCELLED, "expired")


async def test_another_amount_closes_the_payment_begun(road: Road) -> None:
    booked = await road.book()
    await road.pay_by_card(booked, "CONT")
    booked.due = 99_900
    await road.hear(booked.tell(BookingCreated))
    assert refusal(await road.pay_by_card(booked)) == (409, "payment-changing")


async def test_a_payment_made_while_it_was_given_up_is_given_back_or_cancelled(road: Road) -> None:
    booked = await road.book()

    async def hold_ended() -> None:
        await road.hear_hold_due(booked, await road.id_of(booked))

    road.mercadopago.meanwhile["create_payment"] = hold_ended
    assert refusal(await road.pay_by_card(booked, "CONT")) == (409, "booking-expired")
    await road.close_now()
    payment_id = await road.id_of(booked)
    (charge,) = road.mercadopago.charges.values()
    assert charge.status is ChargeStatus.CANCELLED
    assert (await road.told(payment_id))[-1] == "payment.closed"
