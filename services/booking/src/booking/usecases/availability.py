"""Which slots are free, and why one is not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Final

from booking import store
from booking.domain.booking import Booking
from booking.domain.calendar import Calendar, Slot
from booking.domain.explain import Explained, explain, rules_of_all
from booking.domain.offer import Offer
from booking.domain.refusals import BeyondHorizon, RangeInPast, RangeReversed, RangeTooLong
from booking.domain.span import Span
from booking.usecases.parties import is_insider
from common.auth import Principal
from common.db import Session
from common.errors import NotFound
from common.service import Context
from common.verticals import Vertical
from contracts.ids import AccountId, BookingId, ServiceId, StaffId

LONGEST: Final = 62
_NEAREST: Final = 3
_NEAR: Final = timedelta(days=3)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Days:
    """Local days, both included."""

    first: date
    last: date

    def must_be_few(self) -> None:
        """RangeReversed or RangeTooLong."""
        if self.last < self.first:
            raise RangeReversed
        if (self.last - self.first).days >= LONGEST:
            raise RangeTooLong

    def __iter__(self) -> Iterator[date]:
        return (self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1))


async def list_slots(
    context: Context,
    vertical: Vertical,
    service_ids: Sequence[ServiceId],
    days: Days,
    staff_id: StaffId | None,
) -> tuple[Offer, Sequence[Slot]]:
    """The free slots of a service or a visit over local days.

    RangeReversed, RangeTooLong beyond 62 days, RangeInPast and BeyondHorizon for days that cannot be booked.
    NotFound for a service that is not known or not on offer, or is another provider's than the first.
    """
    days.must_be_few()
    async with context.uow.read(vertical.id) as session:
        found = await store.find_offer(session, vertical, service_ids)
        if found is None or not found[0].bookable:
            raise NotFound
        offer, now = found
        if days.first < now.date() - _DAY:
            raise RangeInPast
        if days.last > (now + offer.rules.horizon).date() + _DAY:
            raise BeyondHorizon
        slots = await _free(session, offer, days, now)
    return offer, [slot for slot in slots if staff_id in (None, slot.staff_id)]


async def nearest_slots(
    context: Context,
    vertical: Vertical,
    service_ids: Sequence[ServiceId],
    start: datetime,
    client_id: AccountId | None,
    moving: Booking | None = None,
) -> Sequence[Slot]:
    """The three slots nearest to a start that are free for this client, no further than three days from it.

    A booking that is to be moved is in nobody's way, and where it is now is no news.
    """
    async with context.uow.read(vertical.id) as session:
        found = await store.find_offer(session, vertical, service_ids)
        if found is None:
            return ()
        offer, now = found
        days = Days((start - _NEAR).date(), (start + _NEAR).date())
        slots = await _free(session, offer, days, now, client_id, moving.id if moving is not None else None)
    starts = {slot.start: slot for slot in reversed(slots) if moving is None or slot.start != moving.starts_at}
    by_distance = sorted(starts.values(), key=lambda slot: (abs(slot.start - start), slot.start))
    return list(islice(by_distance, _NEAREST))


async def explain_slot(
    context: Context,
    vertical: Vertical,
    service_ids: Sequence[ServiceId],
    start: datetime,
    caller: Principal | None,
) -> Explained:
    """Every rule that forbids a start; for a client also what it has booked itself. NotFound as above.

    Whether somebody is away or busy is told to the provider's side alone, and to nobody of a moment that is more than
    a day before now or beyond the horizon: that alone is said of it.
    """
    client_id = caller.account_id if caller is not None else None
    async with context.uow.read(vertical.id) as session:
        found = await store.find_offer(session, vertical, service_ids)
        if found is None:
            raise NotFound
        offer, now = found
        if not now - _DAY <= start <= now + offer.rules.horizon + _DAY:
            return Explained(rules_of_all(offer, start, now), ())
        taken = await store.find_taken(session, offer, Span(start - _DAY, start + offer.duration + _DAY), client_id)
        knows = await is_insider(session, vertical, offer.shop.provider_id, caller)
    told = explain(offer, taken, start, now, client_id)
    return told if knows else told.to_strangers()


async def _free(
    session: Session,
    offer: Offer,
    days: Days,
    now: datetime,
    client_id: AccountId | None = None,
    moving: BookingId | None = None,
) -> Sequence[Slot]:
    midnight = datetime.min.time()
    # A local day reaches at most a day beyond the UTC day of the same date, on either side.
    span = Span(
        datetime.combine(days.first, midnight, now.tzinfo) - _DAY,
        datetime.combine(days.last, midnight, now.tzinfo) + 2 * _DAY,
    )
    calendar = Calendar(offer, await store.find_taken(session, offer, span, client_id, moving), client_id)
    return sorted(calendar.free(days, now), key=lambda slot: (slot.start, slot.staff_id))
