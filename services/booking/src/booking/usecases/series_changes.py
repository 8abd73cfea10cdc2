"""A series from one of its bookings on, or all that is left of it: seen, called off, moved. One booking of it alone is
moved and called off like any other."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from booking import store
from booking.domain.booking import Booking, Status
from booking.domain.calendar import Calendar
from booking.domain.offer import Offer, Rules
from booking.domain.policy import Party
from booking.domain.recurrence import LONGEST
from booking.domain.refusals import (
    BeyondHorizon,
    DayFull,
    NotOffered,
    SeriesConflicts,
    SeriesOver,
    SlotInPast,
    SlotNotOffered,
    SlotTaken,
    TooLateToMove,
    TooLittleNotice,
    TooManyMoves,
)
from booking.domain.series import Conflict, any_confirmed, moved_by
from booking.domain.span import instant_at
from booking.domain.taken import Claim
from booking.usecases import audited
from booking.usecases.cancel import Ended, call_off
from booking.usecases.contention import LostSlot, in_turn
from booking.usecases.facts import tell, tell_series
from booking.usecases.following import keep_open
from booking.usecases.freeing import leave_behind
from booking.usecases.hold import HoldSlot, pick, seat_of, span_of
from booking.usecases.parties import By, own_of
from booking.usecases.reschedule import Move, is_there, services_of
from booking.usecases.series import MadeSeries, listed
from common.auth import Principal
from common.errors import Busy, NotFound
from common.idempotency import Once
from common.service import Context
from common.uow import Work
from common.verticals import Vertical
from contracts.booking import BookingRescheduled, CancelledBy
from contracts.ids import AccountId, BookingId, PlaceId, SeriesId, StaffId
from contracts.series import SeriesCancelled, SeriesRescheduled

_LEFT = (Status.PENDING, Status.HELD, Status.CONFIRMED)
_IN_THE_WAY = (
    SlotTaken,
    SlotNotOffered,
    DayFull,
    SlotInPast,
    TooLittleNotice,
    BeyondHorizon,
    TooManyMoves,
    TooLateToMove,
)


class Scope(StrEnum):
    """Which of a series: one of its bookings and those after it, or all that is still to come."""

    FOLLOWING = "following"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class OfSeries:
    """`booking_id` is the one that FOLLOWING begins with, and to which a move refers."""

    series_id: SeriesId
    scope: Scope
    booking_id: BookingId


@dataclass(frozen=True, slots=True)
class MoveSeries:
    """One of a series to another instant, and the others as many days on and to the same time of day."""

    which: OfSeries
    starts_at: datetime
    staff_id: StaffId | None = None
    place_id: PlaceId | None = None


async def get_series(context: Context, vertical: Vertical, series_id: SeriesId, caller: Principal) -> MadeSeries:
    """The series, for its client and the provider's side, staff with what they attend; NotFound for anybody else."""
    async with context.uow.read(vertical.id) as session:
        series = await store.find_series(session, series_id)
        bookings = await store.find_of_series(session, series_id) if series is not None else ()
        party, own = await own_of(session, vertical, bookings, By(caller)) if bookings else (None, ())
    if series is None or party is None:
        raise NotFound
    if party is not Party.CLIENT:
        async with context.uow.begin(vertical.id) as work:
            work.audit(audited.booking_read(own[0], caller, party))
    return MadeSeries(series, own)


async def cancel_series(
    context: Context, vertical: Vertical, which: OfSeries, caller: Principal, once: Once | None
) -> list[Ended]:
    """Each by the policy on it, in one transaction and one message. SeriesOver when nothing is left."""
    async with context.uow.begin(vertical.id, once) as work:
        party, bookings, _ = await _lock_left(work, vertical, which, caller)
        ended = []
        for one in bookings:
            # Read again: what one gave back may have been another's payment.
            booking = await store.lock_booking(work, one.id)
            if booking is not None:
                ended.append(await call_off(work, booking, party, caller, told_with_series=True))
        series = await store.next_version(work, which.series_id)
        about = {"cancelled_by": CancelledBy(party.side.value), "any_confirmed": any_confirmed(bookings)}
        await work.publish(tell_series(SeriesCancelled, series, [one.booking for one in ended], **about))
        return await work.finish(ended)


async def reschedule_series(
    context: Context, vertical: Vertical, wanted: MoveSeries, caller: Principal, once: Once | None
) -> list[Booking]:
    """All of them or none; SeriesConflicts says which cannot be moved, and why.

    SlotInPast or BeyondHorizon when the one to which the move refers is sent where nothing can be, AlreadyOver or
    AlreadyArrived when it cannot be moved itself.
    """

    async def attempt() -> list[Booking]:
        async with context.uow.begin(vertical.id, once) as work:
            return await work.finish(await _move(work, vertical, wanted, caller))

    try:
        return await in_turn(context, vertical, attempt, SeriesConflicts)
    except LostSlot:
        raise Busy from None


