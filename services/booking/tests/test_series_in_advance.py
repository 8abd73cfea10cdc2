"""A series that is paid in advance: one payment for all of it, and of each its share."""

from datetime import timedelta

import pytest
from services.booking.tests.builders import ZONE, Paying, Shop, come, settle
from services.booking.tests.series import PRICE, caller, now_of, series_of, three

from booking import usecases
from booking.domain.booking import Status
from booking.usecases import BookingContext, By, CancelDay, HoldSlot, Move
from common.money import Money
from common.testing import Databases
from contracts.ids import AccountId, BookingId
from contracts.payments import PaymentPurpose


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
    vertical, by = context.verticals.get("barber"), By(caller(client))
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
    of = usecases.OfSeries(series_of(bookings[0]), usecases.Scope(which), bookings[0].id)
    await usecases.cancel_series(context, context.verticals.get("barber"), of, caller(client), None)
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


async def test_what_was_called_off_before_it_was_paid_for_is_given_back(
    context: BookingContext, shop: Shop, client: AccountId
) -> None:
    first, _, third = await three(context, shop, client, "all")
    await usecases.cancel_booking(context, context.verticals.get("barber"), third.id, By(caller(client)), None)
    await Paying(context, shop, first.id, client, minor=3 * PRICE).confirmed()
    assert (await now_of(context, first, client)).refunded == Money(PRICE)


async def test_no_share_goes_back_twice(context: BookingContext, shop: Shop, client: AccountId) -> None:
    first, _, third = await three(context, shop, client, "all")
    paying = Paying(context, shop, first.id, client, minor=3 * PRICE)
    await paying.confirmed()
    await usecases.cancel_booking(context, context.verticals.get("barber"), third.id, By(caller(client)), None)
    for _ in range(2):
        await Paying(context, shop, third.id, client).withdrawn()
    assert (await now_of(context, first, client)).refunded == Money(PRICE)


async def test_who_withdraws_from_the_first_pays_for_what_was_rendered(
    context: BookingContext, shop: Shop, client: AccountId, clock: Databases
) -> None:
    first, second, third = await three(context, shop, client, "all")
    paying, vertical = Paying(context, shop, first.id, client, minor=3 * PRICE), context.verticals.get("barber")
    await paying.confirmed()
    await usecases.cancel_booking(context, vertical, first.id, By(caller(client)), None)
    await come(clock, second.starts_at + timedelta(hours=1))
    await usecases.complete_booking(context, vertical, second.id, caller(shop.owner), None)
    await paying.withdrawn()
    after = [await now_of(context, one, client) for one in (first, second, third)]
    assert [one.status for one in after] == [Status.CANCELLED, Status.COMPLETED, Status.CANCELLED]
    assert after[0].kept == Money(PRICE)


async def test_what_went_back_of_it_is_not_to_be_paid_again(
    context: BookingContext, shop: Shop, client: AccountId
) -> None:
    first, _, third = await three(context, shop, client, "all")
    await Paying(context, shop, first.id, client, minor=3 * PRICE).confirmed()
    await usecases.cancel_booking(context, context.verticals.get("barber"), third.id, By(caller(client)), None)
    more = Paying(context, shop, first.id, client, minor=PRICE, purpose=PaymentPurpose.BALANCE)
    await more.confirmed()
    after = await now_of(context, first, client)
    assert (after.paid, after.kept) == (Money(4 * PRICE), Money(2 * PRICE))


async def test_a_day_with_two_of_them_gives_back_both_shares(
    context: BookingContext, shop: Shop, client: AccountId
) -> None:
    first, second, _ = await three(context, shop, client, "all")
    await Paying(context, shop, first.id, client, minor=3 * PRICE).confirmed()
    vertical = context.verticals.get("barber")
    move = Move(second.id, first.starts_at - timedelta(minutes=30))
    await usecases.reschedule_booking(context, vertical, move, By(caller(client)), None)
    day = CancelDay(shop.provider_id, first.starts_at.astimezone(ZONE).date())
    assert await usecases.cancel_day(context, vertical, day, caller(shop.owner)) == 2
    after = await now_of(context, first, client)
    assert (after.status, after.refunded) == (Status.CANCELLED, Money(2 * PRICE))
