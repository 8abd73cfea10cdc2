"""What cannot be paid by card is refused by name, and another way is named where that is safe."""

from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY
from services.payments.tests.builders import EMAIL, Booked, Road

from contracts.ids import AccountId, new_id
from payments.clients import NotAcceptedError, RefusedError, UnansweredError


def refusal(reply: httpx.Response) -> tuple[int, str]:
    return reply.status_code, reply.json()["type"].rpartition(":")[2]


@pytest.mark.parametrize(
    ("codes", "status", "slug"),
    [
        ({"3003"}, 422, "card-token-unusable"),
        ({"109"}, 422, "installments-not-offered"),
        ({"4050"}, 422, "payer-refused"),
        ({"10103"}, 402, "card-declined"),
    ],
)
async def test_what_mercadopago_refuses_is_named_and_may_be_corrected(
    road: Road, codes: set[str], status: int, slug: str
) -> None:
    booked = await road.book()
    road.mercadopago.fail.append(RefusedError(400, frozenset(codes)))
    assert refusal(await road.pay_by_card(booked)) == (status, slug)
    payment_id = await road.id_of(booked)
    assert await road.told(payment_id) == ["payment.pending", "payment.rejected"]
    assert (await road.pay_by_card(booked)).json()["status"] == "paid"
    assert await road.attempts(payment_id) == ["declined", "succeeded"]


@pytest.mark.parametrize(("code", "outcome", "fault"), [("3003", "rejected", "payer"), ("4296", "unavailable", "ours")])
async def test_what_the_payer_typed_wrong_is_not_counted_as_our_failure(
    road: Road, code: str, outcome: str, fault: str
) -> None:
    counted = {"provider": "mercadopago", "outcome": outcome, "fault": fault}
    before = REGISTRY.get_sample_value("payments_attempts_total", counted) or 0.0
    road.mercadopago.fail.append(RefusedError(400, frozenset({code})))
    await road.pay_by_card(await road.book())
    assert REGISTRY.get_sample_value("payments_attempts_total", counted) == before + 1


async def test_a_token_used_elsewhere_is_refused_by_name(road: Road) -> None:
    token = road.card_of()
    await road.pay_by_card(await road.book(), token=token)
    assert refusal(await road.pay_by_card(await road.book(), token=token)) == (422, "card-token-unusable")


async def test_another_way_to_pay_is_named_only_where_nothing_was_taken_on(road: Road) -> None:
    sure, unsure, ours = [await road.book() for _ in range(3)]
    road.mercadopago.fail.append(NotAcceptedError("http-429", 9))
    reply = await road.pay_by_card(sure)
    assert (refusal(reply), reply.headers["retry-after"]) == ((503, "payment-unavailable"), "9")
    assert reply.json()["otherMethods"] == ["checkout_pro"]
    road.mercadopago.fail.append(UnansweredError("ReadTimeout"))
    assert "otherMethods" not in (await road.pay_by_card(unsure)).json()
    road.mercadopago.fail.append(RefusedError(401))
    assert (await road.pay_by_card(ours)).json()["otherMethods"] == ["checkout_pro"]


@pytest.mark.parametrize(
    "body",
    [
        {"method": "card"},
        {"method": "barter"},
        {"method": "rapipago"},
        {"method": "rapipago", "payer": {"email": "no-address"}},
        {"method": "checkout_pro", "payer": {"email": EMAIL}},
        {
            "method": "card",
            "payer": {"email": EMAIL},
            "card": {"token": "t", "paymentMethodId": "visa", "installments": 2},
        },
    ],
)
async def test_a_wrong_body_is_refused_without_quoting_the_payer(road: Road, body: dict[str, Any]) -> None:
    headers = road.tokens.bearer(AccountId(new_id()))
    reply = await road.http.post("/api/v1/payments", json={"bookingId": str(new_id()), **body}, headers=headers)
    assert reply.status_code == 422
    assert EMAIL not in reply.text
    assert "no-address" not in reply.text


async def test_anothers_booking_is_not_found(road: Road) -> None:
    booked = await road.book()
    stranger = Booked(id=booked.id)
    assert (await road.pay_by_card(stranger)).status_code == 404
    assert road.mercadopago.asked == []
