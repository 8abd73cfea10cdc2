"""When, where and with whom a booking is."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from common.money import Money
from contracts.ids import PlaceId, ResourceId, ServiceId, StaffId


@dataclass(frozen=True, slots=True)
class Part:
    """A service of a visit: by whom, from when to when, and what it costs."""

    service_id: ServiceId
    staff_id: StaffId
    starts_at: datetime
    ends_at: datetime
    price: Money


@dataclass(frozen=True, slots=True)
class Seat:
    """When, where and with whom: all that moving a booking changes."""

    starts_at: datetime
    ends_at: datetime
    local_date: date
    place_id: PlaceId
    staff_id: StaffId
    resource_ids: Sequence[ResourceId]
    zone: str
    city: str
    province: str
    starts_local: datetime
    """The wall-clock time of `zone`, without one: it stays when the zone's offset changes."""
    also: Sequence[Part] = ()

    def as_dict(self) -> dict[str, Any]:
        """By name, as a booking has it."""
        return {each.name: getattr(self, each.name) for each in fields(self)}
