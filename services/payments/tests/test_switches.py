"""Kill switches: no new payment is begun, while what was begun is paid, settled, closed and given back."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from pydantic import ValidationError
from services.payments.tests.builders import CONTACT_KEYS, SCOPE, SECRET, Road
from services.payments.tests.conftest import serving_in_memory
from services.payments.tests.fake import COLLECTOR
from services.payments.tests.test_earning import balances, complete
from services.payments.tests.test_purposes import served

from common.testing import Databases, Tokens, settings_for
from contracts.ids import RefundId, new_id
from payments import usecases
from payments.settings import Settings

Switched = Callable[..., AbstractAsyncContextManager[Road]]
OFF = pytest.mark.parametrize(
    ("switch", "slug"),
    [({"paused": True}, "payments-paused"), ({"paused_methods": ["checkout_pro"]}, "method-paused")],
)


@pytest.fixture
def switched(settings: Settings, tokens: Tokens, road: Road) -> Switched:
    """`switched(paused=True)`: the service restarted with that setting."""

    @asynccontextmanager
    async def restart(**switch: object) -> AsyncIterator[Road]:
        told = Settings.model_validate({**dict(settings), **switch})
        async with serving_in_memory(told, tokens, road.mercadopago) as (http, context):
            yield Road(http, context, tokens, road.mercadopago)

    return restart


@OFF
async def test_a_new_payment_is_refused_by_name_and_told_when_to_come_back(
    switched: Switched, switch: dict[str, object], slug: str
) -> None:
    async with switched(**switch) as off:
        reply = await off.ask(await off.book())
    assert (reply.status_code, reply.json()["type"]) == (503, f"urn:barberpro:problem:{slug}")
    assert reply.headers["retry-after"] == "60"
    assert "Por el momento" in reply.json()["detail"]
    assert off.mercadopago.asked == []


@OFF
async def test_what_is_switched_off_is_not_offered(switched: Switched, switch: dict[str, object], slug: str) -> None:
    async with switched(**switch) as off:
        reply = await off.http.get("/api/v1/payments/methods")
    offered = {each["id"] for each in reply.json()["items"]}
    assert (slug, offered & {"checkout_pro"}, offered == set()) == (slug, set(), slug == "payments-paused")


async def test_a_payment_begun_before_is_shown_paid_and_given_back(road: Road, switched: Switched) -> None:
    booked = await road.book()
    payment_id = await road.begin(booked)
    async with switched(paused=True) as off:
        assert (await off.ask(booked)).status_code == 201
        off.pay(payment_id)
        await off.look_now(payment_id)
        assert await off.status(payment_id) == "paid"
        await off.hear_refund_due(booked, payment_id, 150_000, RefundId(new_id()))
        await off.refund_now()
        assert await off.status(payment_id) == "refunded"


async def test_a_hold_that_runs_out_is_closed_and_answered_all_the_same(road: Road, switched: Switched) -> None:
    booked = await road.book()
    payment_id = await road.begin(booked)
    async with switched(paused=True) as off:
        await off.hear_hold_due(booked, payment_id)
        await off.close_now()
        assert (await off.told(payment_id))[-1] == "payment.closed"


async def test_once_the_switch_is_lifted_the_same_booking_is_paid(road: Road, switched: Switched) -> None:
    booked = await road.book()
    async with switched(paused=True) as off:
        assert (await off.ask(booked)).status_code == 503
    assert (await road.ask(booked)).status_code == 201


@pytest.mark.parametrize(("purpose", "tip"), [("balance", None), ("tip", 500)])
async def test_a_purpose_that_is_switched_off_is_refused_by_name(
    road: Road, switched: Switched, purpose: str, tip: int | None
) -> None:
    booked = await served(road)
    async with switched(paused_purposes=["balance", "tip"]) as off:
        asked = len(off.mercadopago.asked)
        reply = await off.ask(booked, {"purpose": purpose} | ({"tip": tip} if tip is not None else {}))
        assert (reply.status_code, reply.json()["type"]) == (503, "urn:barberpro:problem:purpose-paused")
        assert (reply.headers["retry-after"], len(off.mercadopago.asked)) == ("60", asked)
        assert (await off.ask(await off.book())).status_code == 201


async def test_nothing_is_shared_out_until_the_switch_is_lifted(road: Road, switched: Switched) -> None:
    booked, payment_id, _ = await road.paid()
    async with switched(earning_paused=True) as off:
        await complete(off, booked)
        assert set(await balances(off, payment_id)) == {"booking_held"}
    await usecases.earn_what_is_over(road.context, SCOPE)
    assert "provider_payable" in await balances(road, payment_id)


def test_a_way_to_pay_that_does_not_exist_cannot_be_switched_off(databases: Databases) -> None:
    with pytest.raises(ValidationError) as refused:
        settings_for(
            Settings,
            databases,
            mercadopago_token="t",
            contact_keys=CONTACT_KEYS,
            webhook_secret=SECRET,
            collector_id=COLLECTOR,
            paused_methods=["barter"],
        )
    assert {error["loc"][0] for error in refused.value.errors()} == {"paused_methods"}
