"""Operator search: everything about a payment by any of its names, on record, and for nobody else."""

from collections.abc import Mapping

import httpx
import pytest
from services.payments.tests.builders import SCOPE, Road
from services.payments.tests.test_webhooks import look, notify
from services.payments.tests.till import Till
from services.payments.tests.transferring import Counter

from common.audit import Entry
from common.money import Money
from common.testing import on_record
from contracts.ids import AccountId, PaymentId, RefundId, new_id
from payments.domain.reference import Reference

PATH = "/api/v1/payments/search"


async def search(
    road: Road, query: Mapping[str, str], scope: str = "operator:barber", who: AccountId | None = None
) -> httpx.Response:
    return await road.http.get(PATH, params=query, headers=road.tokens.bearer(who or AccountId(new_id()), scope))


async def busy(road: Road) -> dict[str, str]:
    """A payment with one of everything, and all its names."""
    booked, payment_id, charge_id = await road.paid()
    await notify(road, charge_id)
    await look(road)
    wanted = RefundId(new_id())
    await road.hear_refund_due(booked, payment_id, 50_000, wanted)
    await road.refund_now()
    road.mercadopago.give_back(charge_id, Money(10_000))
    await road.see_now(charge_id)
    return {
        "bookingId": str(booked.id),
        "paymentId": str(payment_id),
        "chargeId": charge_id,
        "refundId": str(wanted),
        "reference": str(Reference(SCOPE, payment_id)),
    }


async def test_everything_about_a_payment_is_found_by_each_of_its_names(road: Road) -> None:
    names = await busy(road)
    payment_id, charge_id = names["paymentId"], names["chargeId"]
    replies = [(await search(road, {name: value})).json() for name, value in names.items()]
    assert all(reply == replies[0] for reply in replies[1:])
    found = replies[0]
    assert [each["id"] for each in found["payments"]] == [payment_id]
    assert [(each["n"], each["status"]) for each in found["attempts"]] == [(1, "succeeded")]
    assert [(each["id"], each["captured"], each["refunded"]) for each in found["charges"]] == [(charge_id, 1500, 600)]
    assert sorted((each["amount"], each["origin"]) for each in found["refunds"]) == [
        (100, "external"),
        (500, "booking"),
    ]
    assert [each["kind"] for each in found["entries"]] == ["capture", "refund", "refund"]
    assert all(sum(line["amount"] for line in each["postings"]) == 0 for each in found["entries"])
    assert [each["kind"] for each in found["cases"]] == ["refund_nobody_asked_for"]
    assert [(each["chargeId"], each["status"]) for each in found["notifications"]] == [(charge_id, "done")]
    assert "body" not in found["notifications"][0]
    assert found["cut"] is False


async def test_a_search_is_on_record_as_a_read_of_the_payment(road: Road) -> None:
    booked, payment_id, _ = await road.paid()
    operator = AccountId(new_id())
    await search(road, {"bookingId": str(booked.id)}, who=operator)
    assert (await on_record(road.uow, SCOPE, payment_id))[-1] == Entry(
        "payment.looked_up", operator, payment_id, {"by": "booking_id"}
    )


async def test_a_notification_of_nobody_s_payment_is_found_by_its_charge(road: Road) -> None:
    await notify(road, charge := road.mercadopago.put(None, Money(100)))
    await look(road)
    found = (await search(road, {"chargeId": charge})).json()
    assert ([each["status"] for each in found["notifications"]], found["payments"]) == (["orphan"], [])


async def test_what_another_vertical_was_told_is_for_operators_of_all(road: Road) -> None:
    foreign = str(Reference("psychology", PaymentId(new_id())))
    await notify(road, charge := road.mercadopago.put(foreign, Money(100)))
    query = "UPDATE webhook SET status = 'done', due_at = NULL WHERE resource_id = $1"
    async with road.uow.begin("*") as work:
        await work.connection.execute(query, charge)
    assert (await search(road, {"chargeId": charge})).status_code == 404
    found = (await search(road, {"chargeId": charge}, "operator:*")).json()
    assert [each["status"] for each in found["notifications"]] == ["done"]


async def test_a_transfer_is_found_by_its_reference_however_it_is_typed(till: Till) -> None:
    _, payment_id, code = await Counter(till).begun()
    for typed in (code, code.lower(), f"{code[:5]}-{code[5:]}"):
        found = (await search(till.road, {"reference": typed})).json()
        assert [(each["id"], each["transfer"]["reference"]) for each in found["payments"]] == [(str(payment_id), code)]


async def test_what_is_not_there_is_not_found(road: Road) -> None:
    _, payment_id, _ = await road.paid()
    for query in (
        {"paymentId": str(new_id())},
        {"chargeId": "no-such"},
        {"reference": f"psychology.{payment_id}"},
        {"reference": "x"},
    ):
        assert (await search(road, query)).status_code == 404


@pytest.mark.parametrize("name", ["chargeId", "reference"])
async def test_what_no_database_can_keep_is_refused(road: Road, name: str) -> None:
    assert (await search(road, {name: "1\x00"})).status_code == 422


@pytest.mark.parametrize("query", [{}, {"chargeId": "1", "reference": "x"}])
async def test_one_name_and_only_one_is_needed(road: Road, query: dict[str, str]) -> None:
    reply = await search(road, query)
    assert (reply.status_code, reply.json()["type"]) == (422, "urn:barberpro:problem:unclear-search")


@pytest.mark.parametrize("scope", ["client", "provider:barber staff:barber", "analyst:*", "operator:psychology"])
async def test_nobody_else_searches(road: Road, scope: str) -> None:
    booked, payment_id, _ = await road.paid()
    assert (await search(road, {"paymentId": str(payment_id)}, scope, booked.client_id)).status_code == 403
    assert (await road.http.get(PATH, params={"paymentId": str(payment_id)})).status_code == 401
