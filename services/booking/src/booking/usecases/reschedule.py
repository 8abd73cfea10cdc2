"""Move a booking: the payment follows, it does not stand in its own way, and all of it moves or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from booking import store
from booking.domain.booking import Booking, Status
from booking.domain.calendar import Slot
from booking.domain.policy import Party
from booking.domain.refusals import NotOffered, SeatStays
from booking.usecases import audited
from booking.usecases.availability import nearest_slots
from booking.usecases.contention import LostSlot, against_others
from booking.usecases.facts import tell
from booking.usecases.following import keep_open
from booking.usecases.freeing import leave_behind
from booking.usecases.hold import HoldSlot, choose, seat_of
from booking.usecases.parties import By, lock_for_party
from common.idempotency import Once
from common.service import Context
from common.uow import Work
from common.verticals import Vertical
from contracts.booking import BookingRescheduled
from contracts.ids import BookingId, PlaceId, ServiceId, StaffId


@dataclass(frozen=True, slots=True)
class Move:
    """The booking at another instant; with whom and where may be left open."""

    booking_id: BookingId
    starts_at: datetime
    staff_id: StaffId | None = None
    place_id: PlaceId | None = None


async def reschedule_booking(context: Context, vertical: Vertical, wanted: Move, by: By, once: Once | None) -> Booking:
    """The booking at its new time; SlotTaken carries the three nearest free starts, and then nothing has changed."""

    async def attempt() -> Booking:
        async with context.uow.begin(vertical.id, once) as work:
            booking, party = await lock_for_party(work, vertical, wanted.booking_id, by)
            return await work.finish(await _move(work, vertical, booking, party, wanted, by))

    return await against_others(context, vertical, attempt, partial(_nearest, context, vertical, wanted))


async def _nearest(context: Context, vertical: Vertical, wanted: Move) -> Sequence[Slot]:
    async with context.uow.read(vertical.id) as session:
        booking = await store.find_booking(session, wanted.booking_id)
    if booking is None:
        return ()
    services = services_of(booking)
    return await nearest_slots(context, vertical, services, wanted.starts_at, booking.client_id, booking)


async def _move(work: Work, vertical: Vertical, booking: Booking, party: Party, wanted: Move, by: By) -> Booking:
    if booking.session_id is not None:
        raise SeatStays
    if is_there(booking, wanted):
        return booking
    found = await store.find_offer(work, vertical, services_of(booking))
    if found is None or not found[0].bookable:
        raise NotOffered
    offer, now = found
    rules = offer.rules
    # The provider knows how much notice it needs.
    bound = rules if party is Party.CLIENT else replace(rules, minimum_notice=timedelta(0))
    bound.admit(wanted.starts_at, now)
    await store.let_go(work, booking.id)
    wish = HoldSlot(booking.client_id, services_of(booking), wanted.starts_at, wanted.staff_id, wanted.place_id)
    slot, claims = await choose(work, offer, wish, booking.staff_id)
    seat = seat_of(offer, slot, claims, [part.price for part in booking.also])
    moved, apart = await keep_open(work, vertical, booking.move(seat, party, now), party)
    if not await store.claim_instead(work, booking.id, claims):
        raise LostSlot
    await store.save_booking(work, moved)
    # Its owner has to answer to another start now, and knows of it who moved it.
    asked = offer.shop.owner_id if moved.status is Status.PENDING and party is not Party.PROVIDER else None
    await work.publish(tell(BookingRescheduled, moved, owner_account_id=asked, paid_apart=apart))
    await leave_behind(work, booking, booking.client_id if party is Party.CLIENT else None)
    if by.principal is not None and party is not Party.CLIENT:
        work.audit(audited.booking_moved(moved, by.principal, party))
    return moved


def is_there(booking: Booking, wanted: Move) -> bool:
    """Sent twice, or asked for nothing else: no move to be counted."""
    same = wanted.staff_id in (None, booking.staff_id) and wanted.place_id in (None, booking.place_id)
    return booking.status.is_movable and same and wanted.starts_at == booking.starts_at


def services_of(booking: Booking) -> Sequence[ServiceId]:
    """In the order of the visit."""
    return [booking.service_id, *(part.service_id for part in booking.also)]
