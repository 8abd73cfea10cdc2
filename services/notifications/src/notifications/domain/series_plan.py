"""Which messages a series calls for: one for all that happened together, and one before each that is paid apart."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from common.money import Money
from contracts.ids import AccountId, BookingId, NotificationId, SeriesId, new_id
from notifications.domain.booking import Booking
from notifications.domain.notification import Notification, Template
from notifications.domain.plan import Rules

_KEEPS: Final = timedelta(days=1)
_ASKED_BEFORE: Final = timedelta(hours=48)
"""So long before an occurrence is to be paid its client is asked to."""


@dataclass(frozen=True, slots=True)
class SeriesNews:
    """What happened to `many` appointments of a series at once; `booking_id` is the first of them."""

    template: Template
    series_id: SeriesId
    version: int
    account_id: AccountId
    booking_id: BookingId
    starts_at: datetime
    many: int


def plan_series(news: SeriesNews, rules: Rules, now: datetime) -> Iterator[Notification]:
    """One on each channel."""
    for channel in rules.channels:
        yield Notification(
            id=NotificationId(new_id()),
            dedupe_key=f"series:{news.series_id}:{news.template}:v{news.version}:{channel}",
            account_id=news.account_id,
            channel=channel,
            template=news.template,
            due_at=now,
            expires_at=max(news.starts_at, now + _KEEPS),
            booking_id=news.booking_id,
            starts_at=news.starts_at,
            many=news.many,
        )


def plan_next_payment(
    booking: Booking, due: Money, pay_until: datetime, rules: Rules, now: datetime
) -> Iterator[Notification]:
    """Two days before it has to be paid, as long as it still has to be; afterwards nobody should be asked.

    The start is in the key: what is moved is asked for again, in time for its new one.
    """
    for channel in rules.channels:
        yield Notification(
            id=NotificationId(new_id()),
            dedupe_key=f"booking:{booking.id}:to_pay:{booking.starts_at:%Y%m%dT%H%M%SZ}:{channel}",
            account_id=booking.client_id,
            channel=channel,
            template=Template.TO_PAY_NEXT,
            due_at=max(now, pay_until - _ASKED_BEFORE),
            expires_at=pay_until,
            booking_id=booking.id,
            starts_at=booking.starts_at,
            refund=due,
        )
