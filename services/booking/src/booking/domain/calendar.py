"""When a service can start: wall-clock hours turned into instants, minus what is taken.

Hours are wall-clock rules in the place's IANA zone and become UTC instants per day, so that a change of the zone's
offset moves the appointment's instant and not its local time.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from booking.domain.offer import Offer, Place, Schedule
from booking.domain.refusals import BeyondHorizon, SlotInPast, TooLittleNotice
from contracts.ids import PlaceId, StaffId


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open interval of UTC instants."""

    start: datetime
    end: datetime

    def overlaps(self, other: "Span") -> bool:
        """Touching is not overlapping."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Claim:
    """One unit of a person or thing, taken for a span. `resource` is a staff or resource id."""

    resource: UUID
    unit: int
    during: Span


@dataclass(frozen=True, slots=True)
class Slot:
    """A start that one member of staff can serve at one place."""

    start: datetime
    staff_id: StaffId
    place_id: PlaceId


@dataclass(frozen=True, slots=True)
class Rules:
    """The vertical's booking rules."""

    step: timedelta
    minimum_notice: timedelta
    horizon: timedelta

    def admit(self, start: datetime, now: datetime) -> None:
        """SlotInPast, TooLittleNotice or BeyondHorizon when a booking made now cannot start then."""
        if start <= now:
            raise SlotInPast
        if start < now + self.minimum_notice:
            raise TooLittleNotice
        if start > now + self.horizon:
            raise BeyondHorizon


def to_instant(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """The UTC instant of a wall-clock minute of a day. A time skipped by a change of offset moves past the gap."""
    local = datetime(day.year, day.month, day.day, minutes // 60, minutes % 60, tzinfo=zone)
    return local.astimezone(UTC)


def occupied(offer: Offer, start: datetime) -> Span:
    """The span that is claimed for a start: the service with its buffers."""
    return Span(start - offer.buffer_before, start + offer.duration + offer.buffer_after)


def offered(offer: Offer, day: date, step: timedelta) -> Iterator[Slot]:
    """Every start of the day by the weekly hours alone, whatever is taken."""
    for schedule in offer.schedules:
        place = offer.places.get(schedule.place_id)
        if place is not None and (schedule.valid_from is None or schedule.valid_from <= day):
            yield from _starts(offer, schedule, place, day, step)


def free(
    offer: Offer, days: Sequence[date], rules: Rules, taken: Mapping[UUID, Sequence[Claim]], now: datetime
) -> Iterator[Slot]:
    """The starts that can be booked now: offered, within notice and horizon, staff and every need free."""
    earliest, latest = now + rules.minimum_notice, now + rules.horizon
    for day in days:
        for slot in offered(offer, day, rules.step):
            if earliest <= slot.start <= latest and slot.start > now and assign(offer, slot, taken) is not None:
                yield slot


def assign(offer: Offer, slot: Slot, taken: Mapping[UUID, Sequence[Claim]]) -> Sequence[Claim] | None:
    """The claims a booking of this slot makes, sorted as they are inserted; None when something is not free."""
    during = occupied(offer, slot.start)
    staff = _free_unit(slot.staff_id, 1, during, taken)
    if staff is None:
        return None
    claims = [staff]
    for kind in offer.needs:
        found = (
            _free_unit(resource.id, resource.capacity, during, taken)
            for resource in offer.places[slot.place_id].resources
            if resource.kind == kind
        )
        claim = next((one for one in found if one is not None), None)
        if claim is None:
            return None
        claims.append(claim)
    return sorted(claims, key=lambda claim: (claim.resource, claim.unit))


def _free_unit(resource: UUID, capacity: int, during: Span, taken: Mapping[UUID, Sequence[Claim]]) -> Claim | None:
    busy = {claim.unit for claim in taken.get(resource, ()) if claim.during.overlaps(during)}
    unit = next((unit for unit in range(capacity) if unit not in busy), None)
    return None if unit is None else Claim(resource, unit, during)


def _starts(offer: Offer, schedule: Schedule, place: Place, day: date, step: timedelta) -> Iterator[Slot]:
    length, stride = offer.duration // timedelta(minutes=1), step // timedelta(minutes=1)
    for hours in schedule.weekly:
        if hours.day != day.isoweekday():
            continue
        opens, closes = (at.hour * 60 + at.minute for at in (hours.start, hours.end))
        for minutes in range(opens, closes - length + 1, stride):
            yield Slot(to_instant(day, minutes, place.zone), schedule.staff_id, schedule.place_id)
