"""Which messages a booking calls for that its provider has to accept first."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from common.money import Money
from contracts.ids import AccountId, NotificationId, new_id
from notifications.domain.booking import Booking
from notifications.domain.notification import Notification, Template
from notifications.domain.plan import Rules

_KEEPS: Final = timedelta(days=1)


def plan_requested(
    booking: Booking, owner: AccountId, answer_until: datetime, rules: Rules, now: datetime, *, moved: bool = False
) -> Iterator[Notification]:
    """The provider's owner has to answer, and again when it was moved; afterwards nobody should be asked."""
    which = f"requested:v{booking.version}" if moved else "requested"
    for notice in _notices(booking, Template.REQUESTED, owner, rules, now, answer_until):
        yield replace(notice, dedupe_key=f"booking:{booking.id}:{which}:{notice.channel}")


def plan_approved(
    booking: Booking, due: Money, pay_until: datetime, rules: Rules, now: datetime
) -> Iterator[Notification]:
    """Its client has to pay. Where nothing is due the confirmation says all."""
    if due:
        yield from _notices(booking, Template.APPROVED, booking.client_id, rules, now, pay_until, due)


def plan_refused(booking: Booking, template: Template, rules: Rules, now: datetime) -> Iterator[Notification]:
    """DECLINED or UNANSWERED: its client may look for another time."""
    yield from _notices(booking, template, booking.client_id, rules, now, now + _KEEPS)


def _notices(
    booking: Booking,
    template: Template,
    account_id: AccountId,
    rules: Rules,
    now: datetime,
    expires_at: datetime,
    amount: Money | None = None,
) -> Iterator[Notification]:
    for channel in rules.channels:
        yield Notification(
            id=NotificationId(new_id()),
            dedupe_key=f"booking:{booking.id}:{template.removeprefix('booking_')}:{channel}",
            account_id=account_id,
            channel=channel,
            template=template,
            due_at=now,
            expires_at=expires_at,
            booking_id=booking.id,
            starts_at=booking.starts_at,
            refund=amount,
        )
