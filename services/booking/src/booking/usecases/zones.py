"""A zone's offset changes by law, at short notice: appointments keep their wall-clock time, so their instants move."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from booking import store
from booking.domain.booking import Booking
from booking.domain.session import GroupSession
from booking.domain.span import Span, instant_at, whole_day
from booking.store import LocalStart
from booking.usecases.facts import tell
from booking.usecases.following import is_paid_apart
from booking.usecases.sessions import tell_session
from common.service import Context, first_id
from common.uow import Work
from contracts.booking import ZONE_CHANGED, BookingRescheduled
from contracts.sessions import SessionPublished

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
    """All bookings and sessions of one of them, a page in a transaction; how many were moved."""
    moved, after, day = 0, first_id(), whole_day(start.starts_local.date(), zone)
    for _ in range(_MOST_PAGES):
        async with context.uow.begin(scope) as work:
            page = await store.lock_starting(work, start, after, _BATCH)
            for booking in page:
                moved += await _follow(work, booking, right, day)
        if len(page) < _BATCH:
            break
        after = page[-1].id
    async with context.uow.begin(scope) as work:
        for group in await store.lock_sessions_starting(work, start, _BATCH):
            moved += await _follow_session(work, group, right, day)
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
    await _put(work, booking, right)
    return True


async def _follow_session(work: Work, session: GroupSession, right: datetime, day: Span) -> int:
    """The session with all its seats, or nobody; how many were moved."""
    seats = await store.lock_live_seats(work, session.id, session.seats)
    if not await store.shift_claims_of_session(work, session, right - session.starts_at, day):
        log.error("session.not_moved", session_id=str(session.id), zone=session.zone)
        return 0
    moved = session.at_instant(right)
    await store.save_session(work, moved)
    await work.publish(tell_session(SessionPublished, moved))
    for booking in seats:
        await _put(work, booking, right)
    return 1 + len(seats)


async def _put(work: Work, booking: Booking, right: datetime) -> None:
    moved = booking.at_instant(right)
    await store.save_booking(work, moved)
    apart = await is_paid_apart(work, moved)
    await work.publish(tell(BookingRescheduled, moved, reason=ZONE_CHANGED, paid_apart=apart))
    log.info("booking.moved_with_zone", booking_id=str(booking.id), zone=booking.zone)
