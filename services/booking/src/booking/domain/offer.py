"""What a provider offers, as booking needs to know it: one service, who does it where, and in which hours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from common.money import Money
from contracts.ids import AccountId, PlaceId, ProviderId, ResourceId, ServiceId, StaffId


class DepositKind(StrEnum):
    """How much of the price is due when booking."""

    NONE = "none"
    FIXED = "fixed"
    PERCENT = "percent"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Deposit:
    """`value` is centavos for FIXED, whole percent for PERCENT."""

    kind: DepositKind
    value: int = 0

    def due(self, price: Money) -> Money:
        """What must be paid to confirm; never more than the price."""
        match self.kind:
            case DepositKind.NONE:
                return Money.zero(price.currency)
            case DepositKind.WHOLE:
                return price
            case DepositKind.PERCENT:
                return price.percent(self.value)
            case DepositKind.FIXED:
                return min(price, Money(self.value, price.currency))


@dataclass(frozen=True, slots=True)
class Resource:
    """A chair or room; `capacity` units of it can be claimed at once."""

    id: ResourceId
    kind: str
    capacity: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where the service is given."""

    id: PlaceId
    city: str
    province: str
    zone: ZoneInfo
    resources: Sequence[Resource]


@dataclass(frozen=True, slots=True)
class Hours:
    """One wall-clock window of an ISO weekday."""

    day: int
    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Schedule:
    """A member of staff's weekly hours at one place."""

    staff_id: StaffId
    place_id: PlaceId
    weekly: Sequence[Hours]
    valid_from: date | None


@dataclass(frozen=True, slots=True)
class Offer:
    """One bookable service with everything that decides where and when."""

    provider_id: ProviderId
    owner_id: AccountId
    service_id: ServiceId
    duration: timedelta
    buffer_before: timedelta
    buffer_after: timedelta
    price: Money
    deposit: Deposit
    needs: Sequence[str]
    places: Mapping[PlaceId, Place]
    schedules: Sequence[Schedule]
    bookable: bool
    """Whether provider and service are both active."""
    approval: bool = False
    """Whether the provider accepts each booking before it is paid for."""
