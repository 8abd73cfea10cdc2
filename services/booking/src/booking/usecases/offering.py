"""What came free is offered to whoever waited longest for it: a real hold, that its client takes or lets go."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

import structlog

from booking import store
from booking.domain.calendar import Calendar, Slot
from booking.domain.hold_number import numbers_beyond
from booking.domain.offer import Offer
from booking.domain.refusals import DayFull, SlotTaken
from booking.domain.span import Span
from booking.domain.waiting import Freed, Wait, WaitStatus, as_offer, best_slot
from booking.store import Opening
from booking.usecases.availability import Days
from booking.usecases.contention import LostHoldNumber, LostSlot
from booking.usecases.context import BookingContext
from booking.usecases.facts import tell, tell_wait
from booking.usecases.hold import HoldSlot, choose, draft, insert
from common.due import OneByOne, settle_due
from common.uow import Work
from common.verticals import Vertical
from contracts.booking import BookingCreated
from contracts.waitlist import WaitlistOffered

log = structlog.get_logger()
_BATCH: Final = 20
_LINE: Final = 50
_ATTEMPTS: Final = 3
_SHORTLY: Final = timedelta(seconds=5)
_LATER: Final = timedelta(minutes=1)
_DAY: Final = timedelta(days=1)


async def offer_freed(context: BookingContext, scope: str) -> int:
    """Offer each slot that came free once; a vertical that takes no new bookings makes no offers either."""
    if scope in context.paused:
        return 0
    vertical = context.verticals.get(scope)
    find = partial(_find_freed, context, scope)
    apart = OneByOne(find, partial(_look_at, context, vertical), partial(_put_off, context, scope, _LATER))
    return await settle_due("offer_freed", partial(_look_at_each, context, vertical), apart)


async def _look_at_each(context: BookingContext, vertical: Vertical) -> int:
    """Each in a transaction of its own: who loses a race for one has not lost the others."""
    found = await _find_freed(context, vertical.id)
    for each in found:
        await _look_at(context, vertical, each)
    return len(found)


async def _find_freed(context: BookingContext, scope: str) -> Sequence[UUID]:
    async with context.uow.read(scope) as session:
        return await store.find_freed(session, _BATCH)


async def _put_off(context: BookingContext, scope: str, wait: timedelta, freed_id: UUID) -> None:
    async with context.uow.begin(scope) as work:
        await store.put_off_freed(work, freed_id, wait)


async def _look_at(context: BookingContext, vertical: Vertical, freed_id: UUID) -> None:
    for _ in range(_ATTEMPTS):
        try:
            async with context.uow.begin(vertical.id) as work:
                freed = await store.lock_freed(work, freed_id)
                if freed is not None:
                    await _go_down_the_line(work, vertical, freed)
        except (LostSlot, LostHoldNumber, SlotTaken, DayFull):
            continue
        return
    await _put_off(context, vertical.id, _SHORTLY, freed_id)


async def _go_down_the_line(work: Work, vertical: Vertical, freed: Freed) -> None:
    """To the first whom it suits. Of a long line a part at a time, and what nobody could use now is let go."""
    now = await work.now()
    line = await store.page_in_line(work, freed, _LINE) if freed.during.start > now else []
    for wait in line:
        if await _offer_to(work, vertical, freed, wait):
            await store.delete_freed(work, freed)
            return
    if len(line) == _LINE:
        await store.pass_over(work, freed, line[-1])
    elif freed.during.start <= now or not await store.keep_freed(work, freed):
        await store.delete_freed(work, freed)


async def _offer_to(work: Work, vertical: Vertical, freed: Freed, waiting: Wait) -> bool:
    opening = await store.find_opening(work, vertical, waiting.service_ids, waiting.client_id)
    if opening is None or not opening.offer.bookable or (opening.offer.approval and not freed.accepted):
        return False
    slot = best_slot(
        waiting, await _free(work, opening, freed, waiting), freed.during, opening.offer.duration, opening.now
    )
    wait = await store.lock_wait(work, waiting.id) if slot is not None else None
    # Another slot may have been offered to them meanwhile.
    if slot is None or wait is None or wait.status is not WaitStatus.WAITING:
        return False
    await _hold_for(work, vertical, freed, wait, opening, slot.start)
    return True


async def _hold_for(
    work: Work, vertical: Vertical, freed: Freed, wait: Wait, opening: Opening, starts_at: datetime
) -> None:
    wish = HoldSlot(wait.client_id, wait.service_ids, starts_at, wait.staff_id, wait.place_id)
    slot, claims = await choose(work, opening.offer, wish)
    until = opening.now + timedelta(minutes=vertical.booking.offer_minutes)
    booking = as_offer(draft(vertical, opening.offer, slot, claims, wait.client_id, opening.now), until)
    await insert(work, booking, claims, numbers_beyond(opening.hold_numbers, 1)[0])
    if not await store.insert_offer(work, freed, wait, booking):
        raise LostSlot
    offered = wait.offer(booking.id)
    await store.save_wait(work, offered)
    about = {"booking_id": booking.id, "starts_at": booking.starts_at, "offer_expires_at": booking.hold_expires_at}
    await work.publish(tell(BookingCreated, booking), tell_wait(WaitlistOffered, offered, **about))
    log.info("waitlist.offered", waitlist_id=str(wait.id), booking_id=str(booking.id))


async def _free(work: Work, opening: Opening, freed: Freed, waiting: Wait) -> Sequence[Slot]:
    """All that is free for them on the local days on which a visit could use what came free."""
    offer = opening.offer
    days = _days_of(offer, Span(freed.during.start - offer.duration, freed.during.end))
    midnight = datetime.min.time()
    span = Span(
        datetime.combine(days.first, midnight, opening.now.tzinfo) - _DAY,
        datetime.combine(days.last, midnight, opening.now.tzinfo) + 2 * _DAY,
    )
    taken = await store.find_taken(work, offer, span, waiting.client_id)
    return list(Calendar(offer, taken, waiting.client_id).free(days, opening.now))


def _days_of(offer: Offer, span: Span) -> Days:
    days = [at.astimezone(place.zone).date() for place in offer.shop.places.values() for at in (span.start, span.end)]
    return Days(min(days), max(days))
