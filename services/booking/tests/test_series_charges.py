"""What a series asks for of each of its bookings, before it takes place."""

from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from services.booking.tests.builders import Paying, Shop, come, days_ahead, settle
from services.booking.tests.series import DEPOSIT, caller, charging, now_of, series_of, three

from booking import usecases
from booking.domain.booking import Status
from booking.usecases import BookingContext, By, Move, MoveSeries, OfSeries, Scope
from common.testing import Databases, published
from contracts.booking import BookingRescheduled
from contracts.ids import AccountId
from contracts.series import SeriesConfirmed

AHEAD = timedelta(hours=48)
DAY = timedelta(days=1)


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


async def test_of_each_only_what_is_paid_is_told_as_confirmed(
    context: BookingContext, shop: Shop, client: AccountId
) -> None:
    first, *_ = await three(context, shop, client, "each")
    await Paying(context, shop, first.id, client).confirmed()
    told = [event.data for event in await published(context.uow, "barber", UUID(str(first.series_id)))]
    assert [one.booking_ids for one in told if isinstance(one, SeriesConfirmed)] == [(first.id,)]


async def test_one_that_is_moved_is_to_be_paid_before_its_new_start(
    context: BookingContext, shop: Shop, client: AccountId
) -> None:
    first, second, _ = await three(context, shop, client, "each")
    await Paying(context, shop, first.id, client).confirmed()
    for there in (second.starts_at - 2 * DAY, second.starts_at + DAY):
        vertical, move = charging(context, "each"), Move(second.id, there)
        moved = await usecases.reschedule_booking(context, vertical, move, By(caller(client)), None)
        assert (moved.due_at, moved.hold_expires_at) == (there - AHEAD, there - AHEAD)
    told = (await published(context.uow, "barber", second.id))[-1].data
    assert isinstance(told, BookingRescheduled)
    assert (told.paid_apart, told.hold_expires_at) == (True, second.starts_at + DAY - AHEAD)


async def test_one_that_its_provider_moves_nearer_keeps_the_time_that_there_was_to_pay(
    context: BookingContext, shop: Shop, client: AccountId
) -> None:
    first, second, _ = await three(context, shop, client, "each")
    await Paying(context, shop, first.id, client).confirmed()
    vertical, there = charging(context, "each"), first.starts_at - 3 * DAY
    moved = await usecases.reschedule_booking(context, vertical, Move(second.id, there), By(caller(shop.owner)), None)
    assert moved.hold_expires_at == there


async def test_one_whose_payment_was_closed_may_be_paid_as_long_as_before(
    context: BookingContext, shop: Shop, client: AccountId
) -> None:
    first, second, _ = await three(context, shop, client, "each")
    await Paying(context, shop, first.id, client).confirmed()
    paying = Paying(context, shop, second.id, client)
    await paying.begun()
    await paying.closed()
    assert (await now_of(context, second, client)).hold_expires_at == second.hold_expires_at


async def test_one_that_is_due_already_is_not_revived_by_a_move(
    context: BookingContext, shop: Shop, client: AccountId
) -> None:
    first, second, _ = await three(context, shop, client, "each")
    vertical, by = charging(context, "each"), By(caller(client))
    await usecases.cancel_booking(context, vertical, first.id, by, None)
    await usecases.reschedule_booking(context, vertical, Move(second.id, second.starts_at + DAY), by, None)
    await settle(context)
    assert (await now_of(context, second, client)).status is Status.EXPIRED


async def test_one_that_follows_its_zone_is_asked_for_all_the_same(
    context: BookingContext, shop: Shop, client: AccountId
) -> None:
    first, second, _ = await three(context, shop, client, "each")
    await Paying(context, shop, first.id, client).confirmed()
    try:
        await usecases.follow_zones(context, "barber", lambda _: ZoneInfo("America/La_Paz"))
        told = [(await published(context.uow, "barber", one.id))[-1].data for one in (first, second)]
    finally:
        await usecases.follow_zones(context, "barber")
    assert [one.paid_apart for one in told if isinstance(one, BookingRescheduled)] == [False, True]


async def test_those_that_are_moved_together_are_to_be_paid_before_their_new_starts(
    context: BookingContext, shop: Shop, client: AccountId
) -> None:
    bookings = await three(context, shop, client, "each")
    await Paying(context, shop, bookings[0].id, client).confirmed()
    which = OfSeries(series_of(bookings[0]), Scope.FOLLOWING, bookings[1].id)
    wanted = MoveSeries(which, bookings[1].starts_at - 2 * DAY)
    moved = await usecases.reschedule_series(context, charging(context, "each"), wanted, caller(client), None)
    assert [one.due_at for one in moved] == [one.starts_at - 2 * DAY - AHEAD for one in bookings[1:]]


async def test_one_that_payments_was_asked_to_close_is_waited_for_though_the_first_is_lost(
    context: BookingContext, shop: Shop, client: AccountId, clock: Databases
) -> None:
    today, tomorrow = (f"{(days_ahead(days)):%a}"[:2].upper() for days in (1, 2))
    rule = f"FREQ=WEEKLY;BYDAY={today},{tomorrow};COUNT=2"
    first, second = await three(context, shop, client, "each", rule, days=1)
    assert second.due_at is not None
    await Paying(context, shop, first.id, client).waits(second.due_at + timedelta(hours=1))
    await Paying(context, shop, second.id, client).begun()
    await come(clock, second.due_at + timedelta(seconds=1))
    await settle(context)
    await usecases.cancel_booking(context, context.verticals.get("barber"), first.id, By(caller(client)), None)
    await settle(context)
    after = await now_of(context, second, client)
    assert (after.status, after.close_asked) == (Status.HELD, True)
