"""Availability once more, minute by minute and by nothing but sets: it shares no code with what it judges."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from booking.domain.offer import Offer, Place, Schedule, Service
from booking.domain.resources import count_of_client, count_of_place
from booking.domain.taken import Claim
from contracts.ids import AccountId, PlaceId, StaffId

Minute = int
"""Since 1970, UTC."""


@dataclass(frozen=True)
class Found:
    """A start that is free."""

    start: datetime
    place_id: PlaceId
    staff_id: StaffId


def free_starts(
    offer: Offer,
    claims: Sequence[Claim],
    days: Iterable[date],
    now: datetime,
    client_id: AccountId | None,
    closed: set[date],
) -> set[Found]:
    """`closed` are the public holidays of every province of the offer."""
    return set(_Oracle(offer, claims, now, client_id, closed).found(days))


class _Oracle:
    def __init__(
        self, offer: Offer, claims: Sequence[Claim], now: datetime, client_id: AccountId | None, closed: set[date]
    ) -> None:
        self.offer, self.client_id, self.closed = offer, client_id, closed
        self.taken: dict[tuple[UUID, int], set[Minute]] = {}
        for claim in claims:
            span = range(_minute(claim.during.start), _minute(claim.during.end))
            self.taken.setdefault((claim.resource, claim.unit), set()).update(span)
        self.earliest = max(now + max(one.rules.minimum_notice for one in offer.services), now + timedelta.resolution)
        self.latest = now + min(one.rules.horizon for one in offer.services)

    def found(self, days: Iterable[date]) -> Iterator[Found]:
        first = self.offer.services[0]
        for day in days:
            for schedule in self.offer.shop.schedules:
                place = self.offer.shop.places[schedule.place_id]
                if schedule.staff_id not in first.staff:
                    continue
                for start in self.grid(schedule, place, day):
                    at = datetime.fromtimestamp(start * 60, UTC)
                    if self.earliest <= at <= self.latest and self.fits(start, schedule, day):
                        yield Found(at, place.id, schedule.staff_id)

    def grid(self, schedule: Schedule, place: Place, day: date) -> Iterator[Minute]:
        """Wall-clock minutes that exist, by steps from each window's beginning."""
        step = int(self.offer.services[0].rules.step.total_seconds()) // 60
        for opens, closes in self.windows(schedule, place, day):
            for wall in range(opens, closes):
                if (wall - opens) % step == 0:
                    local = datetime.combine(day, time(wall // 60, wall % 60))
                    instant = _minute(local.replace(tzinfo=place.zone))
                    back = datetime.fromtimestamp(instant * 60, place.zone)
                    if back.replace(tzinfo=None) == local:
                        yield instant

    def windows(self, schedule: Schedule, place: Place, day: date) -> Iterator[tuple[int, int]]:
        if schedule.valid_from is not None and schedule.valid_from > day:
            return
        hours = schedule.days.get(day)
        if hours is None:
            is_closed = day in self.closed and day not in place.open_holidays
            hours = [] if is_closed else schedule.week.get(day.isoweekday(), [])
        for one in hours:
            yield one.start.hour * 60 + one.start.minute, one.end.hour * 60 + one.end.minute

    def fits(self, start: Minute, schedule: Schedule, day: date) -> bool:
        at, hulls = start, dict[str, list[Minute]]()
        for number, service in enumerate(self.offer.services):
            length = _minutes(service.duration)
            staff = {schedule.staff_id} if number == 0 else set(service.staff)
            if not any(self.serves(one, service, schedule.place_id, at) for one in staff):
                return False
            for kind in service.needs:
                hull = [at - _minutes(service.buffer_before), at + length + _minutes(service.buffer_after)]
                hulls.setdefault(kind, []).extend(hull)
            at += length
        place = self.offer.shop.places[schedule.place_id]
        return self.things(place, hulls) and self.counts(place, start)

    def serves(self, staff_id: StaffId, service: Service, place_id: PlaceId, at: Minute) -> bool:
        place, whole = self.offer.shop.places[place_id], set(range(at, at + _minutes(service.duration)))
        day = datetime.fromtimestamp(at * 60, place.zone).date()
        schedules = [one for one in self.offer.shop.schedules if (one.staff_id, one.place_id) == (staff_id, place_id)]
        is_open = any(
            whole <= _between(day, opens, closes, place.zone)
            for schedule in schedules
            for opens, closes in self.windows(schedule, place, day)
        )
        away = set[Minute]()
        for one in self.offer.shop.away:
            if one.staff_id == staff_id:
                away.update(
                    range(_minute(one.starts.replace(tzinfo=one.zone)), _minute(one.ends.replace(tzinfo=one.zone)))
                )
        needed = {
            minute for each in service.attended for minute in range(at + _minutes(each.start), at + _minutes(each.end))
        }
        return is_open and not whole & away and not needed & self.taken.get((staff_id, 0), set())

    def things(self, place: Place, hulls: dict[str, list[Minute]]) -> bool:
        for kind, edges in hulls.items():
            needed = set(range(min(edges), max(edges)))
            units = [(one.id, unit) for one in place.resources if one.kind == kind for unit in range(one.capacity)]
            if not any(not needed & self.taken.get(unit, set()) for unit in units):
                return False
        return True

    def counts(self, place: Place, start: Minute) -> bool:
        day = datetime.fromtimestamp(start * 60, place.zone).date()
        whole = _between(day, 0, 24 * 60, place.zone)
        wanted: dict[UUID, int] = {}
        for service in self.offer.services:
            if service.caps.per_day is not None:
                wanted[count_of_place(service.id, place.id)] = service.caps.per_day
            if service.caps.per_client_and_day is not None and self.client_id is not None:
                wanted[count_of_client(service.id, self.client_id)] = service.caps.per_client_and_day
        had = {
            resource: sum(bool(whole & minutes) for (one, _), minutes in self.taken.items() if one == resource)
            for resource in wanted
        }
        return all(had[resource] < capacity for resource, capacity in wanted.items())


def _between(day: date, opens: int, closes: int, zone: ZoneInfo) -> set[Minute]:
    midnight = datetime.combine(day, time.min)
    begins, ends = ((midnight + timedelta(minutes=at)).replace(tzinfo=zone) for at in (opens, closes))
    return set(range(_minute(begins), _minute(ends)))


def _minute(at: datetime) -> Minute:
    return int(at.timestamp()) // 60


def _minutes(length: timedelta) -> int:
    return int(length.total_seconds()) // 60
