"""What booking tells of group sessions: appointments with seats, each of which is a booking of its own."""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID

from contracts.base import Fact
from contracts.booking import CancelledBy
from contracts.ids import PlaceId, ProviderId, ResourceId, ServiceId, SessionId, StaffId


class SessionStatus(StrEnum):
    """Whether it takes place, as far as is known."""

    OPEN = "open"
    CANCELLED = "cancelled"


class SessionFact(Fact):
    """The session's public state. Instants are UTC; `local_date` is the place's calendar day.

    How many seats are taken is not part of it: that is what the bookings with this `session_id` say.
    """

    owner: ClassVar[str] = "booking"

    session_id: SessionId
    provider_id: ProviderId
    place_id: PlaceId
    service_id: ServiceId
    staff_id: StaffId
    resource_ids: tuple[ResourceId, ...] = ()
    status: SessionStatus
    starts_at: datetime
    ends_at: datetime
    local_date: date
    zone: str
    city: str
    province: str
    seats: int
    minimum: int
    """With fewer confirmed seats than this at `decide_at` it is called off."""
    decide_at: datetime
    created_at: datetime
    cancelled_by: CancelledBy | None = None

    @property
    def subject(self) -> UUID:
        return self.session_id


class SessionPublished(SessionFact):
    """Clients may take seats of it; told again when its instants moved with its zone's offset."""

    topic: ClassVar[str] = "session.published"


class SessionCancelled(SessionFact):
    """Called off; each of its seats is cancelled by a fact of its own.

    `reason` is `below-minimum` where too few took a seat, or one of `closed`, `away`, `emergency`.
    """

    topic: ClassVar[str] = "session.cancelled"

    reason: str | None = None


FACTS: Final[tuple[type[Fact], ...]] = (SessionPublished, SessionCancelled)
