"""Take a slot: the claims stand in the database's constraint, so the judge of a race is the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol

from booking import store
from booking.domain.booking import Booking, Status
from booking.domain.calendar import Calendar, Slot, items_of
from booking.domain.hold_number import own_number
from booking.domain.offer import Offer
from booking.domain.price import cost_on
from booking.domain.refusals import DayFull, NotOffered, SlotNotOffered, SlotTaken, VerticalPaused
from booking.domain.seat import Part, Seat
from booking.domain.span import Span, whole_day
from booking.domain.taken import Claim
from booking.usecases.availability import nearest_slots
from booking.usecases.contention import LostHoldNumber, LostSlot, against_others
from booking.usecases.context import BookingContext
from booking.usecases.facts import tell
from booking.usecases.rules import opened, policy_of
from common.errors import NotFound
from common.idempotency import Once
from common.money import Money
from common.uow import Work
from common.verticals import Vertical
from contracts.booking import BookingConfirmed, BookingCreated
from contracts.ids import AccountId, BookingId, PlaceId, ResourceId, ServiceId, StaffId, new_id


@dataclass(frozen=True, slots=True)
class HoldSlot:
    """A client wants a service, or several in one visit, at an instant; with whom and where may be left open."""

    client_id: AccountId
    service_ids: Sequence[ServiceId]
    starts_at: datetime
    staff_id: StaffId | None = None
    place_id: PlaceId | None = None


class Wish(Protocol):
    """A start, and with whom and where if that is not left open; `client_id` is None where it is nobody's own."""

    @property
    def client_id(self) -> AccountId | None: ...
    @property
    def starts_at(self) -> datetime: ...
    @property
    def staff_id(self) -> StaffId | None: ...
    @property
    def place_id(self) -> PlaceId | None: ...


async def hold_slot(context: BookingContext, vertical: Vertical, wanted: HoldSlot, once: Once | None) -> Booking:
    """The held (or, when nothing is due, confirmed) booking; SlotTaken carries the three nearest free starts."""
    if vertical.id in context.paused:
        raise VerticalPaused

    async def attempt() -> Booking:
        async with context.uow.begin(vertical.id, once) as work:
            return await work.finish(await _hold(work, vertical, wanted))

    nearest = partial(nearest_slots, context, vertical, wanted.service_ids, wanted.starts_at, wanted.client_id)
    return await against_others(context, vertical, attempt, nearest)


async def _hold(work: Work, vertical: Vertical, wanted: HoldSlot) -> Booking:
    opening = await store.find_opening(work, vertical, wanted.service_ids, wanted.client_id)
    if opening is None:
        raise NotFound
    offer = opening.offer
    if not offer.bookable:
        raise NotOffered
    offer.rules.admit(wanted.starts_at, opening.now)
    slot, claims = await choose(work, offer, wanted)
    booking = draft(vertical, offer, slot, claims, wanted.client_id, opening.now)
    return await enter(work, vertical, opening, booking, claims)


async def enter(
    work: Work, vertical: Vertical, opening: store.Opening, booking: Booking, claims: Sequence[Claim]
) -> Booking:
    """A draft into the database, told to the others; confirmed at once where nothing is due."""
    asked = opening.offer.shop.owner_id if booking.status is Status.PENDING else None
    created = tell(BookingCreated, booking, owner_account_id=asked)
    if booking.status is Status.HELD and not booking.due_now:
        confirmed = booking.confirm()
        await insert(work, confirmed, claims, None)
        await work.publish(created, tell(BookingConfirmed, confirmed))
        return confirmed
    await insert(work, booking, claims, own_number(opening.hold_numbers, vertical.booking.max_open_holds_per_client))
    await work.publish(created)
    return booking


async def insert(work: Work, booking: Booking, claims: Sequence[Claim], hold_number: int | None) -> None:
    """LostSlot or LostHoldNumber when somebody else, or another request of the same client, came first."""
    inserted = await store.insert_booking(work, booking, claims, hold_number)
    if inserted is store.Inserted.HOLD_NUMBER_LOST:
        raise LostHoldNumber
    if inserted is store.Inserted.SLOT_LOST:
        raise LostSlot


