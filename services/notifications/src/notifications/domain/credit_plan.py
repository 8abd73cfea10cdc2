"""Which messages credit calls for."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from common.money import Money
from contracts.ids import AccountId, CreditId, NotificationId, new_id
from notifications.domain.notification import Notification, Template
from notifications.domain.plan import Rules

_KEEPS: Final = timedelta(days=7)


def plan_credit(
    credit_id: CreditId, client: AccountId, amount: Money, rules: Rules, now: datetime
) -> Iterator[Notification]:
    """That the client has it: on each channel."""
    for channel in rules.channels:
        yield Notification(
            id=NotificationId(new_id()),
            dedupe_key=f"credit:{credit_id}:{channel}",
            account_id=client,
            channel=channel,
            template=Template.CREDIT_GRANTED,
            due_at=now,
            expires_at=now + _KEEPS,
            refund=amount,
        )
