"""A zone's offset changes by law, at short notice: appointments keep their wall-clock time, so their instants move."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from booking import store
from booking.domain.booking import Booking
from booking.domain.span import Span, instant_at, whole_day
from booking.store import LocalStart
from booking.usecases.facts import tell
from common.service import Context, first_id
from common.uow import Work
from contracts.booking import ZONE_CHANGED, BookingRescheduled

log = structlog.get_logger()
_MOST_MOVED: Final = 1_000
_MOST_PAGES: Final = 1_000
_BATCH: Final = 50


async def follow_zones(context: Context, scope: str, zone_of: Callable[[str], ZoneInfo] = ZoneInfo) -> int:
    """Put what is ahead to the instants that its wall-clock times have by the time zone data there is now.

    Who has taken the new instant meanwhile stays there: what cannot be moved is logged, and tried again each time. It
    is in nobody's way: everything is looked at, until so many were moved that the job should come again at once.
    """
    async with context.uow.read(scope) as session:
        known = await store.find_starts_ahead(session)
    wrong = [
        (one, right) for one in known if (right := instant_at(one.starts_local, zone_of(one.zone))) != one.starts_at
    ]
    moved = 0
    for start, right in _in_order(wrong):
        moved += await _follow_start(context, scope, start, right, zone_of(start.zone))
        if moved >= _MOST_MOVED:
            break
    return moved


async def _follow_start(context: Context, scope: str, start: LocalStart, right: datetime, zone: ZoneInfo) -> int:
    """All bookings of one of them, a page in a transaction; how many were moved."""
    moved, after = 0, first_id()
    for _ in range(_MOST_PAGES):
        async with context.uow.begin(scope) as work:
            page = await store.lock_starting(work, start, after, _BATCH)
            for booking in page:
                moved += await _follow(work, booking, right, whole_day(start.starts_local.date(), zone))
        if len(page) < _BATCH:
            break
        after = page[-1].id
    return moved


def _in_order(wrong: Sequence[tuple[LocalStart, datetime]]) -> Sequence[tuple[LocalStart, datetime]]:
    """Whoever moves later begins with the last, whoever moves earlier with the first: nobody is in another's way."""
    later = sorted((one for one in wrong if one[1] > one[0].starts_at), key=lambda one: one[1], reverse=True)
    sooner = sorted((one for one in wrong if one[1] < one[0].starts_at), key=lambda one: one[1])
    return [*later, *sooner]


async def _follow(work: Work, booking: Booking, right: datetime, day: Span) -> bool:
    if not await store.shift_claims(work, booking.id, right - booking.starts_at, day):
        log.error("booking.not_moved", booking_id=str(booking.id), zone=booking.zone)
        return False
    moved = booking.at_instant(right)
    await store.save_booking(work, moved)
    await work.publish(tell(BookingRescheduled, moved, reason=ZONE_CHANGED))
    log.info("booking.moved_with_zone", booking_id=str(booking.id), zone=booking.zone)
    return True
