"""Which slots are free."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Final

from booking import store
from booking.domain.calendar import Slot, Span, free
from booking.domain.offer import Offer
from booking.domain.refusals import RangeTooLong
from booking.usecases.rules import rules_of
from common.db import Session
from common.errors import NotFound
from common.service import Context
from common.verticals import Vertical
from contracts.ids import ServiceId, StaffId

_LONGEST: Final = 62
_NEAREST: Final = 3
_NEAR: Final = timedelta(days=3)
_DAY: Final = timedelta(days=1)


async def list_slots(
    context: Context, vertical: Vertical, service_id: ServiceId, first: date, last: date, staff_id: StaffId | None
) -> tuple[Offer, Sequence[Slot]]:
    """The free slots of a service over local days; RangeTooLong beyond 62 days, NotFound for an unknown service."""
    if last < first or (last - first).days >= _LONGEST:
        raise RangeTooLong
    async with context.uow.read(vertical.id) as session:
        found = await store.find_offer(session, service_id)
        if found is None or not found[0].bookable:
            raise NotFound
        offer, now = found
        if first < now.date() - _DAY or last > (now + rules_of(vertical).horizon).date() + _DAY:
            raise RangeTooLong
        slots = await _free(session, offer, vertical, first, last, now)
    return offer, [slot for slot in slots if staff_id in (None, slot.staff_id)]


async def nearest_slots(context: Context, vertical: Vertical, service_id: ServiceId, start: datetime) -> Sequence[Slot]:
    """The three free slots nearest to a start, no further than three days from it."""
    async with context.uow.read(vertical.id) as session:
        found = await store.find_offer(session, service_id)
        if found is None:
            return ()
        offer, now = found
        slots = await _free(session, offer, vertical, (start - _NEAR).date(), (start + _NEAR).date(), now)
    starts = {slot.start: slot for slot in reversed(slots)}
    by_distance = sorted(starts.values(), key=lambda slot: (abs(slot.start - start), slot.start))
    return list(islice(by_distance, _NEAREST))


async def _free(
    session: Session, offer: Offer, vertical: Vertical, first: date, last: date, now: datetime
) -> Sequence[Slot]:
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    midnight = datetime.min.time()
    # A local day reaches at most a day beyond the UTC day of the same date, on either side.
    span = Span(
        datetime.combine(first, midnight, now.tzinfo) - _DAY, datetime.combine(last, midnight, now.tzinfo) + 2 * _DAY
    )
    taken = await store.find_claims(session, offer, span)
    return sorted(free(offer, days, rules_of(vertical), taken, now), key=lambda slot: (slot.start, slot.staff_id))