async def choose(work: Work, offer: Offer, wanted: Wish, rather: StaffId | None = None) -> tuple[Slot, Sequence[Claim]]:
    """The slot of whose turn it is of those who offer the start, with everything it needs, or why there is none."""
    taken = await store.find_taken(work, offer, span_of(offer, wanted.starts_at), wanted.client_id)
    return pick(Calendar(offer, taken, wanted.client_id), wanted, rather)


def pick(calendar: Calendar, wanted: Wish, rather: StaffId | None = None) -> tuple[Slot, Sequence[Claim]]:
    """The same of a calendar that is there; `rather` with them, where the choice was left open and that is possible."""
    if wanted.staff_id is None and rather is not None:
        try:
            return _pick(calendar, wanted, rather)
        except (SlotTaken, SlotNotOffered):
            pass
    return _pick(calendar, wanted, wanted.staff_id)


def _pick(calendar: Calendar, wanted: Wish, staff_id: StaffId | None) -> tuple[Slot, Sequence[Claim]]:
    fitting = [
        schedule
        for schedule in calendar.offered(wanted.starts_at)
        if staff_id in (None, schedule.staff_id) and wanted.place_id in (None, schedule.place_id)
    ]
    if not fitting:
        raise SlotNotOffered
    for schedule in calendar.by_turn(fitting, wanted.starts_at):
        slot = calendar.slot_at(wanted.starts_at, schedule)
        claims = calendar.claims_of(slot) if slot is not None else None
        if slot is not None and claims is not None:
            return slot, claims
    if all(calendar.is_full(wanted.starts_at, one.place_id) for one in fitting):
        raise DayFull
    raise SlotTaken


def span_of(offer: Offer, start: datetime) -> Span:
    """The local day of the start at each place, and the visit with its buffers: whose turn it is follows from both."""
    days = [whole_day(start.astimezone(place.zone).date(), place.zone) for place in offer.shop.places.values()]
    begins = min([start - offer.services[0].buffer_before, *(day.start for day in days)])
    ends = max([start + offer.duration + offer.services[-1].buffer_after, *(day.end for day in days)])
    return Span(begins, ends)


def draft(
    vertical: Vertical, offer: Offer, slot: Slot, claims: Sequence[Claim], client_id: AccountId, now: datetime
) -> Booking:
    """A new booking of the slot, not yet in the database: pending, or held as long as any."""
    return draft_at(vertical, offer, seat_of(offer, slot, claims), client_id, now)


def draft_at(vertical: Vertical, offer: Offer, seat: Seat, client_id: AccountId, now: datetime) -> Booking:
    """The same where it is known when and where it is."""
    cost = cost_on([service.price for service in offer.services], seat.local_date)
    status, until = opened(vertical, offer, seat.starts_at, now)
    return Booking(
        id=BookingId(new_id()),
        version=1,
        provider_id=offer.shop.provider_id,
        service_id=offer.services[0].id,
        client_id=client_id,
        status=status,
        price=cost.price,
        net=cost.net,
        due_now=cost.due_now,
        paid=Money.zero(cost.price.currency),
        refunded=Money.zero(cost.price.currency),
        policy=policy_of(vertical),
        created_at=now,
        hold_expires_at=until,
        due_at=until,
        **seat.as_dict(),
    )


def seat_of(offer: Offer, slot: Slot, claims: Sequence[Claim], agreed: Sequence[Money] = ()) -> Seat:
    """Where a booking of the slot is; `agreed` are the prices of the services after the first, if they are known."""
    place = offer.shop.places[slot.place_id]
    local = slot.start.astimezone(place.zone)
    day = local.date()
    prices = agreed or [service.price.on(day) for service in offer.services[1:]]
    staff = set(slot.staff)
    return Seat(
        starts_at=slot.start,
        ends_at=slot.start + offer.duration,
        local_date=day,
        place_id=place.id,
        staff_id=slot.staff_id,
        resource_ids=[ResourceId(one.resource) for one in claims if one.resource not in staff and not one.counts],
        zone=str(place.zone),
        city=place.city,
        province=place.province,
        starts_local=local.replace(tzinfo=None),
        also=[
            Part(item.service.id, item.staff_id, item.during.start, item.during.end, price)
            for item, price in zip(items_of(offer, slot)[1:], prices, strict=True)
        ],
    )
