"""A hold lasts as long as the money of its ticket may take, and no longer than that."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from services.booking.tests.builders import Paying, Shop, days_ahead, settle

from booking.usecases import BookingContext
from common.testing import Databases, published
from contracts.booking import BookingHoldDue, BookingHoldMoved
from contracts.ids import PaymentId, new_id


async def told(context: BookingContext, made: dict[str, Any]) -> list[str]:
    return [event.type for event in await published(context.uow, "barber", UUID(made["id"]))]


async def ends(context: BookingContext, made: dict[str, Any]) -> datetime:
    """When the hold ends; it falls due at that instant."""
    async with context.uow.read("barber") as session:
        row = await session.connection.fetchrow(
            "SELECT hold_expires_at, due_at FROM booking WHERE id = $1", UUID(made["id"])
        )
    assert row["hold_expires_at"] == row["due_at"]
    found: datetime = row["due_at"]
    return found


async def settle_after(context: BookingContext, clock: Databases, **ahead: float) -> None:
    await clock.shift_clock("barber", timedelta(**ahead))
    await settle(context)


async def test_a_ticket_moves_the_end_of_the_hold_once_however_often_it_is_told(
    context: BookingContext, made: dict[str, Any], paying: Paying, clock: Databases
) -> None:
    until = days_ahead(1)
    await paying.begun()
    for _ in range(3):
        await paying.waits(until)
    assert await ends(context, made) == until
    moved = (await published(context.uow, "barber", UUID(made["id"])))[-1]
    assert isinstance(moved.data, BookingHoldMoved)
    assert (moved.data.hold_expires_at, moved.data.version, moved.data.status) == (until, 2, "held")
    await settle_after(context, clock, minutes=16)
    assert await told(context, made) == ["booking.created", "booking.hold_moved"]


async def test_a_hold_is_never_moved_past_the_appointment_nor_sooner(
    context: BookingContext, made: dict[str, Any], paying: Paying
) -> None:
    starts_at = datetime.fromisoformat(made["startsAt"])
    await paying.waits(starts_at + timedelta(days=3))
    assert await ends(context, made) == starts_at
    await paying.waits(days_ahead(1))
    assert await ends(context, made) == starts_at


async def test_at_its_moved_end_the_hold_asks_payments_and_then_expires(
    context: BookingContext, made: dict[str, Any], paying: Paying, clock: Databases
) -> None:
    await paying.waits(days_ahead(1))
    await settle_after(context, clock, days=1, hours=23)
    await paying.closed()
    assert (await told(context, made))[-2:] == ["booking.hold_due", "booking.expired"]


async def test_money_within_the_moved_hold_confirms(
    context: BookingContext, made: dict[str, Any], paying: Paying
) -> None:
    await paying.waits(days_ahead(1))
    await paying.confirmed()
    assert (await told(context, made))[-1] == "booking.confirmed"


async def test_a_hold_that_payments_was_asked_to_close_is_not_moved_any_more(
    context: BookingContext, made: dict[str, Any], paying: Paying, clock: Databases
) -> None:
    await paying.begun()
    await settle_after(context, clock, minutes=16)
    await paying.waits(days_ahead(1))
    await paying.closed()
    assert await told(context, made) == ["booking.created", "booking.hold_due", "booking.expired"]


async def test_a_closed_ticket_leaves_the_client_as_long_as_a_new_hold(
    context: BookingContext, made: dict[str, Any], paying: Paying, clock: Databases
) -> None:
    first = await ends(context, made)
    await paying.waits(days_ahead(1))
    await paying.closed()
    assert timedelta(0) <= await ends(context, made) - first < timedelta(minutes=1)
    assert await told(context, made) == ["booking.created", "booking.hold_moved", "booking.hold_moved"]
    await settle_after(context, clock, minutes=17)
    assert (await told(context, made))[-1] == "booking.expired"


@pytest.mark.parametrize("known", [True, False])
async def test_news_of_a_ticket_that_comes_after_its_end_moves_nothing(
    context: BookingContext, made: dict[str, Any], paying: Paying, *, known: bool
) -> None:
    before = await ends(context, made)
    if known:
        await paying.begun()
    await paying.closed()
    await paying.begun()
    await paying.waits(days_ahead(1))
    assert await ends(context, made) == before
    assert await told(context, made) == ["booking.created"]


async def test_the_end_of_one_payment_leaves_the_hold_of_the_next_alone(
    context: BookingContext, shop: Shop, made: dict[str, Any], paying: Paying
) -> None:
    until, next_one = days_ahead(1), Paying(context, shop, paying.booking_id, paying.client)
    next_one.payment_id = PaymentId(new_id())
    await paying.begun()
    await next_one.begun()
    await next_one.waits(until)
    await paying.closed()
    assert await ends(context, made) == until


async def test_a_payment_that_is_heard_of_late_takes_no_place_of_a_newer_one(
    context: BookingContext, shop: Shop, made: dict[str, Any], paying: Paying, clock: Databases
) -> None:
    until, next_one = days_ahead(1), Paying(context, shop, paying.booking_id, paying.client)
    await next_one.waits(until)
    await paying.begun()
    await paying.closed()
    assert await ends(context, made) == until
    await settle_after(context, clock, days=1, hours=23)
    asked = (await published(context.uow, "barber", UUID(made["id"])))[-1]
    assert isinstance(asked.data, BookingHoldDue)
    assert asked.data.payment_id == next_one.payment_id


async def test_the_end_of_an_earlier_payment_is_not_taken_for_that_of_the_last(
    context: BookingContext, shop: Shop, made: dict[str, Any], paying: Paying
) -> None:
    before, next_one = await ends(context, made), Paying(context, shop, paying.booking_id, paying.client)
    await next_one.begun()
    await next_one.closed()
    await paying.closed()
    await next_one.waits(days_ahead(1))
    assert await ends(context, made) == before


async def test_a_payment_begun_after_another_was_to_be_closed_is_asked_about_itself(
    context: BookingContext, shop: Shop, made: dict[str, Any], paying: Paying, clock: Databases
) -> None:
    next_one = Paying(context, shop, paying.booking_id, paying.client)
    await paying.begun()
    await settle_after(context, clock, minutes=16)
    await next_one.begun()
    await paying.closed()
    await settle_after(context, clock, minutes=27)
    asked = [
        event.data.payment_id
        for event in await published(context.uow, "barber", UUID(made["id"]))
        if isinstance(event.data, BookingHoldDue)
    ]
    assert asked == [paying.payment_id, next_one.payment_id]


async def test_a_confirmed_booking_is_not_held_again(
    context: BookingContext, made: dict[str, Any], paying: Paying
) -> None:
    await paying.confirmed()
    await paying.waits(days_ahead(1))
    assert await told(context, made) == ["booking.created", "booking.confirmed"]
