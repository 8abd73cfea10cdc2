"""What is paid beyond the deposit: the rest of the price counts, a tip is none of booking's business."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from services.booking.tests.builders import Paying, Shop

from booking.usecases import BookingContext
from common.testing import Databases, Tokens, published
from contracts.ids import PaymentId, new_id
from contracts.payments import PaymentPurpose

BOOKINGS = "/api/v1/bookings"


def pays(paying: Paying, purpose: PaymentPurpose, minor: int) -> Paying:
    """The same client pays something else."""
    return replace(paying, purpose=purpose, minor=minor, payment_id=PaymentId(new_id()))


@pytest.fixture
async def balance(paying: Paying) -> Paying:
    """The deposit of 3,000 is paid; the other 7,000 may be."""
    await paying.confirmed()
    return pays(paying, PaymentPurpose.BALANCE, 700_000)


async def told(context: BookingContext, made: dict[str, Any]) -> list[str]:
    return [event.type for event in await published(context.uow, "barber", UUID(made["id"]))]


async def paid_and_refunded(http: httpx.AsyncClient, made: dict[str, Any], auth: dict[str, str]) -> tuple[Any, Any]:
    shown = (await http.get(f"{BOOKINGS}/{made['id']}", headers=auth)).json()
    return shown["paid"], shown["refunded"]


async def test_the_rest_of_the_price_is_taken_and_told(
    context: BookingContext, http: httpx.AsyncClient, made: dict[str, Any], balance: Paying, as_client: dict[str, str]
) -> None:
    await balance.begun()
    await balance.confirmed()
    assert await paid_and_refunded(http, made, as_client) == (10_000, 0)
    assert await told(context, made) == ["booking.created", "booking.confirmed", "booking.paid"]


async def test_the_same_balance_counts_once(
    http: httpx.AsyncClient, made: dict[str, Any], balance: Paying, as_client: dict[str, str]
) -> None:
    for _ in range(2):
        await balance.confirmed()
    assert await paid_and_refunded(http, made, as_client) == (10_000, 0)


async def test_what_is_more_than_the_price_goes_back(
    http: httpx.AsyncClient, made: dict[str, Any], balance: Paying, as_client: dict[str, str]
) -> None:
    await balance.confirmed()
    await pays(balance, PaymentPurpose.BALANCE, 700_000).confirmed()
    assert await paid_and_refunded(http, made, as_client) == (17_000, 7_000)


async def test_a_balance_for_a_booking_that_was_called_off_goes_back(
    http: httpx.AsyncClient, made: dict[str, Any], balance: Paying, as_client: dict[str, str]
) -> None:
    await http.post(f"{BOOKINGS}/{made['id']}/cancel", headers=as_client)
    await balance.confirmed()
    assert await paid_and_refunded(http, made, as_client) == (10_000, 10_000)


async def test_a_late_cancellation_keeps_the_deposit_and_gives_the_balance_back(
    http: httpx.AsyncClient,
    context: BookingContext,
    clock: Databases,
    made: dict[str, Any],
    balance: Paying,
    as_client: dict[str, str],
) -> None:
    await balance.confirmed()
    async with context.uow.begin("barber") as work:
        now = await work.now()
    start = (await http.get(f"{BOOKINGS}/{made['id']}", headers=as_client)).json()["startsAt"]
    await clock.shift_clock("barber", datetime.fromisoformat(start) - timedelta(hours=1) - now)
    cancelled = await http.post(f"{BOOKINGS}/{made['id']}/cancel", headers=as_client)
    assert cancelled.json()["refunded"] == 7_000


async def test_a_cancellation_by_the_provider_gives_deposit_and_balance_back(
    http: httpx.AsyncClient, shop: Shop, made: dict[str, Any], balance: Paying, tokens: Tokens, context: BookingContext
) -> None:
    await balance.confirmed()
    owner = tokens.bearer(shop.owner, "client provider:barber")
    assert (await http.post(f"{BOOKINGS}/{made['id']}/cancel", headers=owner)).json()["refunded"] == 10_000
    assert (await told(context, made)).count("booking.refund_due") == 2


async def test_a_tip_changes_nothing_of_the_booking(
    http: httpx.AsyncClient, made: dict[str, Any], balance: Paying, as_client: dict[str, str], context: BookingContext
) -> None:
    before = await told(context, made)
    tip = pays(balance, PaymentPurpose.TIP, 50_000)
    await tip.begun()
    await tip.confirmed()
    assert await paid_and_refunded(http, made, as_client) == (3_000, 0)
    assert await told(context, made) == before


async def test_a_refund_of_one_payment_made_by_hand_is_not_taken_from_another(
    http: httpx.AsyncClient, made: dict[str, Any], paying: Paying, as_client: dict[str, str]
) -> None:
    await paying.confirmed()
    await pays(paying, PaymentPurpose.BALANCE, 700_000).confirmed()
    # More than the price: it is asked back, given up by payments, and then made in MercadoPago's panel.
    second = pays(paying, PaymentPurpose.BALANCE, 700_000)
    await second.confirmed()
    assert await paid_and_refunded(http, made, as_client) == (17_000, 7_000)
    await second.given_back(700_000, "external")
    assert await paid_and_refunded(http, made, as_client) == (17_000, 7_000)
