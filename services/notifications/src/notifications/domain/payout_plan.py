"""Which messages a payout, or a change of the account that it goes to, calls for. No bank data is in any of them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from common.money import Money
from contracts.ids import AccountId, NotificationId, PayoutId, ProviderId, new_id
from notifications.domain.notification import Notification, Template
from notifications.domain.plan import Rules

_KEEPS: Final = timedelta(days=7)


def plan_payout(
    template: Template, payout_id: PayoutId, owner: AccountId, amount: Money, rules: Rules, now: datetime
) -> Iterator[Notification]:
    """That it arrived, or that it did not: on each channel. One that arrived and came back is told of twice."""
    yield from _notice(template, f"{template}:{payout_id}", owner, rules, now, amount)


def plan_account(
    template: Template, provider_id: ProviderId, version: int, owner: AccountId, rules: Rules, now: datetime
) -> Iterator[Notification]:
    """A warning for whoever did not change it, or what to do about one that cannot be paid to; on each channel."""
    yield from _notice(template, f"payout_account:{provider_id}:v{version}", owner, rules, now, None)


def _notice(
    template: Template, fact: str, owner: AccountId, rules: Rules, now: datetime, amount: Money | None
) -> Iterator[Notification]:
    for channel in rules.channels:
        yield Notification(
            id=NotificationId(new_id()),
            dedupe_key=f"{fact}:{channel}",
            account_id=owner,
            channel=channel,
            template=template,
            due_at=now,
            expires_at=now + _KEEPS,
            refund=amount,
        )
