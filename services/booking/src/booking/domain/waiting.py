"""Whoever waits for a slot: in the order in which they came, until an offer is taken, or the time is over."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from booking.domain.booking import Booking, Status
from booking.domain.calendar import Slot
from booking.domain.offer import Offer
from booking.domain.refusals import (
    AlreadyWaiting,
    BeyondHorizon,
    PaymentDue,
    RangeTooLong,
    SlotInPast,
    TooManyWaits,
    WindowTooShort,
)
from booking.domain.span import Span
from contracts.ids import AccountId, BookingId, PlaceId, ProviderId, ServiceId, StaffId, WaitlistId

MOST_WAITS: Final = 10
"""Of one client at once."""
LONGEST_WINDOW: Final = timedelta(days=62)
SHORTEST_OFFER: Final = timedelta(minutes=5)
"""Nobody is offered what they could hardly answer in time."""


class WaitStatus(StrEnum):
    """WAITING and OFFERED stand in line; a wait that is OFFERED has its turn."""

    WAITING = "waiting"
    OFFERED = "offered"
    FULFILLED = "fulfilled"
    LEFT = "left"
    LAPSED = "lapsed"

    @property
    def is_open(self) -> bool:
        return self in (WaitStatus.WAITING, WaitStatus.OFFERED)


@dataclass(frozen=True, slots=True)
class Wait:
    """One place in line; `id` is the order. The whole visit must lie in `wanted`, begun by `staff_id` if one is named.

    `due_at` is when it lapses: the window is over.
    """

    id: WaitlistId
    version: int
    client_id: AccountId
    provider_id: ProviderId
    service_ids: Sequence[ServiceId]
    staff_id: StaffId | None
    place_id: PlaceId | None
    wanted: Span
    status: WaitStatus
    due_at: datetime
    offer_booking_id: BookingId | None = None

    @property
    def wish(self) -> tuple[Sequence[ServiceId], StaffId | None, PlaceId | None, Span]:
        """What it waits for; that of another in which nothing differs is the same once more."""
        return tuple(self.service_ids), self.staff_id, self.place_id, self.wanted

    def suits(self, slot: Slot, duration: timedelta) -> bool:
        """Whether the visit is within the window, with whom and where it is wanted."""
        agrees = self.staff_id in (None, slot.staff_id) and self.place_id in (None, slot.place_id)
        return agrees and self.wanted.covers(Span(slot.start, slot.start + duration))

    def offer(self, booking_id: BookingId) -> "Wait":
        """This booking is held for it."""
        return self._next(WaitStatus.OFFERED, booking_id)

    def back(self) -> "Wait":
        """The offer was not taken: in line again, where it was."""
        return self._next(WaitStatus.WAITING)

    def fulfil(self) -> "Wait":
        """The offer was taken."""
        return self._next(WaitStatus.FULFILLED)

    def leave(self) -> "Wait":
        """Its client does not wait any more."""
        return self._next(WaitStatus.LEFT)

    def lapse(self) -> "Wait":
        """Its window is over."""
        return self._next(WaitStatus.LAPSED)

    def _next(self, status: WaitStatus, booking_id: BookingId | None = None) -> "Wait":
        return replace(self, version=self.version + 1, status=status, offer_booking_id=booking_id)


@dataclass(frozen=True, slots=True)
class Freed:
    """What came free. `freed_by` is the client who let it go first; `accepted`: its provider had agreed to that time.

    `origin_id` is of the slot as it first came free, whatever became of it since.
    """

    id: UUID
    origin_id: UUID
    provider_id: ProviderId
    freed_by: AccountId | None
    accepted: bool
    during: Span


def admit(offer: Offer, wanted: Span, now: datetime) -> None:
    """Refuse a window in which nothing could be offered, or one that is longer than anybody plans."""
    if wanted.end <= now:
        raise SlotInPast
    if wanted.end > now + offer.rules.horizon:
        raise BeyondHorizon
    if wanted.end - wanted.start > LONGEST_WINDOW:
        raise RangeTooLong
    if wanted.end - max(wanted.start, now) < offer.duration:
        raise WindowTooShort


def own_place(wait: Wait, others: Mapping[int, Wait]) -> int:
    """The lowest number that none of the client's open waits has. AlreadyWaiting when one of them is for the same,
    TooManyWaits when no number is free."""
    same = next((one for one in others.values() if one.wish == wait.wish), None)
    if same is not None:
        raise AlreadyWaiting(waitlistId=str(same.id))
    free = next((number for number in range(1, MOST_WAITS + 1) if number not in others), None)
    if free is None:
        raise TooManyWaits(most=MOST_WAITS)
    return free


def best_slot(wait: Wait, slots: Iterable[Slot], freed: Span, duration: timedelta, now: datetime) -> Slot | None:
    """Of the free slots that use what came free the one that begins nearest to it, and suits whoever waits."""
    fitting = [
        slot
        for slot in slots
        if freed.overlaps(Span(slot.start, slot.start + duration))
        and slot.start - now >= SHORTEST_OFFER
        and wait.suits(slot, duration)
    ]
    return min(fitting, key=lambda slot: (abs(slot.start - freed.start), slot.start), default=None)


def as_offer(draft: Booking, until: datetime) -> Booking:
    """The booking held for whoever waited, at most until it starts.

    No approval is asked for: its provider had accepted somebody at that time.
    """
    ends = min(until, draft.starts_at)
    return replace(draft, status=Status.HELD, hold_expires_at=ends, due_at=ends)


def accept(booking: Booking) -> Booking:
    """Its client takes an offer for which nothing is due; PaymentDue where something is. Taken twice is taken."""
    if booking.status is Status.CONFIRMED:
        return booking
    if booking.status is not Status.HELD:
        raise booking.refusal()
    if booking.due_now:
        raise PaymentDue
    return booking.confirm()
