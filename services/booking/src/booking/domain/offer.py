"""What a provider offers, as booking needs to know it: services, who gives them where, and in which hours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from booking.domain.price import Price
from booking.domain.refusals import BeyondHorizon, SlotInPast, TooLittleNotice
from booking.domain.span import Span
from contracts.ids import AccountId, PlaceId, ProviderId, ResourceId, ServiceId, StaffId


@dataclass(frozen=True, slots=True)
class Resource:
    """A chair or room; `capacity` units of it can be claimed at once."""

    id: ResourceId
    kind: str
    capacity: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where the service is given. On public holidays it is closed but for those in `open_holidays`."""

    id: PlaceId
    city: str
    province: str
    zone: ZoneInfo
    resources: Sequence[Resource]
    open_holidays: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Hours:
    """One wall-clock window."""

    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Schedule:
    """Hours of a member of staff at one place: by ISO weekday, and by day where a day has its own."""

    staff_id: StaffId
    place_id: PlaceId
    week: Mapping[int, Sequence[Hours]]
    valid_from: date | None = None
    days: Mapping[date, Sequence[Hours]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Away:
    """A member of staff does not attend from one wall-clock time to another."""

    staff_id: StaffId
    starts: datetime
    ends: datetime
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of a service in which its staff is needed, as offsets from its start, buffers included."""

    start: timedelta
    end: timedelta

    def at(self, start: datetime) -> Span:
        """For a service that starts then."""
        return Span(start + self.start, start + self.end)


@dataclass(frozen=True, slots=True)
class Caps:
    """How many bookings of the service one local day takes: in all at a place, and of one client."""

    per_day: int | None = None
    per_client_and_day: int | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """When a start may be asked for."""

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

    def within(self, other: "Rules") -> "Rules":
        """Both hold: of a visit the longest notice and the shortest horizon, on the first service's steps."""
        notice, horizon = max(self.minimum_notice, other.minimum_notice), min(self.horizon, other.horizon)
        return Rules(self.step, notice, horizon)


@dataclass(frozen=True, slots=True)
class Service:
    """One service. `attended` is when its staff is needed; its things (`needs`, by kind) are all the while."""

    id: ServiceId
    duration: timedelta
    buffer_before: timedelta
    buffer_after: timedelta
    attended: Sequence[Stretch]
    price: Price
    needs: Sequence[str]
    staff: frozenset[StaffId]
    rules: Rules
    caps: Caps = Caps()
    approval: bool = False
    active: bool = True


@dataclass(frozen=True, slots=True)
class Shop:
    """A provider as far as its calendar goes. `weights` are shares of the bookings that leave the choice open."""

    provider_id: ProviderId
    owner_id: AccountId
    places: Mapping[PlaceId, Place]
    schedules: Sequence[Schedule]
    away: Sequence[Away]
    weights: Mapping[StaffId, int]
    active: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """What is asked for: one service, or several of the same provider, one after the other in one visit."""

    shop: Shop
    services: Sequence[Service]

    @property
    def bookable(self) -> bool:
        """Whether provider and services are all active."""
        return self.shop.active and all(service.active for service in self.services)

    @property
    def approval(self) -> bool:
        """Whether the provider accepts it before it is paid for."""
        return any(service.approval for service in self.services)

    @property
    def rules(self) -> Rules:
        """Those of all its services."""
        first, *others = (service.rules for service in self.services)
        for each in others:
            first = first.within(each)
        return first

    @property
    def duration(self) -> timedelta:
        """From the start of the first service to the end of the last."""
        return sum((service.duration for service in self.services), timedelta(0))


def attended(
    segments: Sequence[tuple[int, bool]], duration: timedelta, before: timedelta, after: timedelta
) -> Sequence[Stretch]:
    """When the staff of a service is needed. `segments` are minutes and whether they are attended; none: all are.

    The buffers belong to the first and the last stretch.
    """
    found: list[Stretch] = []
    at = timedelta(0)
    for minutes, needed in segments or [(duration // timedelta(minutes=1), True)]:
        end = at + timedelta(minutes=minutes)
        if needed:
            found.append(Stretch(at, end))
        at = end
    found[0] = Stretch(found[0].start - before, found[0].end)
    found[-1] = Stretch(found[-1].start, found[-1].end + after)
    return found
