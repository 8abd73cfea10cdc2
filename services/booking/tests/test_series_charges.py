"""What a series asks for: of the first, of each before it takes place, or all of it in advance."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from services.booking.tests.builders import Paying, Shop, come, days_ahead, settle

from booking import usecases
from booking.domain.booking import Booking, Status
from booking.usecases import BookingContext, By, HoldSeries, HoldSlot
from common.auth import Principal
from common.money import Money
from common.testing import Databases
from common.verticals import SeriesRules, Vertical
from contracts.ids import AccountId, BookingId, SeriesId

PRICE, DEPOSIT = 1_000_000, 300_000
AHEAD = timedelta(hours=48)


def charging(context: BookingContext, charge: str) -> Vertical:
    rules = SeriesRules.model_validate({"charge": charge})
    return context.verticals.get("barber").model_copy(update={"series": rules})


async def three(context: BookingContext, shop: Shop, client: AccountId, charge: str) -> Sequence[Booking]:
    """Three weeks in a row."""
    first = HoldSlot(client, [shop.service_id], days_ahead(4))
    vertical = charging(context, charge)
    return (await usecases.hold_series(context, vertical, HoldSeries(first, "FREQ=WEEKLY;COUNT=3"), None)).bookings


async def now_of(context: BookingContext, booking: Booking, client: AccountId) -> Booking:
    return await usecases.get_booking(context, context.verticals.get("barber"), booking.id, By(_caller(client)))


def _caller(client: AccountId) -> Principal:
    return Principal(client, frozenset({"client"}), 0)


async def test_each_is_due_until_two_days_before_it_but_none_before_the_first(
    context: BookingContext, shop: Shop, client: AccountId
) -> None:
    first, *others = await three(context, shop, client, "each")
    assert [one.due_now.minor for one in (first, *others)] == [DEPOSIT] * 3
    assert [one.due_at for one in others] == [one.starts_at - AHEAD for one in others]
    assert first.due_at is not None
    assert all(one.due_at >= first.due_at for one in others if one.due_at)


async def test_each_is_confirmed_by_its_own_payment(context: BookingContext, shop: Shop, client: AccountId) -> None:
    bookings = await three(context, shop, client, "each")
    await Paying(context, shop, bookings[0].id, client).confirmed()
    assert [(await now_of(context, one, client)).status for one in bookings] == [
        Status.CONFIRMED,
        Status.HELD,
        Status.HELD,
    ]
    await Paying(context, shop, bookings[2].id, client).confirmed()
    assert (await now_of(context, bookings[2], client)).status is Status.CONFIRMED


async def test_one_that_is_not_paid_in_time_is_free_again_and_the_others_stand(
    context: BookingContext, shop: Shop, client: AccountId, clock: Databases
) -> None:
    bookings = await three(context, shop, client, "each")
    await Paying(context, shop, bookings[0].id, client).confirmed()
    await come(clock, bookings[1].starts_at - AHEAD + timedelta(minutes=1))
    await settle(context)
    assert [(await now_of(context, one, client)).status for one in bookings] == [
        Status.CONFIRMED,
        Status.EXPIRED,
        Status.HELD,
    ]


async def test_all_of_it_is_the_firsts_payment(context: BookingContext, shop: Shop, client: AccountId) -> None:
    first, *others = await three(context, shop, client, "all")
    assert (first.price.minor, first.due_now.minor) == (3 * PRICE, 3 * PRICE)
    assert {(one.price.minor, one.due_now.minor, one.payer_id) for one in others} == {(0, 0, first.id)}
    await Paying(context, shop, first.id, client, minor=3 * PRICE).confirmed()
    assert {(await now_of(context, one, client)).status for one in (first, *others)} == {Status.CONFIRMED}


async def test_of_all_that_was_paid_the_share_of_one_called_off_goes_back(
    context: BookingContext, shop: Shop, client: AccountId
) -> None:
    first, second, third = await three(context, shop, client, "all")
    await Paying(context, shop, first.id, client, minor=3 * PRICE).confirmed()
    vertical, by = context.verticals.get("barber"), By(_caller(client))
    ended = await usecases.cancel_booking(context, vertical, third.id, by, None)
    assert (ended.fee.refund, (await now_of(context, first, client)).refunded) == (Money(PRICE), Money(PRICE))
    await usecases.cancel_booking(context, vertical, first.id, by, None)
    assert (await now_of(context, first, client)).refunded == Money(2 * PRICE)
    assert (await now_of(context, second, client)).status is Status.CONFIRMED


@pytest.mark.parametrize("which", ["all", "following"])
async def test_called_off_together_every_share_goes_back(
    context: BookingContext, shop: Shop, client: AccountId, which: str
) -> None:
    bookings = await three(context, shop, client, "all")
    await Paying(context, shop, bookings[0].id, client, minor=3 * PRICE).confirmed()
    series_id = SeriesId(bookings[0].series_id) if bookings[0].series_id else None
    assert series_id is not None
    of = usecases.OfSeries(series_id, usecases.Scope(which), bookings[0].id)
    await usecases.cancel_series(context, context.verticals.get("barber"), of, _caller(client), None)
    assert (await now_of(context, bookings[0], client)).kept == Money(0)


async def test_who_withdraws_from_all_that_was_paid_has_all_of_it_back_and_comes_no_more(
    context: BookingContext, shop: Shop, client: AccountId
) -> None:
    bookings = await three(context, shop, client, "all")
    paying = Paying(context, shop, BookingId(bookings[0].id), client, minor=3 * PRICE)
    await paying.confirmed()
    await paying.withdrawn()
    after = [await now_of(context, one, client) for one in bookings]
    assert {one.status for one in after} == {Status.CANCELLED}
    assert after[0].kept == Money(0)


async def test_late_money_for_all_gives_back_the_share_of_what_is_taken_by_now(
    context: BookingContext, shop: Shop, client: AccountId, clock: Databases
) -> None:
    bookings = await three(context, shop, client, "all")
    await come(clock, bookings[0].due_at + timedelta(minutes=1) if bookings[0].due_at else bookings[0].starts_at)
    await settle(context)
    for staff in shop.staff:
        vertical, other = context.verticals.get("barber"), AccountId(staff)
        wish = HoldSlot(other, [shop.service_id], bookings[1].starts_at, staff)
        await usecases.hold_slot(context, vertical, wish, None)
    await Paying(context, shop, bookings[0].id, client, minor=3 * PRICE).confirmed()
    after = [await now_of(context, one, client) for one in bookings]
    assert [one.status for one in after] == [Status.CONFIRMED, Status.EXPIRED, Status.CONFIRMED]
    assert after[0].refunded == Money(PRICE)
