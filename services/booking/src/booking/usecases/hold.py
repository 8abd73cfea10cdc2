"""Take a slot: the claims stand in the database's constraint, so the judge of a race is the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from booking import store
from booking.domain.booking import Booking, Status
from booking.domain.calendar import Claim, Slot, assign, occupied, offered
from booking.domain.offer import Offer
from booking.domain.refusals import NotOffered, SlotNotOffered, SlotTaken, TooManyHolds, VerticalPaused
from booking.usecases.availability import nearest_slots
from booking.usecases.context import BookingContext
from booking.usecases.expiry import settle_due_holds
from booking.usecases.facts import tell
from booking.usecases.rules import opened, policy_of, rules_of
from common.errors import Busy, NotFound
from common.idempotency import Once
from common.money import Money
from common.uow import Work
from common.verticals import Vertical
from contracts.booking import BookingConfirmed, BookingCreated
from contracts.ids import AccountId, BookingId, PlaceId, ResourceId, ServiceId, StaffId, new_id

_ATTEMPTS: Final = 3


@dataclass(frozen=True, slots=True)
class HoldSlot:
    """A client wants a service at an instant; with whom and where may be left open."""

    client_id: AccountId
    service_id: ServiceId
    starts_at: datetime
    staff_id: StaffId | None = None
    place_id: PlaceId | None = None


class _LostSlot(Exception):  # noqa: N818 - leads to another attempt, then to SlotTaken
    """Somebody else's claim came first between our look and our insert."""


class _LostHoldNumber(Exception):  # noqa: N818 - leads to another attempt, then to Busy
    """Another hold of the same client came first."""


async def hold_slot(context: BookingContext, vertical: Vertical, wanted: HoldSlot, once: Once | None) -> Booking:
    """The held (or, when nothing is due, confirmed) booking; SlotTaken carries the three nearest free starts."""
    if vertical.id in context.paused:
        raise VerticalPaused
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            async with context.uow.begin(vertical.id, once) as work:
                return await work.finish(await _hold(work, vertical, wanted))
        except _LostSlot:
            continue
        except _LostHoldNumber:
            if attempt == _ATTEMPTS:
                raise Busy from None
        except SlotTaken:
            # Perhaps by a hold that has just fallen due and that the job has not met yet (docs/adr/0001).
            if await settle_due_holds(context, vertical.id) == 0:
                break
    nearest = await nearest_slots(context, vertical, wanted.service_id, wanted.starts_at)
    raise SlotTaken(nearest=[{"startsAt": slot.start.isoformat(), "staffId": str(slot.staff_id)} for slot in nearest])


async def _hold(work: Work, vertical: Vertical, wanted: HoldSlot) -> Booking:
    opening = await store.find_opening(work, wanted.service_id, wanted.client_id)
    if opening is None:
        raise NotFound
    offer = opening.offer
    if not offer.bookable:
        raise NotOffered
    rules_of(vertical).admit(wanted.starts_at, opening.now)
    slot, claims = await choose(work, vertical, offer, wanted)
    booking = _booking(vertical, offer, slot, claims, wanted.client_id, opening.now)
    asked = offer.owner_id if booking.status is Status.PENDING else None
    created = tell(BookingCreated, booking, owner_account_id=asked)
    if booking.status is Status.HELD and not booking.due_now:
        confirmed = booking.confirm()
        await _insert(work, confirmed, claims, None)
        await work.publish(created, tell(BookingConfirmed, confirmed))
        return confirmed
    await _insert(work, booking, claims, _hold_number(opening.hold_numbers, vertical.booking.max_open_holds_per_client))
    await work.publish(created)
    return booking


async def _insert(work: Work, booking: Booking, claims: Sequence[Claim], hold_number: int | None) -> None:
    inserted = await store.insert_booking(work, booking, claims, hold_number)
    if inserted is store.Inserted.HOLD_NUMBER_LOST:
        raise _LostHoldNumber
    if inserted is store.Inserted.SLOT_LOST:
        raise _LostSlot


async def choose(work: Work, vertical: Vertical, offer: Offer, wanted: HoldSlot) -> tuple[Slot, Sequence[Claim]]:
    """The first offered slot that fits with everything it needs free, or why there is none."""
    step = timedelta(minutes=vertical.booking.slot_step_minutes)
    nearby = {wanted.starts_at.astimezone(place.zone).date() for place in offer.places.values()}
    fitting = [
        slot
        for day in sorted(nearby)
        for slot in offered(offer, day, step)
        if slot.start == wanted.starts_at
        and wanted.staff_id in (None, slot.staff_id)
        and wanted.place_id in (None, slot.place_id)
    ]
    if not fitting:
        raise SlotNotOffered
    taken = await store.find_claims(work, offer, occupied(offer, wanted.starts_at))
    for slot in fitting:
        claims = assign(offer, slot, taken)
        if claims is not None:
            return slot, claims
    raise SlotTaken


def _booking(
    vertical: Vertical, offer: Offer, slot: Slot, claims: Sequence[Claim], client_id: AccountId, now: datetime
) -> Booking:
    place = offer.places[slot.place_id]
    status, until = opened(vertical, offer, slot.start, now)
    return Booking(
        id=BookingId(new_id()),
        version=1,
        provider_id=offer.provider_id,
        place_id=place.id,
        service_id=offer.service_id,
        staff_id=slot.staff_id,
        resource_ids=[ResourceId(claim.resource) for claim in claims if claim.resource != slot.staff_id],
        client_id=client_id,
        status=status,
        starts_at=slot.start,
        ends_at=slot.start + offer.duration,
        local_date=slot.start.astimezone(place.zone).date(),
        zone=str(place.zone),
        city=place.city,
        province=place.province,
        price=offer.price,
        due_now=offer.deposit.due(offer.price),
        paid=Money.zero(offer.price.currency),
        refunded=Money.zero(offer.price.currency),
        policy=policy_of(vertical),
        created_at=now,
        hold_expires_at=until,
        due_at=until,
    )


def _hold_number(taken: Sequence[int], most: int) -> int:
    """The lowest free number; TooManyHolds when the client already holds as many unpaid bookings as allowed."""
    for number in range(1, most + 1):
        if number not in taken:
            return number
    raise TooManyHolds(most=most)
