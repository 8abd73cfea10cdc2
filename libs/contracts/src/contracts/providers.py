"""What providers tells the others: the public profile, the services on offer and the hours."""

from datetime import date, datetime, time
from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID

from contracts.base import Amount, Fact, Part, Point
from contracts.ids import AccountId, PlaceId, ProviderId, ResourceId, ScheduleId, ServiceId, StaffId, TimeOffId


class ProviderStatus(StrEnum):
    """Whether clients may find and book the provider."""

    PENDING = "pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"


class ResourceKind(StrEnum):
    """A thing, other than a person, that a service occupies."""

    CHAIR = "chair"
    ROOM = "room"


class ResourcePart(Part):
    """A chair or room of one place; `capacity` is how many bookings it takes at once."""

    resource_id: ResourceId
    kind: ResourceKind
    capacity: int = 1


class PlacePart(Part):
    """Where the provider works. The address is the business's, published by its owner."""

    place_id: PlaceId
    name: str
    address: str
    city: str
    province: str
    """ISO 3166-2:AR letter, e.g. `X` for Córdoba."""
    zone: str
    """IANA zone, e.g. `America/Argentina/Cordoba`."""
    point: Point
    resources: tuple[ResourcePart, ...] = ()
    open_holidays: tuple[date, ...] = ()
    """Public holidays of its province on which the provider decided to attend; it is closed on the others."""


class StaffPart(Part):
    """A person who attends; an id only, the name stays in providers."""

    staff_id: StaffId
    place_ids: tuple[PlaceId, ...]
    account_id: AccountId | None = None
    weight: int = 1
    """Of the bookings that leave the choice open somebody with 2 gets twice as many as somebody with 1."""


class ProviderFact(Fact):
    """The provider's public state; `display_name` is the trade name that clients see."""

    owner: ClassVar[str] = "providers"

    provider_id: ProviderId
    owner_account_id: AccountId
    display_name: str
    slug: str
    status: ProviderStatus
    places: tuple[PlacePart, ...] = ()
    staff: tuple[StaffPart, ...] = ()

    @property
    def subject(self) -> UUID:
        return self.provider_id


class ProviderRegistered(ProviderFact):
    """A professional or business signed up."""

    topic: ClassVar[str] = "provider.registered"


class ProviderVerified(ProviderFact):
    """The licence that the vertical asks for was checked."""

    topic: ClassVar[str] = "provider.verified"


class ProviderUpdated(ProviderFact):
    """Profile, places, staff or resources changed."""

    topic: ClassVar[str] = "provider.updated"


class DepositKind(StrEnum):
    """How much of the price is due when booking."""

    NONE = "none"
    FIXED = "fixed"
    PERCENT = "percent"
    WHOLE = "whole"


class DepositPart(Part):
    """`value` is centavos for `fixed`, whole percent for `percent`, else 0."""

    kind: DepositKind = DepositKind.NONE
    value: int = 0


class SegmentPart(Part):
    """A stretch of a service. While it is not attended the staff is free for others; chair and room are not."""

    minutes: int
    attended: bool = True


class PricePart(Part):
    """What the service costs from a local day of the appointment on."""

    valid_from: date
    price: Amount


class CapsPart(Part):
    """How many bookings of the service one local day takes: in all at a place, and of one client. None: any number."""

    per_day: int | None = None
    per_client_and_day: int | None = None


class TimingPart(Part):
    """What this service asks for in place of its vertical's rules; None leaves the vertical's."""

    step_minutes: int | None = None
    minimum_notice_minutes: int | None = None
    horizon_days: int | None = None


class ServicePublished(Fact):
    """A service as it is offered from now on; `active` false withdraws it."""

    topic: ClassVar[str] = "service.published"
    owner: ClassVar[str] = "providers"

    service_id: ServiceId
    provider_id: ProviderId
    code: str
    name: str
    duration_minutes: int
    buffer_before_minutes: int = 0
    buffer_after_minutes: int = 0
    price: Amount
    deposit: DepositPart = DepositPart()
    staff_ids: tuple[StaffId, ...]
    needs: tuple[ResourceKind, ...] = ()
    """One free resource of each kind is claimed for the whole service."""
    active: bool = True
    segments: tuple[SegmentPart, ...] = ()
    """They add up to `duration_minutes`; none: attended from beginning to end."""
    prices: tuple[PricePart, ...] = ()
    """Later prices, by the day from which each holds; `price` holds before the first."""
    vat_bps: int = 0
    """Basis points of VAT that the prices contain; 0 where none is charged (monotributo, exempt)."""
    caps: CapsPart = CapsPart()
    timing: TimingPart = TimingPart()
    approval: bool = False
    """Whether the provider accepts each booking before it is paid for."""

    @property
    def subject(self) -> UUID:
        return self.service_id


class WeeklyHours(Part):
    """One wall-clock window, `day` an ISO weekday (1 = Monday); `end` is after `start` on the same day."""

    day: int
    start: time
    end: time


class HoursOfDay(Part):
    """One wall-clock window of one day; `end` is after `start`."""

    start: time
    end: time


class DayPart(Part):
    """A local day with hours of its own, in place of the week's; none: closed. It holds on a public holiday too."""

    day: date
    hours: tuple[HoursOfDay, ...] = ()


class SchedulePublished(Fact):
    """Hours of one member of staff at one place, in the place's zone; they replace earlier ones."""

    topic: ClassVar[str] = "schedule.published"
    owner: ClassVar[str] = "providers"

    schedule_id: ScheduleId
    provider_id: ProviderId
    place_id: PlaceId
    staff_id: StaffId
    weekly: tuple[WeeklyHours, ...]
    valid_from: date | None = None
    days: tuple[DayPart, ...] = ()

    @property
    def subject(self) -> UUID:
        return self.schedule_id


class TimeOffPublished(Fact):
    """A member of staff is away, wherever they attend; `active` false calls it off. Why is nobody's business.

    `starts` and `ends` are wall-clock times of `zone`, `ends` not included.
    """

    topic: ClassVar[str] = "time_off.published"
    owner: ClassVar[str] = "providers"

    time_off_id: TimeOffId
    provider_id: ProviderId
    staff_id: StaffId
    starts: datetime
    ends: datetime
    zone: str
    active: bool = True

    @property
    def subject(self) -> UUID:
        return self.time_off_id


FACTS: Final[tuple[type[Fact], ...]] = (
    ProviderRegistered,
    ProviderVerified,
    ProviderUpdated,
    ServicePublished,
    SchedulePublished,
    TimeOffPublished,
)
