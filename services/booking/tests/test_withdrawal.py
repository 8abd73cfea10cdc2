"""What others give back, and what the law gives back: never twice, and never less."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from services.booking.tests.builders import Paying, Shop, days_ahead

from booking.usecases import BookingContext
from common.testing import Databases, Tokens, on_record, published
from contracts.booking import BookingCancelled, BookingRefundDue
from contracts.ids import AccountId, BookingId, RefundId, new_id

BOOKINGS = "/api/v1/bookings"


async def asked_back(context: BookingContext, made: dict[str, Any]) -> list[tuple[int, str]]:
    """Each refund asked of payments: centavos and why."""
    events = [event.data for event in await published(context.uow, "barber", UUID(made["id"]))]
    return [(fact.amount.minor, fact.reason) for fact in events if isinstance(fact, BookingRefundDue)]


async def seen(http: httpx.AsyncClient, made: dict[str, Any], headers: dict[str, str]) -> tuple[str, float]:
    shown = (await http.get(f"{BOOKINGS}/{made['id']}", headers=headers)).json()
    return shown["status"], shown["refunded"]


async def test_what_an_operator_gave_back_is_not_given_back_again(
    http: httpx.AsyncClient, shop: Shop, made: dict[str, Any], paying: Paying, tokens: Tokens, context: BookingContext
) -> None:
    await paying.confirmed()
    refund_id = RefundId(new_id())
    for _ in range(3):
        await paying.given_back(100_000, "operator", refund_id)
    owner = tokens.bearer(shop.owner, "client provider:barber")
    assert (await http.post(f"{BOOKINGS}/{made['id']}/cancel", headers=owner)).json()["refunded"] == 3000
    assert await asked_back(context, made) == [(200_000, "cancelled-by-provider")]


async def test_a_refund_that_overtakes_its_own_payment_counts_all_the_same(
    http: httpx.AsyncClient, made: dict[str, Any], paying: Paying, as_client: dict[str, str], context: BookingContext
) -> None:
    await paying.given_back(100_000, "provider")
    await paying.confirmed()
    assert await seen(http, made, as_client) == ("confirmed", 1000)
    await paying.withdrawn()
    assert await asked_back(context, made) == [(200_000, "withdrawal")]


@pytest.mark.parametrize("origin", ["booking", "surplus", None, "of the future"])
async def test_our_own_refunds_and_a_second_payment_s_change_nothing(
    http: httpx.AsyncClient, made: dict[str, Any], paying: Paying, as_client: dict[str, str], origin: str | None
) -> None:
    await paying.confirmed()
    await paying.given_back(100_000, origin)
    assert await seen(http, made, as_client) == ("confirmed", 0)


async def test_no_more_is_noted_than_was_kept(
    http: httpx.AsyncClient, made: dict[str, Any], paying: Paying, as_client: dict[str, str]
) -> None:
    await paying.confirmed()
    await paying.withdrawn()
    await paying.given_back(100_000)
    assert await seen(http, made, as_client) == ("cancelled", 3000)


async def test_a_withdrawal_gives_all_of_it_back_whatever_the_policy_says(
    http: httpx.AsyncClient,
    shop: Shop,
    context: BookingContext,
    as_client: dict[str, str],
    client: AccountId,
    clock: Databases,
) -> None:
    start = days_ahead(2)
    made = (await http.post(BOOKINGS, json=shop.wish(start), headers=as_client)).json()
    paying = Paying(context, shop, BookingId(UUID(made["id"])), client)
    await paying.confirmed()
    async with context.uow.begin("barber") as work:
        now = await work.now()
    await clock.shift_clock("barber", start - timedelta(hours=1) - now)
    for _ in range(3):
        await paying.withdrawn()
    assert await seen(http, made, as_client) == ("cancelled", 3000)
    assert await asked_back(context, made) == [(300_000, "withdrawal")]
    events = [event.data for event in await published(context.uow, "barber", UUID(made["id"]))]
    (cancelled,) = [fact for fact in events if isinstance(fact, BookingCancelled)]
    assert (cancelled.reason, cancelled.cancelled_by) == ("withdrawal", "client")
    assert [entry.action for entry in await on_record(context.uow, "barber", UUID(made["id"]))] == ["booking.withdrawn"]


async def test_a_withdrawal_after_a_cancellation_gives_back_what_the_policy_had_kept(
    http: httpx.AsyncClient,
    shop: Shop,
    context: BookingContext,
    as_client: dict[str, str],
    client: AccountId,
    clock: Databases,
) -> None:
    start = days_ahead(2)
    made = (await http.post(BOOKINGS, json=shop.wish(start), headers=as_client)).json()
    paying = Paying(context, shop, BookingId(UUID(made["id"])), client)
    await paying.confirmed()
    async with context.uow.begin("barber") as work:
        now = await work.now()
    await clock.shift_clock("barber", start - timedelta(hours=4) - now)
    await http.post(f"{BOOKINGS}/{made['id']}/cancel", headers=as_client)
    await paying.withdrawn()
    assert [minor for minor, _ in await asked_back(context, made)] == [150_000, 150_000]
    assert await seen(http, made, as_client) == ("cancelled", 3000)


async def test_a_withdrawal_from_a_service_that_was_rendered_meanwhile_changes_nothing(
    http: httpx.AsyncClient,
    shop: Shop,
    context: BookingContext,
    as_client: dict[str, str],
    client: AccountId,
    clock: Databases,
    tokens: Tokens,
) -> None:
    start = days_ahead(2)
    made = (await http.post(BOOKINGS, json=shop.wish(start), headers=as_client)).json()
    paying = Paying(context, shop, BookingId(UUID(made["id"])), client)
    await paying.confirmed()
    async with context.uow.begin("barber") as work:
        now = await work.now()
    await clock.shift_clock("barber", start + timedelta(hours=1) - now)
    owner = tokens.bearer(shop.owner, "client provider:barber")
    assert (await http.post(f"{BOOKINGS}/{made['id']}/complete", headers=owner)).status_code == 200
    await paying.withdrawn()
    assert await seen(http, made, as_client) == ("completed", 0)
    assert await asked_back(context, made) == []


async def test_a_withdrawal_from_an_unpaid_hold_frees_the_slot_and_owes_nothing(
    http: httpx.AsyncClient, made: dict[str, Any], paying: Paying, as_client: dict[str, str], context: BookingContext
) -> None:
    await paying.withdrawn()
    assert await seen(http, made, as_client) == ("cancelled", 0)
    assert await asked_back(context, made) == []


async def test_what_is_of_no_booking_is_not_lost(paying: Paying) -> None:
    stray = Paying(paying.context, paying.shop, BookingId(new_id()), paying.client)
    for told in (stray.withdrawn(), stray.given_back(100)):
        with pytest.raises(LookupError):
            await told
