"""The ways to pay a booking, and what paying in installments costs."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from decimal import Decimal

import httpx
import pytest
from services.payments.tests.builders import Booked, Road
from services.payments.tests.conftest import serving_in_memory
from services.payments.tests.fake import BIN

from common.money import Money
from common.testing import Tokens
from contracts.ids import AccountId, new_id
from payments.clients import PlanCache, UnansweredError, UnreadableError
from payments.clients.wire import read_installments, read_payment
from payments.domain.installments import PayerCost, Rates, read_rates, shown
from payments.domain.method import Ticket
from payments.settings import Settings

Switched = Callable[..., AbstractAsyncContextManager[Road]]


@pytest.fixture
def switched(settings: Settings, tokens: Tokens, road: Road) -> Switched:
    """`switched(paused_methods=["card"])`: the service restarted with that setting."""

    @asynccontextmanager
    async def restart(**switch: object) -> AsyncIterator[Road]:
        told = Settings.model_validate({**dict(settings), **switch})
        async with serving_in_memory(told, tokens, road.mercadopago) as (http, context):
            yield Road(http, context, tokens, road.mercadopago)

    return restart


async def methods_for(road: Road, booked: Booked) -> dict[str, str | None]:
    """What each way to pay is refused for."""
    auth = road.tokens.bearer(booked.client_id)
    reply = await road.http.get("/api/v1/payments/methods", params={"bookingId": str(booked.id)}, headers=auth)
    assert reply.status_code == 200, reply.text
    items = reply.json()["items"]
    assert all(each["offered"] == (each["refusal"] is None) for each in items)
    return {each["id"]: each["refusal"] for each in items}


async def plans(road: Road, booked: Booked, **query: str) -> httpx.Response:
    auth = road.tokens.bearer(booked.client_id)
    asked = {"bookingId": str(booked.id), "bin": BIN} | query
    return await road.http.get("/api/v1/payments/installments", params=asked, headers=auth)


async def test_everybody_sees_what_is_not_switched_off(road: Road, switched: Switched) -> None:
    async def seen(at: Road) -> list[str]:
        return [each["id"] for each in (await at.http.get("/api/v1/payments/methods")).json()["items"]]

    assert await seen(road) == ["checkout_pro", "card", "rapipago", "pagofacil", "transfer", "credit"]
    async with switched(paused_methods=["card", "pagofacil"]) as off:
        assert await seen(off) == ["checkout_pro", "rapipago", "transfer", "credit"]


async def test_a_booking_far_ahead_can_be_paid_in_every_way_but_with_credit_that_is_not_there(road: Road) -> None:
    found = await methods_for(road, await road.book(ahead=timedelta(days=20)))
    assert found.pop("credit") == "not-enough-credit"
    assert found == dict.fromkeys(("checkout_pro", "card", "rapipago", "pagofacil", "transfer"))


async def test_what_a_booking_cannot_be_paid_with_says_why(road: Road, switched: Switched) -> None:
    soon = await road.book(ahead=timedelta(days=1))
    assert await methods_for(road, soon) == {
        "checkout_pro": None,
        "card": None,
        "rapipago": "method-too-slow",
        "pagofacil": "method-too-slow",
        "transfer": "method-too-slow",
        "credit": "not-enough-credit",
    }
    async with switched(paused_methods=["card"]) as off:
        assert (await methods_for(off, soon))["card"] == "method-paused"
    paid, _, _ = await road.paid()
    assert set((await methods_for(road, paid)).values()) == {"already-paid"}


async def test_a_paused_way_is_refused_and_what_was_begun_in_it_goes_on(road: Road, switched: Switched) -> None:
    begun, fresh = [await road.book() for _ in range(2)]
    road.mercadopago.lose.append("create_payment")
    token = road.card_of()
    await road.pay_by_card(begun, token=token)
    async with switched(paused_methods=["card"]) as off:
        refused = await off.pay_by_card(fresh)
        assert (refused.status_code, refused.json()["type"]) == (503, "urn:barberpro:problem:method-paused")
        assert (await off.pay_by_card(begun, token=token)).json()["status"] == "paid"


async def test_the_ways_to_pay_a_booking_are_its_clients_alone(road: Road) -> None:
    booked = await road.book()
    path, query = "/api/v1/payments/methods", {"bookingId": str(booked.id)}
    stranger = road.tokens.bearer(AccountId(new_id()))
    assert (await road.http.get(path, params=query)).status_code == 401
    assert (await road.http.get(path, params=query, headers=stranger)).status_code == 404
    booked.client_id = AccountId(new_id())
    assert (await plans(road, booked)).status_code == 404


async def test_installments_are_of_what_is_due_and_show_cft_and_tea(road: Road) -> None:
    reply = await plans(road, await road.book(due=120_000), paymentMethodId="visa", issuerId="310")
    items = reply.json()["items"]
    assert [each["installments"] for each in items] == [1, 3, 6, 9, 12]
    assert items[1] == {
        "installments": 3,
        "installmentAmount": 400,
        "totalAmount": 1200,
        "rate": 0,
        "cft": 89.21,
        "tea": 72.65,
        "recommendedMessage": "3 cuotas",
    }


async def test_installments_are_asked_for_once_in_a_while(road: Road) -> None:
    one, same, other = await road.book(due=77_700), await road.book(due=77_700), await road.book(due=77_800)
    for booked in (one, same, other, one):
        assert (await plans(road, booked)).status_code == 200
    assert road.mercadopago.asked == ["installments"] * 2


async def test_a_card_nobody_knows_has_no_installments(road: Road) -> None:
    assert (await plans(road, await road.book(), bin="999999")).json() == {"items": []}


async def test_installments_that_do_not_come_are_to_be_asked_for_again(road: Road) -> None:
    booked = await road.book(due=66_600)
    road.mercadopago.fail.append(UnansweredError("ReadTimeout"))
    reply = await plans(road, booked)
    assert (reply.status_code, reply.headers["retry-after"]) == (503, "5")
    assert (await plans(road, booked)).status_code == 200


@pytest.mark.parametrize("query", [{"bin": "45099"}, {"bin": "4509953566233704"}, {"bin": "abcdef"}, {"issuerId": ""}])
async def test_a_wrong_query_is_refused(road: Road, query: dict[str, str]) -> None:
    assert (await plans(road, await road.book(), **query)).status_code == 422


@pytest.mark.parametrize(
    ("labels", "cft", "tea"),
    [
        (["CFT_0,0%|TEA_0,0%"], "0.0", "0.0"),
        (["CFT_0,00%|TEA_0,00%"], "0", "0"),
        (["CFT_89,21%|TEA_72,65%"], "89.21", "72.65"),
        (["recommended_installment", "TEA_61,03%|CFT_78,97%"], "78.97", "61.03"),
        (["CFT_1.234,56%|TEA_987,6%"], "1234.56", "987.6"),
        (["CFT_200%|TEA_150%"], "200", "150"),
        (["CFT_89,21%", "TEA_72,65%"], "89.21", "72.65"),
    ],
)
def test_cft_and_tea_are_read_of_the_labels(labels: Sequence[str], cft: str, tea: str) -> None:
    assert read_rates(labels) == Rates(Decimal(cft), Decimal(tea))


@pytest.mark.parametrize(
    "labels",
    [[], ["recommended_interest_installment_with_some_banks"], ["CFT_89,21%"], ["CFT_|TEA_"], ["CFT_x%|TEA_1%"]],
)
def test_labels_without_both_are_no_rates(labels: Sequence[str]) -> None:
    assert read_rates(labels) is None


def test_what_does_not_say_its_cost_is_not_shown_nor_what_we_do_not_offer() -> None:
    def cost(count: int, rates: Rates | None) -> PayerCost:
        return PayerCost(count, Money(1), Money(count), Decimal(0), "", rates)

    known = Rates(Decimal(1), Decimal(1))
    costs = [cost(12, known), cost(1, known), cost(2, known), cost(3, None), cost(18, known)]
    assert [each.installments for each in shown(costs)] == [1, 12]


@pytest.mark.parametrize("body", [None, {}, [{}], [{"payer_costs": [{"installments": 1}]}], [[]]])
def test_what_is_no_list_of_installments_is_unreadable(body: object) -> None:
    with pytest.raises(UnreadableError):
        read_installments(body, "ARS")


@pytest.mark.parametrize(
    ("more", "ticket"),
    [
        (
            {"transaction_details": {"external_resource_url": "https://mp/t", "payment_method_reference_id": 123}},
            Ticket("https://mp/t", "123"),
        ),
        (
            {"transaction_details": {"external_resource_url": "https://mp/t"}, "barcode": {"content": "3335008"}},
            Ticket("https://mp/t", "3335008"),
        ),
        (
            {"transaction_details": {"external_resource_url": "https://mp/t", "barcode": {"content": "77"}}},
            Ticket("https://mp/t", "77"),
        ),
        ({"transaction_details": {"external_resource_url": "https://mp/t"}}, Ticket("https://mp/t", None)),
        ({"transaction_details": {"external_resource_url": None}}, None),
        ({"transaction_details": {"external_resource_url": "javascript:alert(1)"}}, None),
        ({"transaction_details": "?"}, None),
        ({}, None),
    ],
)
def test_a_ticket_is_read_wherever_its_code_stands(more: dict[str, object], ticket: Ticket | None) -> None:
    body = {
        "id": 1,
        "currency_id": "ARS",
        "status": "pending",
        "collector_id": 2,
        "transaction_amount": 10,
        "date_created": "2026-11-26T10:00:00.000-04:00",
    }
    assert read_payment(body | more).ticket == ticket


def test_plans_are_forgotten_after_a_while_and_never_more_than_so_many() -> None:
    now = [0.0]
    cache = PlanCache(seconds=10, most=2, clock=lambda: now[0])
    keys = [(Money(each), BIN, None, None) for each in range(3)]
    cache.keep(keys[0], [])
    cache.keep(keys[1], [])
    assert cache.find(keys[0]) == []
    cache.keep(keys[2], [])
    assert [cache.find(key) for key in keys] == [[], None, []]
    now[0] = 10.0
    assert [cache.find(key) for key in keys] == [None, None, None]


@pytest.mark.parametrize("missing", ["bank_url", "bank_cbu", "bank_alias"])
async def test_a_transfer_is_not_offered_where_nobody_would_see_it_come(
    road: Road, switched: Switched, missing: str
) -> None:
    booked = await road.book(ahead=timedelta(days=20))
    async with switched(**{missing: None}) as off:
        assert (await methods_for(off, booked))["transfer"] == "method-paused"
        refused = await off.ask(booked, {"method": "transfer"})
        assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (503, "method-paused")
