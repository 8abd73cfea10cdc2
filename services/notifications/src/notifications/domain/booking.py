"""A booking as far as messages about it need to know it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from contracts.ids import AccountId, BookingId, PlaceId, ProviderId, ServiceId


class BookingStatus(StrEnum):
    """Where a booking stands, in booking's own words."""

    PENDING = "pending"
    HELD = "held"
    CONFIRMED = "confirmed"
    ARRIVED = "arrived"
    COMPLETED = "completed"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


_CALLED_OFF: Final = frozenset({BookingStatus.CANCELLED, BookingStatus.EXPIRED})
_AGREED: Final = frozenset(BookingStatus) - _CALLED_OFF - {BookingStatus.PENDING, BookingStatus.HELD}


@dataclass(frozen=True, slots=True)
class Booking:
    """The newest state that reached us. Instants are aware UTC; `zone` is the place's IANA zone."""

    id: BookingId
    version: int
    status: BookingStatus
    client_id: AccountId
    provider_id: ProviderId
    place_id: PlaceId
    service_id: ServiceId
    starts_at: datetime
    ends_at: datetime
    zone: str
    confirmed: bool = False
    """Whether it was ever confirmed; topics have no order among them, so a cancellation may be read first."""

    @property
    def called_off(self) -> bool:
        """Cancelled or expired: nobody comes."""
        return self.status in _CALLED_OFF

    @property
    def agreed(self) -> bool:
        """In a state that only a confirmed booking reaches and keeps."""
        return self.status in _AGREED
