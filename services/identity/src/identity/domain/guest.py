"""A guest proves a contact with a one-time code."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from contracts.ids import AccountId
from identity.domain.contact import Sealed

CODE_DIGITS: Final = 6
CODE_LIFE: Final = timedelta(minutes=10)
TRIES: Final = 5
RESEND_AFTER: Final = timedelta(seconds=30)
QUOTA: Final = 5
QUOTA_PERIOD: Final = timedelta(hours=1)


class Channel(StrEnum):
    """How the code travels, and so what it proves."""

    WHATSAPP = "whatsapp"
    EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Challenge:
    """One code sent to one contact. Its id becomes the account's when the contact is new."""

    id: AccountId
    version: int
    channel: Channel
    code_mark: bytes
    sealed: Sealed
    created_at: datetime
    tries: int = 0
    settled_at: datetime | None = None

    @property
    def expires_at(self) -> datetime:
        return self.created_at + CODE_LIFE

    def is_open(self, now: datetime) -> bool:
        """Whether a code may still be tried."""
        return self.settled_at is None and self.tries < TRIES and now < self.expires_at

    def miss(self) -> "Challenge":
        return replace(self, tries=self.tries + 1)

    def settle(self, now: datetime) -> "Challenge":
        return replace(self, settled_at=now)


def wait_before_sending(sent: Sequence[datetime], now: datetime) -> timedelta:
    """How long until another code may go to a contact. `sent`: when codes went there lately, newest first."""
    recent = [at for at in sent if now - at < QUOTA_PERIOD]
    if not recent:
        return timedelta(0)
    until = recent[0] + RESEND_AFTER
    if len(recent) >= QUOTA:
        until = max(until, recent[QUOTA - 1] + QUOTA_PERIOD)
    return max(until - now, timedelta(0))
