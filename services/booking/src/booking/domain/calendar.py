"""When an offer can start: hours, minus who is away, minus what is taken; and what a booking of it claims."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from booking.domain.hours import is_start, spans_away, spans_on, starts_on
from booking.domain.offer import Offer, Place, Schedule, Service
from booking.domain.resources import count_of_client, count_of_place
from booking.domain.span import Span, merged, whole_day
from booking.domain.taken import Claim, Taken
from contracts.ids import AccountId, PlaceId, StaffId


@dataclass(frozen=True, slots=True)
class Item:
    """One service of a visit, given by somebody from an instant on."""

    service: Service
    staff_id: StaffId
    during: Span


@dataclass(frozen=True, slots=True)
class Slot:
    """A start that can be served: at which place, and by whom each service of the visit in turn."""

    start: datetime
    place_id: PlaceId
    staff: Sequence[StaffId]

    @property
    def staff_id(self) -> StaffId:
        """Who begins."""
        return self.staff[0]


def items_of(offer: Offer, slot: Slot) -> Sequence[Item]:
    """The services of a visit, one after the other."""
    items, start = [], slot.start
    for service, staff_id in zip(offer.services, slot.staff, strict=True):
        items.append(Item(service, staff_id, Span(start, start + service.duration)))
        start += service.duration
    return items


class Calendar:
    """One offer's days against what is taken of them; asked for many starts, it works out each day once."""

    def __init__(self, offer: Offer, taken: Taken, client_id: AccountId | None = None) -> None:
        self._offer, self._taken, self._client_id = offer, taken, client_id
        # Clients who come at once try different units of a day's count, so that each need not wait for all before it.
        self._place_in_line = client_id.int if client_id is not None else 0
        self._shares: dict[tuple[StaffId, datetime], timedelta] = {}
        self._open: dict[tuple[StaffId, PlaceId, date], Sequence[Span]] = {}
        staff = {schedule.staff_id for schedule in offer.shop.schedules}
        self._away = {one: spans_away([each for each in offer.shop.away if each.staff_id == one]) for one in staff}
        self._schedules = {(one.staff_id, one.place_id): one for one in offer.shop.schedules}

    def free(self, days: Iterable[date], now: datetime) -> Iterator[Slot]:
        """The starts that can be booked now: within notice and horizon, everybody and everything free."""
        rules = self._offer.rules
        earliest, latest = now + rules.minimum_notice, now + rules.horizon
        for day in days:
            for schedule in self.beginning():
                for start in self._starts(schedule, day):
                    if earliest <= start <= latest and start > now:
                        slot = self.slot_at(start, schedule)
                        if slot is not None and self.things_of(slot) is not None:
                            yield slot

    def beginning(self) -> Iterator[Schedule]:
        """Of everybody who gives the first service, whatever their hours."""
        first = self._offer.services[0]
        return (one for one in self._offer.shop.schedules if one.staff_id in first.staff)

    def offered(self, start: datetime) -> Sequence[Schedule]:
        """Of whom begins then by the hours, and is not away, whatever is taken."""
        length, step = self._offer.services[0].duration, self._offer.rules.step
        return [
            one
            for one in self.beginning()
            if is_start(one, self._place(one), start, length, step)
            and not self.is_away(one.staff_id, Span(start, start + length))
        ]

    def slot_at(self, start: datetime, schedule: Schedule) -> Slot | None:
        """Who gives each service of a visit that this member of staff begins; None when somebody is missing."""
        staff: list[StaffId] = []
        for service in self._offer.services:
            during = Span(start, start + service.duration)
            likely = [schedule.staff_id] if not staff else self._in_turn(service, staff[-1], schedule.place_id, during)
            found = next((one for one in likely if self.attends(service, one, schedule.place_id, during)), None)
            if found is None:
                return None
            staff.append(found)
            start = during.end
        return Slot(start - self._offer.duration, schedule.place_id, staff)

    def attends(self, service: Service, staff_id: StaffId, place_id: PlaceId, during: Span) -> bool:
        """Whether this member of staff is there all the while and free whenever the service needs them."""
        return (
            self.is_open(staff_id, place_id, during)
            and not self.is_away(staff_id, during)
            and self.is_free(service, staff_id, during.start)
        )

    def is_free(self, service: Service, staff_id: StaffId, start: datetime) -> bool:
        """Whether nobody else has them when a service that starts then needs them."""
        return all(self._taken.is_free(staff_id, each.at(start)) for each in service.attended)

    def is_open(self, staff_id: StaffId, place_id: PlaceId, during: Span) -> bool:
        """Whether one window of theirs covers the span."""
        day = during.start.astimezone(self._offer.shop.places[place_id].zone).date()
        return any(window.covers(during) for window in self._open_on(staff_id, place_id, day))

    def is_away(self, staff_id: StaffId, during: Span) -> bool:
        """Whether they are away for any of it."""
        away = self._away.get(staff_id, ())
        before = bisect_left(away, during.end, key=lambda span: span.start) - 1
        return before >= 0 and away[before].end > during.start

    def claims_of(self, slot: Slot) -> Sequence[Claim] | None:
        """Everything a booking of the slot claims, sorted as it is inserted; None when a thing or a count is taken."""
        things = self.things_of(slot)
        if things is None:
            return None
        people: dict[StaffId, list[Span]] = {}
        for item in items_of(self._offer, slot):
            people.setdefault(item.staff_id, []).extend(one.at(item.during.start) for one in item.service.attended)
        # Nobody is claimed twice: where two services of one person meet, buffers and all, it is one span.
        claims = [Claim(staff, 0, span) for staff, spans in people.items() for span in merged(spans)]
        return sorted([*claims, *things], key=lambda claim: (claim.resource, claim.unit, claim.during.start))

    def things_of(self, slot: Slot) -> Sequence[Claim] | None:
        """One thing of each kind from the first service that needs it to the last, and one of each day's count."""
        found = []
        for kind, during in self.needs_of(slot).items():
            claim = self._thing(slot.place_id, kind, during)
            if claim is None:
                return None
            found.append(claim)
        span = self.day_of(slot.start, slot.place_id)
        for resource, capacity in self.counts_of(slot).items():
            unit = self._taken.free_unit(resource, capacity, span, self._place_in_line)
            if unit is None or self._taken.count(resource, span) >= capacity:
                return None
            found.append(Claim(resource, unit, span, counts=True))
        return found

    def needs_of(self, slot: Slot) -> dict[str, Span]:
        """From when to when each kind of thing is needed, buffers included: the client keeps chair and room."""
        needs: dict[str, Span] = {}
        for item in items_of(self._offer, slot):
            begins = item.during.start - item.service.buffer_before
            ends = item.during.end + item.service.buffer_after
            for kind in item.service.needs:
                known = needs.get(kind, Span(begins, ends))
                needs[kind] = Span(min(known.start, begins), max(known.end, ends))
        return needs

    def counts_of(self, slot: Slot) -> dict[UUID, int]:
        """Of how many bookings a day each count allows; a client's only once it is known who that is."""
        counts = {}
        for service in self._offer.services:
            caps = service.caps
            if caps.per_day is not None:
                counts[count_of_place(service.id, slot.place_id)] = caps.per_day
            if caps.per_client_and_day is not None and self._client_id is not None:
                counts[count_of_client(service.id, self._client_id)] = caps.per_client_and_day
        return counts

    def day_of(self, start: datetime, place_id: PlaceId) -> Span:
        """The whole local day in which an instant lies."""
        zone = self._offer.shop.places[place_id].zone
        return whole_day(start.astimezone(zone).date(), zone)

    def by_turn(self, schedules: Sequence[Schedule], start: datetime) -> Sequence[Schedule]:
        """Whose turn it is first: who has least of the day for their weight."""
        return sorted(
            schedules,
            key=lambda one: (self._share(one.staff_id, self.day_of(start, one.place_id)), one.staff_id, one.place_id),
        )

    def has_room(self, resource: UUID, capacity: int, slot: Slot) -> bool:
        """Whether the slot's day takes one more of what is counted."""
        return self._taken.count(resource, self.day_of(slot.start, slot.place_id)) < capacity

    def is_full(self, start: datetime, place_id: PlaceId) -> bool:
        """Whether a count of the day is used up, whoever attends."""
        slot = Slot(start, place_id, [])
        return any(not self.has_room(resource, most, slot) for resource, most in self.counts_of(slot).items())

    def is_thing_free(self, place_id: PlaceId, kind: str, during: Span) -> bool:
        """Whether a thing of the kind is free there."""
        return self._thing(place_id, kind, during) is not None

    def _in_turn(self, service: Service, before: StaffId, place_id: PlaceId, during: Span) -> Iterator[StaffId]:
        """Whoever served the client goes on when they can; else whose turn it is."""
        if before in service.staff:
            yield before
        day = self.day_of(during.start, place_id)
        at_place = {one.staff_id for one in self._offer.shop.schedules if one.place_id == place_id}
        yield from sorted(at_place & service.staff - {before}, key=lambda one: (self._share(one, day), one))

    def _share(self, staff_id: StaffId, day: Span) -> timedelta:
        key = (staff_id, day.start)
        if key not in self._shares:
            self._shares[key] = self._taken.load(staff_id, day) / self._offer.shop.weights.get(staff_id, 1)
        return self._shares[key]

    def _thing(self, place_id: PlaceId, kind: str, during: Span) -> Claim | None:
        for resource in self._offer.shop.places[place_id].resources:
            if resource.kind == kind:
                unit = self._taken.free_unit(resource.id, resource.capacity, during)
                if unit is not None:
                    return Claim(resource.id, unit, during)
        return None

    def _starts(self, schedule: Schedule, day: date) -> Iterator[datetime]:
        first = self._offer.services[0]
        return starts_on(schedule, self._place(schedule), day, first.duration, self._offer.rules.step)

    def _open_on(self, staff_id: StaffId, place_id: PlaceId, day: date) -> Sequence[Span]:
        key = (staff_id, place_id, day)
        if key not in self._open:
            schedule = self._schedules.get((staff_id, place_id))
            self._open[key] = spans_on(schedule, self._offer.shop.places[place_id], day) if schedule else ()
        return self._open[key]

    def _place(self, schedule: Schedule) -> Place:
        return self._offer.shop.places[schedule.place_id]
