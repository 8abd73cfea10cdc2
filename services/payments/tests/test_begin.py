"""Beginning to pay: one intent, one page, whatever breaks in between."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from services.payments.tests.builders import MINUTE, SCOPE, TRACE, Booked, Road

from common.telemetry import trace_id_of
from common.testing import published
from contracts.booking import BookingCancelled, BookingConfirmed, BookingCreated, BookingExpired, BookingStatus
from contracts.ids import AccountId, BookingId, PaymentId, new_id
from payments import usecases
from payments.clients import NotAcceptedError, RefusedError, UnansweredError
from payments.domain.payable import PaymentUnavailable
from payments.domain.purpose import Wish


async def test_a_held_booking_is_given_a_page_and_a_payment_is_told_of(road: Road) -> None:
    booked = await road.book(due=123_456)
    reply = await road.ask(booked)
    made = reply.json()
    assert reply.status_code == 201
    assert (made["bookingId"], made["status"], made["amount"], made["currency"]) == (
        str(booked.id),
        "awaiting_payer",
        1234.56,
        "ARS",
    )
    payment_id = PaymentId(UUID(made["id"]))
    page = road.mercadopago.pages[road.page_of(payment_id)]
    assert made["initPoint"].endswith(road.page_of(payment_id))
    assert page.offer.title == "Turno"
    assert page.offer.notification_url == "http://localhost:8080/api/v1/webhooks/mercadopago"
    (pending,) = await published(road.uow, SCOPE, payment_id)
    assert (pending.type, pending.sequence, pending.data.model_dump()["booking_id"]) == (
        "payment.pending",
        1,
        booked.id,
    )
    assert trace_id_of(pending.traceparent) == trace_id_of(TRACE)


async def test_the_page_closes_two_minutes_before_the_hold(road: Road) -> None:
    booked = await road.book(hold=timedelta(minutes=15))
    payment_id = await road.begin(booked)
    hold = (await road.row("SELECT hold_expires_at FROM payable WHERE booking_id = $1", booked.id))["hold_expires_at"]
    assert road.mercadopago.pages[road.page_of(payment_id)].offer.expires_at == hold - timedelta(minutes=2)


async def test_asking_again_gives_the_same_payment(road: Road) -> None:
    booked = await road.book()
    first, again = await road.ask(booked), await road.ask(booked)
    assert again.status_code == 201
    assert again.json() == first.json()
    assert road.mercadopago.asked == ["create_preference"]


async def test_a_repeated_key_is_answered_from_the_store(road: Road) -> None:
    booked, key = await road.book(), {"Idempotency-Key": str(new_id())}
    first, again = await road.ask(booked, **key), await road.ask(booked, **key)
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"


async def test_a_key_used_for_one_booking_is_refused_for_another_even_before_it_was_answered(road: Road) -> None:
    one, other = await road.book(), await road.book()
    other.client_id = one.client_id
    await road.hear(other.tell(BookingCreated))
    road.mercadopago.fail.append(UnansweredError("ReadTimeout"))
    key = {"Idempotency-Key": str(new_id())}
    assert (await road.ask(one, **key)).status_code == 503
    reply = await road.ask(other, **key)
    assert (reply.status_code, reply.json()["type"]) == (422, "urn:barberpro:problem:key-reused")


async def test_two_requests_at_once_make_one_payment_and_one_page(road: Road) -> None:
    booked = await road.book()
    replies = await asyncio.gather(*(road.ask(booked) for _ in range(6)))
    assert {reply.status_code for reply in replies} == {201}
    assert len({reply.json()["id"] for reply in replies}) == 1
    assert road.mercadopago.asked == ["create_preference"]


async def test_while_one_request_asks_mercadopago_another_waits_for_the_same_page(road: Road) -> None:
    booked = await road.book()
    replies: list[httpx.Response] = []

    async def another() -> None:
        replies.append(await road.ask(booked))

    road.mercadopago.meanwhile["create_preference"] = another
    assert (await road.ask(booked)).status_code == 201
    (waited,) = replies
    assert (waited.status_code, waited.json()["type"]) == (409, "urn:barberpro:problem:in-progress")
    assert waited.headers["retry-after"] == "1"
    assert road.mercadopago.asked == ["create_preference"]


async def test_a_booking_that_is_not_known_yet_is_to_be_asked_for_again(road: Road) -> None:
    reply = await road.ask(Booked())
    assert (reply.status_code, reply.json()["type"]) == (409, "urn:barberpro:problem:booking-not-visible")
    assert reply.headers["retry-after"] == "1"


@pytest.mark.parametrize(
    "booking_id",
    [
        UUID("5f0c7f4e-0000-4000-8000-000000000000"),
        UUID("01999999-0000-7000-8000-000000000000"),
        UUID("ffffffff-ffff-7000-8000-000000000000"),
    ],
)
async def test_a_booking_that_nobody_can_be_telling_of_any_more_is_not_found(road: Road, booking_id: UUID) -> None:
    reply = await road.ask(Booked(id=BookingId(booking_id)))
    assert (reply.status_code, reply.json()["type"]) == (404, "urn:barberpro:problem:not-found")


async def test_a_booking_whose_event_arrives_meanwhile_is_paid_at_once(road: Road) -> None:
    booked = Booked()
    asking = asyncio.create_task(road.ask(booked))
    await asyncio.sleep(0)
    await road.hear(booked.tell(BookingCreated))
    assert (await asking).status_code == 201


async def test_anothers_booking_is_not_found(road: Road) -> None:
    booked = await road.book()
    booked.client_id = AccountId(new_id())
    assert (await road.ask(booked)).status_code == 404
    assert road.mercadopago.asked == []


async def test_nobody_without_a_token_pays(road: Road) -> None:
    reply = await road.http.post("/api/v1/payments", json={"bookingId": str(new_id())})
    assert reply.status_code == 401


@pytest.mark.parametrize("body", [{}, {"bookingId": "x"}, {"bookingId": str(new_id()), "amount": 1}])
async def test_a_wrong_body_is_refused(road: Road, body: dict[str, object]) -> None:
    headers = road.tokens.bearer(AccountId(new_id()))
    assert (await road.http.post("/api/v1/payments", json=body, headers=headers)).status_code == 422


@pytest.mark.parametrize(
    ("kind", "status", "slug"),
    [
        (BookingExpired, BookingStatus.EXPIRED, "booking-expired"),
        (BookingCancelled, BookingStatus.CANCELLED, "booking-cancelled"),
        (BookingConfirmed, BookingStatus.CONFIRMED, "already-paid"),
        (BookingCreated, BookingStatus.PENDING, "not-approved-yet"),
    ],
)
async def test_a_booking_that_is_not_held_cannot_be_paid(
    road: Road, kind: type[BookingCreated], status: BookingStatus, slug: str
) -> None:
    booked = await road.book()
    await road.hear(booked.tell(kind, status))
    reply = await road.ask(booked)
    assert (reply.status_code, reply.json()["type"]) == (409, f"urn:barberpro:problem:{slug}")


async def test_a_booking_with_nothing_due_cannot_be_paid(road: Road) -> None:
    reply = await road.ask(await road.book(due=0))
    assert (reply.status_code, reply.json()["type"]) == (409, "urn:barberpro:problem:nothing-due")


async def test_a_hold_about_to_end_cannot_be_paid(road: Road) -> None:
    reply = await road.ask(await road.book(hold=2 * MINUTE))
    assert (reply.status_code, reply.json()["type"]) == (409, "urn:barberpro:problem:booking-expired")


async def test_a_paid_booking_cannot_be_paid_again_before_booking_knows(road: Road) -> None:
    booked, _, _ = await road.paid()
    reply = await road.ask(booked)
    assert (reply.status_code, reply.json()["type"]) == (409, "urn:barberpro:problem:already-paid")


async def test_while_mercadopago_is_away_the_client_is_told_when_to_come_back(road: Road) -> None:
    booked = await road.book()
    road.mercadopago.fail += [NotAcceptedError("http-429", retry_after=7), UnansweredError("http-503", retry_after=9)]
    road.mercadopago.fail.append(NotAcceptedError("connection-refused"))
    replies = [await road.ask(booked) for _ in range(3)]
    assert [(each.status_code, each.headers["retry-after"]) for each in replies] == [(503, "7"), (503, "9"), (503, "5")]
    assert replies[2].json()["type"] == "urn:barberpro:problem:payment-unavailable"


async def test_the_same_request_goes_on_under_the_same_key_once_mercadopago_is_back(road: Road) -> None:
    booked = await road.book()
    road.mercadopago.fail.append(NotAcceptedError("connection-refused"))
    await road.ask(booked)
    payment_id = await road.begin(booked)
    assert road.mercadopago.keys == [f"pi:{payment_id}:a1"] * 2
    assert await road.told(payment_id) == ["payment.pending"]


async def test_a_page_whose_answer_was_lost_is_found_again_and_not_made_twice(road: Road) -> None:
    booked = await road.book()
    road.mercadopago.lose.append("create_preference")
    assert (await road.ask(booked)).status_code == 503
    (attempt,) = await road.rows(
        "SELECT a.status, a.tries FROM attempt a JOIN intent i ON i.id = a.intent_id WHERE i.booking_id = $1", booked.id
    )
    assert (attempt["status"], attempt["tries"]) == ("unknown", 1)
    payment_id = await road.begin(booked)
    assert len(road.mercadopago.pages) == 1
    attempt = await road.row("SELECT status, tries, preference_id FROM attempt WHERE intent_id = $1", payment_id)
    assert tuple(attempt.values()) == ("sent", 2, road.page_of(payment_id))


async def test_a_mercadopago_that_never_answers_is_given_up_before_the_lease_on_the_attempt_ends(road: Road) -> None:
    booked = await road.book()
    context = replace(road.context, page_seconds=0.05)
    vertical = context.verticals.get(SCOPE)
    road.mercadopago.meanwhile["create_preference"] = asyncio.Event().wait
    with pytest.raises(PaymentUnavailable):
        await usecases.begin_payment(context, vertical, booked.client_id, Wish(booked.id), None)
    attempt = await road.row(
        "SELECT a.status, a.problem FROM attempt a JOIN intent i ON i.id = a.intent_id WHERE i.booking_id = $1",
        booked.id,
    )
    assert tuple(attempt.values()) == ("unknown", "too-slow")


async def test_nobody_takes_an_attempt_up_while_its_calls_may_be_under_way(road: Road) -> None:
    booked = await road.book()
    leases: list[float] = []

    async def see_lease() -> None:
        busy = "SELECT busy_until - app_now() AS lease FROM attempt a JOIN intent i ON i.id = a.intent_id"
        leases.append((await road.row(f"{busy} WHERE i.booking_id = $1", booked.id))["lease"].total_seconds())

    road.mercadopago.meanwhile["create_preference"] = see_lease
    await road.begin(booked)
    assert leases[0] > road.context.page_seconds


async def test_only_a_definite_refusal_raises_the_number_of_the_attempt(road: Road) -> None:
    booked = await road.book()
    road.mercadopago.fail.append(RefusedError(400, frozenset({"invalid_items"})))
    assert (await road.ask(booked)).status_code == 503
    payment_id = await road.begin(booked)
    assert road.mercadopago.keys == [f"pi:{payment_id}:a1", f"pi:{payment_id}:a2"]
    attempts = await road.rows("SELECT status, problem FROM attempt WHERE intent_id = $1 ORDER BY n", payment_id)
    assert [tuple(each.values()) for each in attempts] == [("declined", "http-400 invalid_items"), ("sent", None)]


async def test_a_changed_amount_closes_the_old_payment_and_begins_a_new_one(road: Road) -> None:
    booked = await road.book(due=100_000)
    old = await road.begin(booked)
    booked.due = 120_000
    await road.book_again(booked)
    new = await road.begin(booked)
    assert (await road.status(old), new != old) == ("cancelled", True)
    assert not road.mercadopago.pages[road.page_of(old)].open
