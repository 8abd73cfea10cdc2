"""The provider accepts a booking: the one that it saw, and early enough to be paid."""

from datetime import datetime, timedelta
from typing import Final

from booking.domain.booking import Booking
from booking.domain.refusals import MovedMeanwhile, TooLateToApprove

TIME_TO_PAY: Final = timedelta(minutes=5)
"""Payments closes its pages two minutes before the hold ends, and whoever pays needs some of the others."""


def accept(booking: Booking, seen: datetime | None, now: datetime, pay_until: datetime) -> Booking:
    """Held until it is paid, at most until it starts; `seen` is the start that whoever accepts was shown, if they say.

    NotPending, MovedMeanwhile or TooLateToApprove, which a provider that is due nothing beforehand never is.
    """
    booking.must_be_pending()
    if seen is not None and seen != booking.starts_at:
        raise MovedMeanwhile(startsAt=booking.starts_at.isoformat())
    approved = booking.approve(now, pay_until)
    if approved.due_now and min(pay_until, booking.starts_at) - now < TIME_TO_PAY:
        raise TooLateToApprove
    return approved
