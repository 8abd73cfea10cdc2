"""Typed ids. Each is a UUIDv7, so ids sort by creation time and an index on them grows at its right edge."""

from datetime import UTC, datetime
from typing import NewType
from uuid import UUID

from uuid_utils.compat import uuid7

EventId = NewType("EventId", UUID)
AccountId = NewType("AccountId", UUID)
ProviderId = NewType("ProviderId", UUID)
PlaceId = NewType("PlaceId", UUID)
StaffId = NewType("StaffId", UUID)
ResourceId = NewType("ResourceId", UUID)
ServiceId = NewType("ServiceId", UUID)
ScheduleId = NewType("ScheduleId", UUID)
TimeOffId = NewType("TimeOffId", UUID)
BookingId = NewType("BookingId", UUID)
SeriesId = NewType("SeriesId", UUID)
SessionId = NewType("SessionId", UUID)
WaitlistId = NewType("WaitlistId", UUID)
PaymentId = NewType("PaymentId", UUID)
RefundId = NewType("RefundId", UUID)
PayoutId = NewType("PayoutId", UUID)
WithdrawalId = NewType("WithdrawalId", UUID)
CreditId = NewType("CreditId", UUID)
NotificationId = NewType("NotificationId", UUID)

_UUID7_VERSION = 7


def new_id() -> UUID:
    """A fresh UUIDv7; wrap it in the id type it is meant for: `BookingId(new_id())`."""
    return uuid7()


def instant_of(value: UUID) -> datetime:
    """The UTC instant, to the millisecond, at which a UUIDv7 was made (RFC 9562 section 5.7).

    Raises ValueError for any other version of UUID.
    """
    if value.version != _UUID7_VERSION:
        raise ValueError("not a UUIDv7")
    return datetime.fromtimestamp((value.int >> 80) / 1000, tz=UTC)
