"""What providers tells the others: the public profile, the services on offer and the hours."""

from datetime import date, time
from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID

from contracts.base import Amount, Fact, Part, Point
from contracts.ids import AccountId, PlaceId, ProviderId, ResourceId, ScheduleId, ServiceId, StaffId


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


class StaffPart(Part):
    """A person who attends; an id only, the name stays in providers."""

    staff_id: StaffId
    place_ids: tuple[PlaceId, ...]
    account_id: AccountId | None = None


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

    @property
    def subject(self) -> UUID:
        return self.service_id


class WeeklyHours(Part):
    """One wall-clock window, `day` an ISO weekday (1 = Monday); `end` is after `start` on the same day."""

    day: int
    start: time
    end: time


class SchedulePublished(Fact):
    """Weekly hours of one member of staff at one place, in the place's zone; they replace earlier ones."""

    topic: ClassVar[str] = "schedule.published"
    owner: ClassVar[str] = "providers"

    schedule_id: ScheduleId
    provider_id: ProviderId
    place_id: PlaceId
    staff_id: StaffId
    weekly: tuple[WeeklyHours, ...]
    valid_from: date | None = None

    @property
    def subject(self) -> UUID:
        return self.schedule_id


FACTS: Final[tuple[type[Fact], ...]] = (
    ProviderRegistered,
    ProviderVerified,
    ProviderUpdated,
    ServicePublished,
    SchedulePublished,
)
