"""Cash: how long a ticket lives, how long its money is on the way, and whether the appointment leaves that long."""

from datetime import datetime, timedelta
from typing import Final

from common.errors import Refusal
from common.span import COUNTRY_ZONE

WORKING_DAYS: Final = 2
"""What MercadoPago may take to tell of cash that was paid in the ticket's last minute (decision 7)."""
LEAST: Final = timedelta(days=1)
"""MercadoPago takes expiries from one day to thirty days ahead."""
_SPARE: Final = timedelta(hours=1)
"""So that a repeated request still names an expiry that is far enough ahead."""
_SATURDAY: Final = 5


class MethodTooSlow(Refusal):
    """The appointment is too soon for cash: its money may take days."""


def hold_until(expires_at: datetime) -> datetime:
    """Until when the money of a ticket may come: two working days after its expiry, at the same local time.

    Weekends are left out. Holidays are not known here: a hold over one ends a day early, and money that comes after
    it is late money.
    """
    at, left = expires_at.astimezone(COUNTRY_ZONE), WORKING_DAYS
    while left:
        at += timedelta(days=1)
        left -= at.weekday() < _SATURDAY
    return at.astimezone(expires_at.tzinfo)


def ticket_expiry(starts_at: datetime | None, now: datetime, days: int) -> datetime:
    """When a ticket made now expires. MethodTooSlow when its money could come after the appointment's start."""
    expires_at = now + timedelta(days=days) + _SPARE
    if starts_at is None or hold_until(expires_at) >= starts_at:
        raise MethodTooSlow
    return expires_at


def may_be_asked_again(expires_at: datetime, now: datetime) -> bool:
    """Whether a new request may still name this expiry."""
    return expires_at - now > LEAST