async def _lock_left(
    work: Work, vertical: Vertical, which: OfSeries, caller: Principal
) -> tuple[Party, Sequence[Booking], Booking]:
    """As what the caller acts, what is still to come of the series, in the order of the starts, and what it refers to,
    which may be over."""
    anchor = await store.find_booking(work, which.booking_id)
    series = await store.find_series(work, which.series_id)
    if anchor is None or series is None or anchor.series_id != series.id:
        raise NotFound
    # The first before the others, as whoever changes one of those that it paid for: nobody waits in a ring.
    await store.lock_booking(work, series.leader_id)
    now = await work.now()
    since = max(anchor.starts_at, now) if which.scope is Scope.FOLLOWING else now
    found = await store.lock_of_series(work, series.id, since, _LEFT)
    party, own = await own_of(work, vertical, [*found, anchor], By(caller))
    if party is None or len(own) <= len(found):
        raise NotFound
    if not found:
        raise SeriesOver
    anchor = next((one for one in found if one.id == anchor.id), anchor)
    return party, sorted(found, key=lambda one: one.starts_at), anchor


async def _move(work: Work, vertical: Vertical, wanted: MoveSeries, caller: Principal) -> list[Booking]:
    party, bookings, anchor = await _lock_left(work, vertical, wanted.which, caller)
    offered = await store.find_offer(work, vertical, services_of(bookings[0]))
    if offered is None or not offered[0].bookable:
        raise NotOffered
    offer, now = offered
    _must_go_there(anchor, bookings, wanted.starts_at, offer, now)
    starts = _starts(bookings, anchor, wanted.starts_at)
    moves = [Move(one.id, at, wanted.staff_id, wanted.place_id) for one, at in zip(bookings, starts, strict=True)]
    if all(map(is_there, bookings, moves)):
        return list(bookings)
    for one in bookings:
        await store.let_go(work, one.id)
    taken = await store.find_taken_in(work, offer, [span_of(offer, at) for at in starts], bookings[0].client_id)
    mover = _Mover(offer, Calendar(offer, taken, bookings[0].client_id), wanted, party, now)
    series = await store.next_version(work, wanted.which.series_id)
    each: list[Booking] = []
    for before, (there, claims) in zip(bookings, mover.move_all(bookings, starts), strict=True):
        if not await store.claim_instead(work, before.id, claims):
            raise LostSlot
        booking, apart = await keep_open(work, vertical, there, party)
        await store.save_booking(work, booking)
        await leave_behind(work, before, before.client_id if party is Party.CLIENT else None)
        if party is not Party.CLIENT:
            work.audit(audited.booking_moved(booking, caller, party))
        about = {"owner_account_id": None if each else _asked(offer, booking, party), "paid_apart": apart}
        await work.publish(tell(BookingRescheduled, booking, told_with_series=True, **about))
        each.append(booking)
    await work.publish(tell_series(SeriesRescheduled, series, each))
    return each


def _asked(offer: Offer, moved: Booking, party: Party) -> AccountId | None:
    """Whose answer a request waits for: they are told of the first start that is another now."""
    asks = moved.status is Status.PENDING and party is not Party.PROVIDER
    return offer.shop.owner_id if asks else None


def _must_go_there(anchor: Booking, bookings: Sequence[Booking], there: datetime, offer: Offer, now: datetime) -> None:
    """The one to which the move refers is one that moves: sent again, the same move is none."""
    if anchor not in bookings:
        raise anchor.refusal()
    if there != anchor.starts_at:
        # Before anything is reckoned from it: the others may be two years further on, and a calendar ends.
        _bound(offer, timedelta(0)).admit(there, now)


def _starts(bookings: Sequence[Booking], anchor: Booking, there: datetime) -> Sequence[datetime]:
    """The new instants, by the wall clock of where they are."""
    zone = ZoneInfo(anchor.zone)
    old, new = (at.astimezone(zone).replace(tzinfo=None) for at in (anchor.starts_at, there))
    locals_ = [one.starts_at.astimezone(zone).replace(tzinfo=None) for one in bookings]
    return [instant_at(moved_by(each, old, new), zone) for each in locals_]


def _bound(offer: Offer, notice: timedelta) -> Rules:
    """By what a move is bound: only the first of a series had to lie within the horizon."""
    return replace(offer.rules, minimum_notice=notice, horizon=offer.rules.horizon + LONGEST)


@dataclass(frozen=True, slots=True)
class _Mover:
    """The bookings of a series at their new starts, all that stands in the way gathered before it says no."""

    offer: Offer
    calendar: Calendar
    wanted: MoveSeries
    party: Party
    now: datetime

    def move_all(
        self, bookings: Sequence[Booking], starts: Sequence[datetime]
    ) -> Sequence[tuple[Booking, Sequence[Claim]]]:
        """SeriesConflicts when any of them cannot be moved."""
        moved, conflicts, known = [], [], set[datetime]()
        for booking, start in zip(bookings, starts, strict=True):
            try:
                if start in known:
                    # Two that were moved to one day before go to the same time of it.
                    raise SlotTaken
                known.add(start)
                moved.append(self._move(booking, start))
            except _IN_THE_WAY as no:
                conflicts.append(Conflict(start, no.slug()))
        if conflicts:
            raise SeriesConflicts(conflicts=listed(conflicts))
        return moved

    def _move(self, booking: Booking, start: datetime) -> tuple[Booking, Sequence[Claim]]:
        notice = self.offer.rules.minimum_notice if self.party is Party.CLIENT else timedelta(0)
        _bound(self.offer, notice).admit(start, self.now)
        wish = HoldSlot(booking.client_id, services_of(booking), start, self.wanted.staff_id, self.wanted.place_id)
        slot, claims = pick(self.calendar, wish, booking.staff_id)
        seat = seat_of(self.offer, slot, claims, [part.price for part in booking.also])
        return booking.move(seat, self.party, self.now), claims
