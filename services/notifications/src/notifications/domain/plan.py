"""Which messages a fact calls for, each with the key that makes it the one: the fact, then the channel."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from common.money import Money
from contracts.ids import AccountId, BookingId, NotificationId, RefundId, WithdrawalId, new_id
from notifications.domain.booking import Booking, BookingStatus
from notifications.domain.notification import Channel, Notification, SealedCode, Template

_NEWS_KEEPS: Final = timedelta(days=1)
"""How long a cancellation is worth telling, however near the start was."""
_REFUND_KEEPS: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Rules:
    """The vertical's channels, best first, narrowed to those that reach the person once the contact is known."""

    channels: Sequence[Channel]
    reminder_hours: Sequence[int]


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A client's wish to take its consent back, asked for or proved."""

    id: WithdrawalId
    client_id: AccountId
    booking_id: BookingId
    tracking_code: str


def plan_confirmed(booking: Booking, rules: Rules, now: datetime) -> Iterator[Notification]:
    """A confirmation on each channel, and reminders on the best one where their time is still to come."""
    for channel in rules.channels:
        key = f"booking:{booking.id}:confirmed:{channel}"
        yield _about(booking, Template.CONFIRMED, channel, key, now, booking.starts_at)
    yield from plan_reminders(booking, rules, now)


def plan_reminders(booking: Booking, rules: Rules, now: datetime) -> Iterator[Notification]:
    """One per lead time, whatever the channel. The start is in the key: a booking that moves has other reminders."""
    if booking.status is not BookingStatus.CONFIRMED:
        return
    for channel in rules.channels[:1]:
        for hours in rules.reminder_hours:
            due_at = booking.starts_at - timedelta(hours=hours)
            if due_at > now:
                key = f"booking:{booking.id}:reminder:{hours}h:{booking.starts_at:%Y%m%dT%H%M%SZ}"
                yield _about(booking, Template.REMINDER, channel, key, due_at, booking.starts_at)


def plan_moved(booking: Booking, rules: Rules, now: datetime) -> Iterator[Notification]:
    """A notice of the new time on each channel. A hold that moves is the client's own doing and needs none."""
    if not booking.confirmed:
        return
    for channel in rules.channels:
        key = f"booking:{booking.id}:rescheduled:v{booking.version}:{channel}"
        yield _about(booking, Template.RESCHEDULED, channel, key, now, booking.starts_at)


def plan_called_off(
    booking: Booking,
    rules: Rules,
    now: datetime,
    *,
    by_others: bool = False,
    template: Template = Template.CANCELLED,
) -> Iterator[Notification]:
    """A notice on each channel when there had been a confirmation, or somebody else than its client called it off.

    `template` says why, where that is known; whatever it says, it is said once.
    """
    if not ((booking.confirmed or by_others) and booking.called_off):
        return
    expires_at = max(booking.starts_at, now + _NEWS_KEEPS)
    for channel in rules.channels:
        key = f"booking:{booking.id}:cancelled:{channel}"
        yield _about(booking, template, channel, key, now, expires_at)


def plan_refund(
    refund_id: RefundId, account_id: AccountId, booking_id: BookingId, refund: Money, rules: Rules, now: datetime
) -> Iterator[Notification]:
    """A notice of money given back, on each channel."""
    for channel in rules.channels:
        yield Notification(
            id=NotificationId(new_id()),
            dedupe_key=f"refund:{refund_id}:{channel}",
            account_id=account_id,
            channel=channel,
            template=Template.REFUNDED,
            due_at=now,
            expires_at=now + _REFUND_KEEPS,
            booking_id=booking_id,
            refund=refund,
        )


@dataclass(frozen=True, slots=True)
class DisputeNews:
    """What the provider's owner is told of a dispute about `amount`; `fact` names it, so that it is told once."""

    template: Template
    fact: str
    account_id: AccountId
    booking_id: BookingId
    amount: Money
    expires_at: datetime | None = None
    """When it is worth nothing any more, if sooner or later than news are."""


def plan_dispute(news: DisputeNews, rules: Rules, now: datetime) -> Iterator[Notification]:
    """A notice on each channel."""
    for channel in rules.channels:
        yield Notification(
            id=NotificationId(new_id()),
            dedupe_key=f"dispute:{news.fact}:{channel}",
            account_id=news.account_id,
            channel=channel,
            template=news.template,
            due_at=now,
            expires_at=news.expires_at or now + _REFUND_KEEPS,
            booking_id=news.booking_id,
            refund=news.amount,
        )


def plan_at_place(
    fact: str, account_id: AccountId, booking_id: BookingId, paid: Money, *, voided: bool, rules: Rules, now: datetime
) -> Iterator[Notification]:
    """A notice to the client of what the provider put on record, or took back, on each channel."""
    for channel in rules.channels:
        yield Notification(
            id=NotificationId(new_id()),
            dedupe_key=f"at_place:{fact}:{'voided' if voided else 'recorded'}:{channel}",
            account_id=account_id,
            channel=channel,
            template=Template.AT_PLACE_VOIDED if voided else Template.AT_PLACE,
            due_at=now,
            expires_at=now + _REFUND_KEEPS,
            booking_id=booking_id,
            refund=paid,
        )


def plan_code(
    account_id: AccountId, contact_version: int, channel: Channel, expires_at: datetime, now: datetime
) -> Notification:
    """A one-time code, on the channel it proves."""
    return Notification(
        id=NotificationId(new_id()),
        dedupe_key=f"code:{account_id}:{contact_version}:{channel}",
        account_id=account_id,
        channel=channel,
        template=Template.CODE,
        due_at=now,
        expires_at=expires_at,
        contact_version=contact_version,
    )


def plan_withdrawal_code(
    asked: Withdrawal, channel: Channel, code: SealedCode, expires_at: datetime, now: datetime
) -> Notification:
    """The code that proves who withdraws, on the channel the person named."""
    return Notification(
        id=NotificationId(new_id()),
        dedupe_key=f"withdrawal:{asked.id}:code:{channel}",
        account_id=asked.client_id,
        channel=channel,
        template=Template.WITHDRAWAL_CODE,
        due_at=now,
        expires_at=expires_at,
        booking_id=asked.booking_id,
        tracking_code=asked.tracking_code,
        code=code,
    )


def plan_withdrawn(proved: Withdrawal, rules: Rules, now: datetime) -> Iterator[Notification]:
    """A receipt on each channel: the law wants it told at once, with its code."""
    for channel in rules.channels:
        yield Notification(
            id=NotificationId(new_id()),
            dedupe_key=f"withdrawal:{proved.id}:received:{channel}",
            account_id=proved.client_id,
            channel=channel,
            template=Template.WITHDRAWN,
            due_at=now,
            expires_at=now + _REFUND_KEEPS,
            booking_id=proved.booking_id,
            tracking_code=proved.tracking_code,
        )


def _about(
    booking: Booking, template: Template, channel: Channel, key: str, due_at: datetime, expires_at: datetime
) -> Notification:
    return Notification(
        id=NotificationId(new_id()),
        dedupe_key=key,
        account_id=booking.client_id,
        channel=channel,
        template=template,
        due_at=due_at,
        expires_at=expires_at,
        booking_id=booking.id,
        starts_at=booking.starts_at,
    )
