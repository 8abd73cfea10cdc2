"""Holds that fall due: the row is the timer."""

from typing import Final

import structlog

from booking import store
from booking.domain.booking import Booking
from booking.usecases.facts import tell
from common.service import Context
from common.uow import Work
from contracts.booking import BookingExpired, BookingHoldDue

log = structlog.get_logger()
_BATCH: Final = 50


async def settle_due_holds(context: Context, scope: str) -> int:
    """Expire unpaid holds; where a payment was begun, first ask payments to close it (decision 7)."""
    async with context.uow.begin(scope) as work:
        due = await store.lock_due(work, _BATCH)
        for booking in due:
            await _settle(work, booking)
    return len(due)


async def _settle(work: Work, booking: Booking) -> None:
    if booking.payment_id is not None and not booking.close_asked:
        asked = booking.ask_to_close(await work.now())
        await store.save_booking(work, asked)
        await work.publish(tell(BookingHoldDue, asked, payment_id=booking.payment_id))
        return
    await expire(work, booking)


async def expire(work: Work, booking: Booking) -> None:
    """The hold is over: the slot is free again."""
    expired = booking.expire()
    await store.save_booking(work, expired)
    await work.publish(tell(BookingExpired, expired))
    log.info("booking.expired", booking_id=str(booking.id))
