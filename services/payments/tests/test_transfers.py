"""Transfers: a client is told where to pay, what arrives counts once, what nobody can explain is never silent."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from services.payments.tests.builders import SCOPE, Booked
from services.payments.tests.conftest import OUR_CBU
from services.payments.tests.till import Till
from services.payments.tests.transferring import WEEKS, Counter

from common.settings import SHARED
from contracts.ids import PaymentId, RefundId, new_id
from contracts.payments import PaymentPending
from payments import usecases
from payments.domain.bank import Movement
from payments.domain.slow import hold_until
from payments.domain.transfer import code_of


@pytest.fixture
async def counter(till: Till) -> Counter:
    return Counter(till)


async def test_the_client_is_told_where_how_much_and_under_which_reference(counter: Counter) -> None:
    booked = await counter.till.road.book(ahead=WEEKS)
    made = (await counter.ask(booked)).json()
    payment_id = await counter.till.road.id_of(booked)
    assert (made["status"], made["way"], made["initPoint"], made["ticket"]) == (
        "awaiting_payer",
        "transfer",
        None,
        None,
    )
    assert made["transfer"] == {
        "cbu": OUR_CBU,
        "alias": "barberpro.cobros",
        "reference": code_of(payment_id),
        "amount": 1500.0,
        "expiresAt": made["expiresAt"],
    }
    ahead = datetime.fromisoformat(made["expiresAt"]) - datetime.now(UTC)
    assert timedelta(days=2) < ahead < timedelta(days=2, hours=2)


async def test_asking_again_gives_the_same_reference_and_nobody_else_is_asked(counter: Counter) -> None:
    booked, _, code = await counter.begun()
    again = await counter.ask(booked)
    assert (again.status_code, again.json()["transfer"]["reference"]) == (201, code)
    assert counter.till.road.mercadopago.asked == []


async def test_the_booking_is_held_until_the_money_can_have_come(counter: Counter) -> None:
    _, payment_id, _ = await counter.begun()
    (begun,) = await counter.till.road.facts(payment_id)
    expires_at = (await counter.till.road.intent(payment_id))["expires_at"]
    assert isinstance(begun, PaymentPending)
    assert (begun.status, begun.hold_until) == ("awaiting_payer", hold_until(expires_at))


async def test_the_fact_says_where_to_transfer_and_until_when(counter: Counter) -> None:
    _, payment_id, code = await counter.begun()
    (begun,) = await counter.till.road.facts(payment_id)
    assert begun.transfer.model_dump() == {"cbu": OUR_CBU, "alias": "barberpro.cobros", "reference": code}
    assert (begun.ticket, begun.pay_until) == (None, (await counter.till.road.intent(payment_id))["expires_at"])


async def test_an_appointment_too_soon_and_what_is_not_due_are_refused_by_name(counter: Counter) -> None:
    soon = await counter.till.road.book(ahead=timedelta(days=2))
    reply = await counter.ask(soon)
    assert (reply.status_code, reply.json()["type"].rpartition(":")[2]) == (409, "method-too-slow")


@pytest.mark.parametrize("body", [{"payer": {"email": "ana@ejemplo.com.ar"}}, {"card": {"token": "t"}}])
async def test_nothing_is_said_of_the_payer(counter: Counter, body: dict[str, object]) -> None:
    booked = await counter.till.road.book(ahead=WEEKS)
    assert (await counter.till.road.ask(booked, {"method": "transfer"} | body)).status_code == 422


async def test_what_arrives_under_the_reference_pays(counter: Counter) -> None:
    booked, payment_id, line = await counter.paid()
    assert await counter.status(line) == "matched"
    assert await counter.balances(payment_id) == {"bank": booked.due, "booking_held": -booked.due}
    assert await counter.till.road.told(payment_id) == ["payment.pending", "payment.confirmed"]
    intent = await counter.till.road.intent(payment_id)
    assert (intent["method"], intent["captured_minor"]) == ("transfer", booked.due)
    assert (await counter.cases(line.id), await counter.in_suspense(line)) == ([], 0)


async def test_a_paid_transfer_is_closed_and_looked_at_without_mercadopago(counter: Counter) -> None:
    _, payment_id, _ = await counter.paid()
    await counter.till.road.shut(payment_id)
    assert await counter.till.road.next_look(payment_id) is None
    assert counter.till.road.mercadopago.asked == []


async def test_four_workers_count_it_once(counter: Counter) -> None:
    booked, payment_id, code = await counter.begun()
    counter.arrive(booked.due, code)
    await asyncio.gather(*(usecases.read_bank_movements(counter.till.context, SHARED) for _ in range(4)))
    for _ in range(2):
        await asyncio.gather(*(usecases.match_transfers(counter.till.context, SHARED) for _ in range(4)))
        await counter.till.hurry()
    assert await counter.balances(payment_id) == {"bank": booked.due, "booking_held": -booked.due}


async def test_a_crash_between_the_two_ledgers_is_made_good(counter: Counter) -> None:
    booked, payment_id, line = await counter.paid()
    async with counter.till.road.uow.begin(SHARED) as work:
        query = "UPDATE bank_movement SET status = 'matching', match_due_at = app_now() WHERE id = $1"
        await work.connection.execute(query, line.id)
    await counter.look()
    assert (await counter.status(line), await counter.cases(line.id)) == ("matched", [])
    assert await counter.balances(payment_id) == {"bank": booked.due, "booking_held": -booked.due}


async def test_an_end_of_the_hold_closes_it_and_what_comes_then_is_late(counter: Counter) -> None:
    booked, payment_id, code = await counter.begun()
    await counter.till.road.hear_hold_due(booked, payment_id)
    await counter.till.road.close_now()
    assert (await counter.till.road.status(payment_id), counter.till.road.mercadopago.asked) == ("expired", [])
    counter.arrive(booked.due, code)
    await counter.look()
    assert await counter.till.road.status(payment_id) == "paid_late"
    assert (await counter.till.road.told(payment_id))[-1] == "payment.confirmed"


async def test_another_way_to_pay_closes_the_transfer_first(counter: Counter) -> None:
    booked, payment_id, _ = await counter.begun()
    reply = await counter.till.road.pay_by_card(booked)
    assert (reply.status_code, reply.json()["type"].rpartition(":")[2]) == (409, "payment-changing")
    await counter.till.road.close_now()
    assert await counter.till.road.status(payment_id) == "cancelled"
    assert (await counter.till.road.pay_by_card(booked)).status_code == 201


async def test_a_page_is_closed_before_a_transfer_is_begun(counter: Counter) -> None:
    booked = await counter.till.road.book(ahead=WEEKS)
    await counter.till.road.begin(booked)
    assert (await counter.ask(booked)).status_code == 409
    await counter.till.road.close_now()
    assert (await counter.ask(booked)).status_code == 201


@pytest.mark.parametrize("minor", [149_999, 150_001])
async def test_another_amount_is_in_suspense_with_a_case(counter: Counter, minor: int) -> None:
    _, payment_id, code = await counter.begun()
    line = counter.arrive(minor, code)
    await counter.look()
    await counter.look()
    assert (await counter.status(line), await counter.in_suspense(line)) == ("suspense", -minor)
    assert await counter.cases(line.id) == ["transfer_unmatched"]
    assert await counter.till.road.status(payment_id) == "awaiting_payer"


@pytest.mark.parametrize("text", [None, "seña del turno", code_of(PaymentId(UUID(int=7)))])
async def test_without_a_known_reference_it_is_in_suspense_with_a_case(counter: Counter, text: str | None) -> None:
    line = counter.arrive(150_000, text)
    await counter.look()
    assert (await counter.status(line), await counter.in_suspense(line)) == ("suspense", -150_000)
    assert await counter.cases(line.id) == ["transfer_unmatched"]


async def test_two_references_in_one_transfer_are_for_a_person(counter: Counter) -> None:
    _, _, one = await counter.begun()
    _, _, other = await counter.begun()
    line = counter.arrive(150_000, f"{one} {other}")
    await counter.look()
    assert await counter.status(line) == "suspense"


async def test_an_operator_matches_by_hand_and_it_leaves_suspense(counter: Counter) -> None:
    booked, payment_id, _ = await counter.begun()
    line = counter.arrive(booked.due, "me olvidé la referencia")
    await counter.look()
    for _ in range(2):
        reply = await counter.match(line, payment_id)
        assert (reply.status_code, reply.json()["status"], reply.json()["paymentId"]) == (
            200,
            "matched",
            str(payment_id),
        )
    assert (await counter.in_suspense(line), await counter.cases(line.id)) == (0, [])
    assert await counter.balances(payment_id) == {"bank": booked.due, "booking_held": -booked.due}
    assert await counter.till.road.status(payment_id) == "paid"


async def test_only_just_what_is_left_is_matched_and_once(counter: Counter) -> None:
    booked, payment_id, _ = await counter.paid()
    _, other, _ = await counter.begun()
    less, whole = counter.arrive(149_999, None), counter.arrive(booked.due, None)
    assert (await counter.match(whole, other)).status_code == 404
    await counter.look()

    async def refusal(line: Movement, of: PaymentId) -> str:
        return str((await counter.match(line, of)).json()["type"].rpartition(":")[2])

    assert await refusal(less, other) == "transfer-differs"
    assert await refusal(whole, payment_id) == "transfer-differs"
    assert await refusal(whole, PaymentId(new_id())) == "not-found"
    assert (await counter.match(whole, other)).status_code == 200
    _, third, _ = await counter.begun()
    assert await refusal(whole, third) == "transfer-settled"


async def test_operators_of_all_verticals_see_transfers_with_their_origin_masked(counter: Counter) -> None:
    line = counter.arrive(77, "nadie sabe")
    await counter.look()
    found, cursor = [], None
    for _ in range(100):
        page = (await counter.list(status="unmatched", limit="100", **({"cursor": cursor} if cursor else {}))).json()
        found += page["items"]
        cursor = page["nextCursor"]
        if cursor is None:
            break
    (mine,) = [each for each in found if each["id"] == line.id]
    assert (mine["status"], mine["amount"], mine["reference"]) == ("suspense", 0.77, "nadie sabe")
    assert (mine["originCbu"], mine["originCuit"]) == ("*" * 18 + "7683", "*" * 7 + "1682")
    assert (await counter.list("operator:barber")).status_code == 403
    assert (await counter.match(line, PaymentId(new_id()), "operator:barber")).status_code == 403


async def test_a_second_transfer_is_given_back_by_people_in_pairs_once_the_bank_shows_it(counter: Counter) -> None:
    booked, payment_id, _ = await counter.paid()
    code = code_of(payment_id)
    second = counter.arrive(booked.due, code)
    await counter.look()
    await counter.till.road.refund_now()
    refund_id = await counter.refund_of(payment_id)
    assert await counter.status(second) == "matched"
    assert await counter.till.road.refund_status(refund_id) == "blocked"
    assert await counter.cases(refund_id, SCOPE) == ["refund_by_bank"]
    left = counter.leave(booked.due)
    await counter.look()
    said = [await counter.done(refund_id, left, who) for who in (counter.first, counter.first, counter.second)]
    assert [each.status_code for each in said] == [200, 409, 200]
    assert [each.json()["status"] for each in (said[0], said[2])] == ["blocked", "done"]
    assert (await counter.status(left), await counter.in_suspense(left)) == ("matched", 0)
    assert (await counter.cases(refund_id, SCOPE), await counter.cases(left.id)) == ([], [])
    assert await counter.balances(payment_id) == {"bank": booked.due, "booking_held": -booked.due}
    assert (await counter.till.road.status(payment_id)) == "paid"
    assert (await counter.done(refund_id, left, counter.second)).status_code == 200


async def test_parts_that_booking_asks_back_are_given_back_one_by_one(counter: Counter) -> None:
    booked, payment_id, _ = await counter.paid()
    for minor in (50_000, 100_000):
        refund_id = await ask_back(counter, booked, payment_id, minor)
        left = counter.leave(minor)
        await counter.look()
        for who in (counter.first, counter.second):
            assert (await counter.done(refund_id, left, who)).status_code == 200
    assert await counter.balances(payment_id) == {}
    assert await counter.till.road.status(payment_id) == "refunded"
    assert (await counter.till.road.told(payment_id))[-2:] == ["payment.refunded", "payment.refunded"]
    assert counter.till.road.mercadopago.asked == []


async def test_a_transfer_of_another_amount_or_for_another_refund_gives_nothing_back(counter: Counter) -> None:
    booked, payment_id, _ = await counter.paid()
    refund_id = await ask_back(counter, booked, payment_id, 50_000)
    other, right = counter.leave(49_999), counter.leave(50_000)
    assert (await counter.done(refund_id, right, counter.first)).status_code == 404
    await counter.look()
    refused = await counter.done(refund_id, other, counter.first)
    assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (409, "transfer-differs")
    for who in (counter.first, counter.second):
        await counter.done(refund_id, right, who)
    spare = counter.leave(50_000)
    await counter.look()
    again = await counter.done(refund_id, spare, counter.first)
    assert (again.status_code, again.json()["type"].rpartition(":")[2]) == (409, "not-awaiting-approval")
    assert await counter.in_suspense(spare) == 50_000


async def ask_back(counter: Counter, booked: Booked, payment_id: PaymentId, minor: int) -> RefundId:
    refund_id = RefundId(new_id())
    await counter.till.road.hear_refund_due(booked, payment_id, minor, refund_id)
    await counter.till.road.refund_now()
    assert await counter.till.road.refund_status(refund_id) == "blocked"
    return refund_id


async def test_a_transfer_that_cannot_be_matched_is_put_off_and_told_to_a_person(counter: Counter) -> None:
    booked, payment_id, code = await counter.begun()
    line = counter.arrive(booked.due, code)
    await usecases.read_bank_movements(counter.till.context, SHARED)
    await counter.till.road.write("intent", "way", payment_id, "by pigeon")
    async with counter.till.road.uow.begin(SHARED) as work:
        await work.connection.execute("UPDATE bank_movement SET match_tries = 59 WHERE id = $1", line.id)
    await usecases.match_transfers(counter.till.context, SHARED)
    assert (await counter.status(line), await counter.cases(line.id)) == ("unmatched", ["transfer_stuck"])
    await counter.till.road.write("intent", "way", payment_id, "transfer")
    await counter.till.hurry()
    await counter.look()
    assert (await counter.status(line), await counter.till.road.status(payment_id)) == ("matched", "paid")
