"""Holds that nobody paid and requests that nobody answered fall due: the row is the timer."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Final

import structlog

from booking import store
from booking.domain.booking import Booking, Status
from booking.usecases.facts import tell
from booking.usecases.following import drop_others, led_by
from booking.usecases.freeing import let_free
from common.due import OneByOne, settle_due
from common.service import Context
from common.uow import Work
from contracts.booking import BookingExpired, BookingHoldDue
from contracts.ids import BookingId

log = structlog.get_logger()
_BATCH: Final = 50
_PUT_OFF: Final = timedelta(minutes=1)


async def settle_due_holds(context: Context, scope: str) -> int:
    """Expire unpaid holds and unanswered requests.

    Where a payment was begun, payments is asked first to close it (decision 7).
    """
    apart = OneByOne(
        partial(_find_due, context, scope), partial(_settle_one, context, scope), partial(_put_off, context, scope)
    )
    return await settle_due("settle_due_holds", partial(_settle_batch, context, scope), apart)


async def _settle_batch(context: Context, scope: str) -> int:
    async with context.uow.begin(scope) as work:
        due = await store.lock_due(work, _BATCH)
        for booking in due:
            await _settle(work, booking)
    return len(due)


async def _find_due(context: Context, scope: str) -> Sequence[BookingId]:
    async with context.uow.read(scope) as session:
        return await store.find_due(session, _BATCH)


async def _settle_one(context: Context, scope: str, booking_id: BookingId) -> None:
    async with context.uow.begin(scope) as work:
        booking = await store.lock_due_one(work, booking_id)
        if booking is not None:
            await _settle(work, booking)


async def _put_off(context: Context, scope: str, booking_id: BookingId) -> None:
    async with context.uow.begin(scope) as work:
        await store.put_off(work, booking_id, _PUT_OFF)


async def _settle(work: Work, booking: Booking) -> None:
    if booking.payment_id is not None and not booking.close_asked:
        asked = booking.ask_to_close(await work.now())
        await store.save_booking(work, asked)
        await work.publish(tell(BookingHoldDue, asked, payment_id=booking.payment_id))
        return
    await expire(work, booking)


async def expire(work: Work, booking: Booking) -> None:
    """Its time is over: the slot is free again."""
    expired, unanswered = booking.expire(), booking.status is Status.PENDING
    await store.save_booking(work, expired)
    await drop_others(work, booking)
    # Of a series nobody was asked but for its first one.
    follows = unanswered and booking.series_id is not None and await led_by(work, booking) is None
    await work.publish(tell(BookingExpired, expired, unanswered=unanswered, told_with_series=follows))
    await let_free(work, booking, booking.client_id)
    log.info("booking.expired", booking_id=str(booking.id))
