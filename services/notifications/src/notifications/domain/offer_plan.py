"""Which messages an offer of the waitlist calls for."""

from collections.abc import Iterator
from datetime import datetime

from contracts.ids import AccountId, BookingId, NotificationId, new_id
from notifications.domain.notification import Notification, Template
from notifications.domain.plan import Rules


def plan_offered(
    booking_id: BookingId, client: AccountId, starts_at: datetime, until: datetime, rules: Rules, now: datetime
) -> Iterator[Notification]:
    """Whoever waited has to take it or let it go; afterwards nobody should be asked."""
    for channel in rules.channels:
        yield Notification(
            id=NotificationId(new_id()),
            dedupe_key=f"booking:{booking_id}:offered:{channel}",
            account_id=client,
            channel=channel,
            template=Template.OFFERED,
            due_at=now,
            expires_at=until,
            booking_id=booking_id,
            starts_at=starts_at,
        )
