"""Make a series: all of its bookings in one transaction, or, where that is asked for, all that can be had."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from booking import store
from booking.domain.booking import Booking, Status
from booking.domain.calendar import Calendar, Slot
from booking.domain.hold_number import numbers_beyond, own_number
from booking.domain.offer import Offer
from booking.domain.recurrence import occurrences
from booking.domain.refusals import (
    DayFull,
    NotOffered,
    SeriesConflicts,
    SlotNotOffered,
    SlotTaken,
    VerticalPaused,
)
from booking.domain.series import Charge, Conflict, Series, charged
from booking.domain.span import instant_at
from booking.domain.taken import Claim, Taken
from booking.usecases.contention import LostHoldNumber, LostSlot, in_turn
from booking.usecases.context import BookingContext
from booking.usecases.facts import tell, tell_series
from booking.usecases.hold import HoldSlot, draft, pick, span_of
from common.errors import Busy, NotFound
from common.idempotency import Once
from common.uow import Work
from common.verticals import Vertical
from contracts.booking import BookingConfirmed, BookingCreated
from contracts.ids import BookingId, SeriesId, StaffId, new_id
from contracts.series import SeriesConfirmed, SeriesCreated


@dataclass(frozen=True, slots=True)
class HoldSeries:
    """`first`, and the same again by an RFC 5545 `rule`; `skip` what cannot be had, or else have none of it."""

    first: HoldSlot
    rule: str
    skip: bool = False


@dataclass(frozen=True, slots=True)
class MadeSeries:
    """A series with its bookings in the order of their starts, and what was skipped."""

    series: Series
    bookings: Sequence[Booking]
    skipped: Sequence[Conflict] = ()


async def hold_series(context: BookingContext, vertical: Vertical, wanted: HoldSeries, once: Once | None) -> MadeSeries:
    """The bookings held, or confirmed when nothing is due; SeriesConflicts says of each start why it cannot be had.

    Only the first has to lie within the horizon. InvalidRule, SeriesTooLong.
    """
    if vertical.id in context.paused:
        raise VerticalPaused

    async def attempt() -> MadeSeries:
        async with context.uow.begin(vertical.id, once) as work:
            return await work.finish(await _hold(work, vertical, wanted))

    try:
        return await in_turn(context, vertical, attempt, SeriesConflicts)
    except LostSlot:
        raise Busy from None


async def _hold(work: Work, vertical: Vertical, wanted: HoldSeries) -> MadeSeries:
    first = wanted.first
    opening = await store.find_opening(work, vertical, first.service_ids, first.client_id)
    if opening is None:
        raise NotFound
    offer, now = opening.offer, opening.now
    if not offer.bookable:
        raise NotOffered
    offer.rules.admit(first.starts_at, now)
    zone = _zone_of(offer, first)
    local = first.starts_at.astimezone(zone).replace(tzinfo=None)
    starts = [instant_at(each, zone) for each in occurrences(wanted.rule, local)]
    taken = await store.find_taken_in(work, offer, [span_of(offer, start) for start in starts], first.client_id)
    found, conflicts = _pick_all(Calendar(offer, taken, first.client_id), first, starts)
    if not found or (conflicts and not wanted.skip):
        raise SeriesConflicts(conflicts=listed(conflicts))
    drafts = [draft(vertical, offer, slot, claims, first.client_id, now) for slot, claims in found]
    series, bookings = _series(vertical, wanted.rule, zone, drafts)
    own = own_number(opening.hold_numbers, vertical.booking.max_open_holds_per_client)
    numbers = [own, *numbers_beyond(opening.hold_numbers, len(bookings) - 1)]
    made = MadeSeries(series, [_settled(bookings[0], one) for one in bookings], conflicts)
    await _insert(work, made, [claims for _, claims in found], numbers)
    await _publish(work, made, bookings, offer)
    return made


def listed(conflicts: Sequence[Conflict]) -> list[dict[str, str]]:
    """As they go out with a problem."""
    return [{"startsAt": one.starts_at.isoformat(), "code": one.code} for one in conflicts]


def _zone_of(offer: Offer, first: HoldSlot) -> ZoneInfo:
    """Of the place of the first one, or where it would be: its wall clock says when the others are."""
    calendar = Calendar(offer, Taken(()), first.client_id)
    # Who does not attend on the first day may attend on the others.
    for schedule in [*calendar.offered(first.starts_at), *calendar.beginning()]:
        if first.place_id in (None, schedule.place_id) and first.staff_id in (None, schedule.staff_id):
            return offer.shop.places[schedule.place_id].zone
    raise SlotNotOffered


def _pick_all(
    calendar: Calendar, first: HoldSlot, starts: Sequence[datetime]
) -> tuple[Sequence[tuple[Slot, Sequence[Claim]]], Sequence[Conflict]]:
    """With the same person throughout, where that is possible."""
    found: list[tuple[Slot, Sequence[Claim]]] = []
    conflicts: list[Conflict] = []
    rather: StaffId | None = None
    for start in starts:
        try:
            slot, claims = pick(calendar, replace(first, starts_at=start), rather)
        except (SlotTaken, SlotNotOffered, DayFull) as no:
            conflicts.append(Conflict(start, no.slug()))
            continue
        rather = rather or slot.staff_id
        found.append((slot, claims))
    return found, conflicts


def _series(
    vertical: Vertical, rule: str, zone: ZoneInfo, drafts: Sequence[Booking]
) -> tuple[Series, Sequence[Booking]]:
    series_id, leader, rules = SeriesId(new_id()), drafts[0], vertical.series
    series = Series(
        id=series_id,
        version=1,
        provider_id=leader.provider_id,
        client_id=leader.client_id,
        leader_id=leader.id,
        rule=rule,
        charge=Charge(rules.charge),
        zone=str(zone),
        starts_local=leader.starts_at.astimezone(zone).replace(tzinfo=None),
        size=len(drafts),
        created_at=leader.created_at,
    )
    each = charged(drafts, series.charge, timedelta(hours=rules.pay_hours_before))
    return series, [replace(one, series_id=series_id) for one in each]


def _settled(leader: Booking, one: Booking) -> Booking:
    """Confirmed at once where neither it nor its leader asks for anything."""
    free = leader.status is Status.HELD and not leader.due_now and not one.due_now
    return one.confirm() if free else one


async def _insert(work: Work, made: MadeSeries, claims: Sequence[Sequence[Claim]], numbers: Sequence[int]) -> None:
    rows = [
        (booking, its, number if booking.is_open else None)
        for booking, its, number in zip(made.bookings, claims, numbers, strict=True)
    ]
    inserted = await store.insert_series(work, made.series, rows)
    if inserted is store.Inserted.HOLD_NUMBER_LOST:
        raise LostHoldNumber
    if inserted is store.Inserted.SLOT_LOST:
        raise LostSlot


async def _publish(work: Work, made: MadeSeries, drafts: Sequence[Booking], offer: Offer) -> None:
    leader = made.bookings[0]
    asked: dict[BookingId, object] = {leader.id: offer.shop.owner_id} if leader.status is Status.PENDING else {}
    skipped = tuple(one.starts_at for one in made.skipped)
    confirmed = [one for one in made.bookings if one.status is Status.CONFIRMED]
    await work.publish(
        tell_series(SeriesCreated, made.series, made.bookings, skipped=skipped),
        *(
            tell(BookingCreated, one, told_with_series=one.id != leader.id, owner_account_id=asked.get(one.id))
            for one in drafts
        ),
        *(tell(BookingConfirmed, one, told_with_series=True) for one in confirmed),
    )
    if confirmed:
        series = await store.next_version(work, made.series.id)
        await work.publish(tell_series(SeriesConfirmed, series, confirmed))
