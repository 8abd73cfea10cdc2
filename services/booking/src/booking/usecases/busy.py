"""Tell when whom of the staff is taken: what changed of a day meanwhile is told once, and only if the day differs."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from booking import store
from booking.domain.busy import MINUTES_PER_BIT, bits_of, is_told, local_days, oldest_told
from booking.domain.span import Span, whole_day
from booking.store import Attending, BusyDay
from common.service import Context
from common.uow import Work
from contracts.calendar import CalendarBusyChanged
from contracts.ids import StaffId

_MOST: Final = 500
_SNAPSHOT_PAGE: Final = 200
_SPARE: Final = timedelta(days=1)
"""What is forgotten is older than what is told by more than any two clocks differ: no version is given twice."""


async def tell_busy(context: Context, scope: str, most: int = _MOST) -> int:
    """Work out anew the days of which something was claimed or let go, and tell of those that differ.

    1 when there may be more, else 0: what is touched meanwhile waits for the next second.
    """
    async with context.uow.begin(scope) as work:
        touched = await store.take_touched(work, most)
        changed = await _changed(work, await _days_of(work, touched))
        if changed:
            await store.save_busy(work, changed)
            await work.publish(*map(_told, changed))
        await store.drop_busy(work, oldest_told(await work.now()) - _SPARE, most)
    return int(len(touched) == most)


async def snapshot_busy(work: Work, after: UUID) -> Sequence[CalendarBusyChanged]:
    """What was told last of the next days."""
    return [_told(day) for day in await store.page_busy(work, after, _SNAPSHOT_PAGE)]


async def _days_of(work: Work, touched: Sequence[tuple[UUID, Span]]) -> Sequence[BusyDay]:
    """The staff's local days that these have a part in, as if nothing of them were taken."""
    if not touched:
        return ()
    attending = await store.find_attending(work, list({resource for resource, _ in touched}))
    now = await work.now()
    days = {
        (StaffId(resource), day)
        for resource, span in touched
        if resource in attending
        for day in local_days(span, ZoneInfo(attending[resource].zone))
        if is_told(day, now)
    }
    return [_free(attending[staff_id], staff_id, day) for staff_id, day in days]


def _free(at: Attending, staff_id: StaffId, day: date) -> BusyDay:
    return BusyDay(at.provider_id, staff_id, day, at.zone, 0, bits_of(_span(day, at.zone), ()))


async def _changed(work: Work, days: Sequence[BusyDay]) -> Sequence[BusyDay]:
    """Those that differ from what was told of them, in their next version."""
    if not days:
        return ()
    known = await store.lock_busy(work, days)
    taken = await store.find_spans_taken(work, {one.id: (one.staff_id, _span(one.day, one.zone)) for one in days})
    found = [
        replace(one, version=known[one.id].version, bits=bits_of(_span(one.day, one.zone), taken[one.id]))
        for one in days
    ]
    return [replace(one, version=one.version + 1) for one in found if one != known[one.id]]


def _span(day: date, zone: str) -> Span:
    return whole_day(day, ZoneInfo(zone))


def _told(day: BusyDay) -> CalendarBusyChanged:
    return CalendarBusyChanged(
        version=day.version,
        provider_id=day.provider_id,
        staff_id=day.staff_id,
        day=day.day,
        zone=day.zone,
        minutes_per_bit=MINUTES_PER_BIT,
        busy=day.bits,
    )
