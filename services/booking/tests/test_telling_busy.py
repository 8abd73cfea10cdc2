"""What is told of when the staff is taken: each change of a day, once, in order, and nothing else."""

import asyncio
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

import httpx
import pytest
from services.booking.tests.builders import ZONE, Paying, Shop, come, days_ahead
from services.booking.tests.offering import another
from services.booking.tests.test_busy import ones

from booking import usecases
from booking.usecases import BookingContext
from common.testing import Databases, Tokens, published
from contracts.calendar import CalendarBusyChanged, subject_of
from contracts.ids import AccountId, StaffId, new_id
from contracts.providers import DepositPart, SegmentPart

BOOKINGS: Final = "/api/v1/bookings"
TEN: Final = list(range(120, 126))
"""The bits of 10:00 to 10:30 on a day without a change of offset."""


async def tell(context: BookingContext) -> None:
    """What the job does of a second."""
    while await usecases.tell_busy(context, "barber"):
        pass


async def told(context: BookingContext, staff_id: object, day: date) -> list[CalendarBusyChanged]:
    """Of one of the staff's days, in order."""
    subject = subject_of(StaffId(UUID(str(staff_id))), day)
    facts = [event.data for event in await published(context.uow, "barber", subject)]
    return [fact for fact in facts if isinstance(fact, CalendarBusyChanged)]


async def maps(context: BookingContext, made: dict[str, Any], day: datetime) -> list[list[int]]:
    """The bits told of the day of whoever attends a booking, in order."""
    return [ones(one.busy) for one in await told(context, made["staffId"], day.astimezone(ZONE).date())]


async def test_a_booking_is_told_and_its_end_too(
    http: httpx.AsyncClient, context: BookingContext, shop: Shop, made: dict[str, Any], as_client: dict[str, str]
) -> None:
    await tell(context)
    (fact,) = await told(context, made["staffId"], days_ahead(2).date())
    assert (fact.version, fact.provider_id, fact.zone, fact.minutes_per_bit) == (1, shop.provider_id, str(ZONE), 5)
    assert (ones(fact.busy), len(fact.busy)) == (TEN, 72)
    await http.post(f"{BOOKINGS}/{made['id']}/cancel", headers=as_client)
    await tell(context)
    assert await maps(context, made, days_ahead(2)) == [TEN, []]


async def test_a_moved_booking_changes_the_day_it_left_and_the_day_it_went_to(
    http: httpx.AsyncClient, context: BookingContext, made: dict[str, Any], as_client: dict[str, str]
) -> None:
    await tell(context)
    there = {"startsAt": days_ahead(4).isoformat(), "staffId": made["staffId"]}
    await http.post(f"{BOOKINGS}/{made['id']}/reschedule", json=there, headers=as_client)
    await tell(context)
    assert await maps(context, made, days_ahead(2)) == [TEN, []]
    assert await maps(context, made, days_ahead(4)) == [TEN]


async def test_a_hold_that_expires_frees_its_time(
    context: BookingContext, made: dict[str, Any], clock: Databases
) -> None:
    await tell(context)
    await clock.shift_clock("barber", timedelta(minutes=16))
    await usecases.settle_due_holds(context, "barber")
    await tell(context)
    assert await maps(context, made, days_ahead(2)) == [TEN, []]


async def test_money_that_finds_the_slot_still_free_takes_the_time_again(
    context: BookingContext, made: dict[str, Any], paying: Paying, clock: Databases
) -> None:
    await clock.shift_clock("barber", timedelta(minutes=16))
    await usecases.settle_due_holds(context, "barber")
    await tell(context)
    assert await maps(context, made, days_ahead(2)) == []
    await paying.confirmed()
    await tell(context)
    assert await maps(context, made, days_ahead(2)) == [TEN]


async def test_whoever_was_served_is_in_nobodys_way_any_more(
    http: httpx.AsyncClient,
    context: BookingContext,
    made: dict[str, Any],
    paying: Paying,
    as_owner: dict[str, str],
    clock: Databases,
) -> None:
    await paying.confirmed()
    await tell(context)
    await come(clock, days_ahead(2) + timedelta(minutes=20))
    assert (await http.post(f"{BOOKINGS}/{made['id']}/complete", headers=as_owner)).status_code == 200
    await tell(context)
    assert await maps(context, made, days_ahead(2)) == [TEN, []]


