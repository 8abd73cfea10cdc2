"""Slow ways to pay: how long cash or a transfer is waited for, and whether the appointment leaves that long."""

from datetime import datetime, timedelta
from typing import Final

from common.errors import Refusal
from common.span import COUNTRY_ZONE
from payments.domain.working_days import is_working_day

WORKING_DAYS: Final = 2
"""What MercadoPago or the bank may take to tell of money that was paid in the last minute (decision 7)."""
LEAST: Final = timedelta(days=1)
"""MercadoPago takes expiries from one day to thirty days ahead."""
_SPARE: Final = timedelta(hours=1)
"""So that a repeated request still names an expiry that is far enough ahead."""


class MethodTooSlow(Refusal):
    """The appointment is too soon for this way to pay: its money may take days."""


def hold_until(expires_at: datetime) -> datetime:
    """Until when the money may come: two working days after the last instant to pay, at the same local time."""
    at, left = expires_at.astimezone(COUNTRY_ZONE), WORKING_DAYS
    while left:
        at += timedelta(days=1)
        left -= is_working_day(at.date())
    return at.astimezone(expires_at.tzinfo)


def slow_expiry(starts_at: datetime | None, now: datetime, days: int) -> datetime:
    """The last instant to pay what is begun now. MethodTooSlow when its money could come after the appointment."""
    expires_at = own_expiry(now, days)
    if starts_at is None or hold_until(expires_at) >= starts_at:
        raise MethodTooSlow
    return expires_at


def own_expiry(now: datetime, days: int) -> datetime:
    """The last instant to pay what is begun now and nothing waits for: a balance or a tip."""
    return now + timedelta(days=days) + _SPARE


def here_by(now: datetime) -> datetime:
    """What was paid until then has come by now, however slowly: what `hold_until` says, looked at from its end."""
    paid_at = now
    while hold_until(paid_at) > now:
        paid_at -= timedelta(days=1)
    return paid_at


def may_be_asked_again(expires_at: datetime, now: datetime) -> bool:
    """Whether a new request may still name this expiry."""
    return expires_at - now > LEAST
