"""What notifications tells the others: what reached whom by which channel, without saying who or what."""

from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID

from contracts.base import Fact
from contracts.ids import AccountId, BookingId, NotificationId


class Channel(StrEnum):
    """How a message travels."""

    WHATSAPP = "whatsapp"
    EMAIL = "email"
    SMS = "sms"
    PUSH = "push"


class NotificationFact(Fact):
    """One message to one account."""

    owner: ClassVar[str] = "notifications"

    notification_id: NotificationId
    account_id: AccountId
    booking_id: BookingId | None = None
    channel: Channel
    template: str

    @property
    def subject(self) -> UUID:
        return self.notification_id


class NotificationSent(NotificationFact):
    """The channel's provider accepted the message."""

    topic: ClassVar[str] = "notification.sent"


class NotificationFailed(NotificationFact):
    """Retries are used up, or the channel refused for good; `reason` is a short code."""

    topic: ClassVar[str] = "notification.failed"

    reason: str


FACTS: Final[tuple[type[Fact], ...]] = (NotificationSent, NotificationFailed)