async def test_several_changes_of_a_day_are_told_once_and_nothing_is_told_again(
    http: httpx.AsyncClient, context: BookingContext, shop: Shop, made: dict[str, Any], tokens: Tokens
) -> None:
    wishes = [shop.wish(days_ahead(2, time(hour)), staffId=made["staffId"]) for hour in (11, 15)]
    for wish in wishes:
        await http.post(BOOKINGS, json=wish, headers=tokens.bearer(AccountId(new_id())))
    for _ in range(2):
        await tell(context)
        assert await maps(context, made, days_ahead(2)) == [[*TEN, *range(132, 138), *range(180, 186)]]


async def test_what_came_and_went_between_two_seconds_is_not_told(
    http: httpx.AsyncClient, context: BookingContext, made: dict[str, Any], as_client: dict[str, str]
) -> None:
    await http.post(f"{BOOKINGS}/{made['id']}/cancel", headers=as_client)
    await tell(context)
    assert await maps(context, made, days_ahead(2)) == []


async def test_while_a_colour_takes_effect_its_hairdresser_is_free(
    http: httpx.AsyncClient, context: BookingContext, shop: Shop, as_client: dict[str, str]
) -> None:
    pause = SegmentPart(minutes=30, attended=False)
    segments = (SegmentPart(minutes=30), pause, SegmentPart(minutes=30))
    colour = await another(context, shop, duration_minutes=90, segments=segments)
    wish = {"serviceId": str(colour), "startsAt": days_ahead(2).isoformat()}
    made = (await http.post(BOOKINGS, json=wish, headers=as_client)).json()
    await tell(context)
    assert await maps(context, made, days_ahead(2)) == [[*TEN, *range(132, 138)]]


async def test_workers_at_once_tell_each_day_in_order_and_leave_it_as_it_is(
    http: httpx.AsyncClient, context: BookingContext, tokens: Tokens
) -> None:
    shop = await Shop(barbers=1, chairs=1, deposit=DepositPart()).open(context)
    starts = [days_ahead(2, time(9)) + number * timedelta(minutes=30) for number in range(20)]

    async def book_and_tell(start: datetime) -> None:
        await http.post(BOOKINGS, json=shop.wish(start), headers=tokens.bearer(AccountId(new_id())))
        await asyncio.gather(*(usecases.tell_busy(context, "barber", 2) for _ in range(3)))

    await asyncio.gather(*map(book_and_tell, starts))
    await tell(context)
    facts = await told(context, shop.staff[0], days_ahead(2).date())
    assert [fact.version for fact in facts] == list(range(1, len(facts) + 1))
    counts = [len(ones(fact.busy)) for fact in facts]
    assert counts == sorted(set(counts))
    assert ones(facts[-1].busy) == list(range(108, 228))


async def test_a_day_long_past_is_neither_told_nor_kept(
    http: httpx.AsyncClient,
    context: BookingContext,
    made: dict[str, Any],
    paying: Paying,
    as_owner: dict[str, str],
    clock: Databases,
) -> None:
    await paying.confirmed()
    await tell(context)
    assert await kept(context, made) == 1
    await come(clock, days_ahead(12))
    await http.post(f"{BOOKINGS}/{made['id']}/complete", headers=as_owner)
    await tell(context)
    assert await maps(context, made, days_ahead(2)) == [TEN]
    assert await kept(context, made) == 0


async def kept(context: BookingContext, made: dict[str, Any]) -> int:
    async with context.uow.read("barber") as session:
        query = "SELECT count(*) FROM busy WHERE staff_id = $1"
        count: int = await session.connection.fetchval(query, UUID(made["staffId"]))
    return count


@pytest.mark.usefixtures("made")
async def test_a_new_reader_is_told_each_day_as_it_was_told_last(context: BookingContext, shop: Shop) -> None:
    await tell(context)
    told_again: list[CalendarBusyChanged] = []
    after = UUID(int=0)
    async with context.uow.begin("barber") as work:
        while page := await usecases.snapshot_busy(work, after):
            told_again += page
            after = page[-1].subject
    of_shop = [one for one in told_again if one.provider_id == shop.provider_id]
    assert of_shop == await told(context, of_shop[0].staff_id, days_ahead(2).date())
