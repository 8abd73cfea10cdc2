"""Why an offer cannot start at one moment: every rule that forbids it, for each member of staff who could begin."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from booking.domain.calendar import Calendar, Slot
from booking.domain.hours import Closed, hours_on, is_start
from booking.domain.offer import Offer, Schedule
from booking.domain.refusals import BeyondHorizon, SlotInPast, TooLittleNotice
from booking.domain.resources import count_of_client
from booking.domain.span import Span
from booking.domain.taken import Taken
from contracts.ids import AccountId, PlaceId, StaffId


class Rule(StrEnum):
    """What forbids a start, beside the reasons why somebody is `Closed`."""

    NOT_ON_OFFER = "not-on-offer"
    IN_THE_PAST = "in-the-past"
    TOO_LITTLE_NOTICE = "too-little-notice"
    BEYOND_HORIZON = "beyond-horizon"
    OUTSIDE_HOURS = "outside-hours"
    NOT_A_STEP = "not-a-step"
    AWAY = "away"
    BUSY = "busy"
    UNAVAILABLE = "unavailable"
    """Away or busy, to whom it is no business which."""
    CHAIR_BUSY = "chair-busy"
    ROOM_BUSY = "room-busy"
    DAY_FULL = "day-full"
    CLIENT_DAY_FULL = "client-day-full"
    NOBODY_GOES_ON = "nobody-goes-on"


# What is taken with whoever is busy would tell that they are not away.
_ABOUT_THEM = frozenset({Rule.AWAY, Rule.BUSY, Rule.CHAIR_BUSY, Rule.ROOM_BUSY})
_TIMING = {
    SlotInPast: Rule.IN_THE_PAST,
    TooLittleNotice: Rule.TOO_LITTLE_NOTICE,
    BeyondHorizon: Rule.BEYOND_HORIZON,
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of one who could begin: the rules that forbid it, none when they can."""

    staff_id: StaffId
    place_id: PlaceId
    rules: Sequence[Rule | Closed]

    def to_strangers(self) -> "Verdict":
        """The same without whether somebody is away or has a client."""
        if not {Rule.AWAY, Rule.BUSY} & set(self.rules):
            return self
        others = [rule for rule in self.rules if rule not in _ABOUT_THEM]
        return replace(self, rules=[*others, Rule.UNAVAILABLE])


@dataclass(frozen=True, slots=True)
class Explained:
    """What forbids the start whoever begins, and then for each."""

    rules: Sequence[Rule]
    verdicts: Sequence[Verdict]

    @property
    def is_free(self) -> bool:
        """Whether it can be booked."""
        return not self.rules and any(not one.rules for one in self.verdicts)

    def to_strangers(self) -> "Explained":
        """What anybody may know of it."""
        return replace(self, verdicts=[one.to_strangers() for one in self.verdicts])


def explain(offer: Offer, taken: Taken, start: datetime, now: datetime, client_id: AccountId | None) -> Explained:
    """Every rule that forbids this start."""
    calendar = Calendar(offer, taken, client_id)
    verdicts = [
        Verdict(each.staff_id, each.place_id, list(_of(offer, calendar, each, start, client_id)))
        for each in offer.shop.schedules
        if each.staff_id in offer.services[0].staff
    ]
    return Explained(rules_of_all(offer, start, now), verdicts)


def rules_of_all(offer: Offer, start: datetime, now: datetime) -> Sequence[Rule]:
    """What forbids it whoever begins."""
    rules = [] if offer.bookable else [Rule.NOT_ON_OFFER]
    try:
        offer.rules.admit(start, now)
    except tuple(_TIMING) as refused:
        rules.append(_TIMING[type(refused)])
    return rules


def _of(
    offer: Offer, calendar: Calendar, schedule: Schedule, start: datetime, client_id: AccountId | None
) -> Iterator[Rule | Closed]:
    first = offer.services[0]
    during = Span(start, start + first.duration)
    yield from _of_hours(offer, calendar, schedule, during)
    if calendar.is_away(schedule.staff_id, during):
        yield Rule.AWAY
    if not calendar.is_free(first, schedule.staff_id, start):
        yield Rule.BUSY
    slot = calendar.slot_at(start, schedule)
    if (
        slot is None
        and len(offer.services) > 1
        and calendar.attends(first, schedule.staff_id, schedule.place_id, during)
    ):
        yield Rule.NOBODY_GOES_ON
    # What the things and counts say does not depend on who goes on with the visit.
    yield from _of_things(calendar, slot or _as_if(offer, schedule, start), client_id, offer)


def _of_hours(offer: Offer, calendar: Calendar, schedule: Schedule, during: Span) -> Iterator[Rule | Closed]:
    place = offer.shop.places[schedule.place_id]
    day = during.start.astimezone(place.zone).date()
    hours = hours_on(schedule, place, day)
    if isinstance(hours, Closed):
        yield hours
    elif not calendar.is_open(schedule.staff_id, schedule.place_id, during):
        yield Rule.OUTSIDE_HOURS
    elif not is_start(schedule, place, during.start, offer.services[0].duration, offer.rules.step):
        yield Rule.NOT_A_STEP


def _of_things(calendar: Calendar, slot: Slot, client_id: AccountId | None, offer: Offer) -> Iterator[Rule]:
    for kind, span in calendar.needs_of(slot).items():
        if not calendar.is_thing_free(slot.place_id, kind, span):
            yield Rule(f"{kind}-busy")
    of_client = {count_of_client(one.id, client_id) for one in offer.services} if client_id is not None else set()
    for resource, capacity in calendar.counts_of(slot).items():
        if not calendar.has_room(resource, capacity, slot):
            yield Rule.CLIENT_DAY_FULL if resource in of_client else Rule.DAY_FULL


def _as_if(offer: Offer, schedule: Schedule, start: datetime) -> Slot:
    return Slot(start, schedule.place_id, [schedule.staff_id] * len(offer.services))
