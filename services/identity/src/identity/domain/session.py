"""Refresh tokens: each is good for one use; a family is all that descends from one login."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NewType
from uuid import UUID

from contracts.ids import AccountId

SessionId = NewType("SessionId", UUID)

IDLE: Final = timedelta(days=30)
"""A token not used for so long is no longer good."""
LONGEST: Final = timedelta(days=90)
"""After so long one logs in again, however often the tokens were renewed."""
KEPT_AFTER_END: Final = timedelta(days=7)
MOST_PER_ACCOUNT: Final = 20


class Presented(StrEnum):
    """What a refresh token turns out to be."""

    GOOD = "good"
    OVER = "over"
    REUSED = "reused"


@dataclass(frozen=True, slots=True)
class Session:
    """One family, as the token that was presented sees it."""

    id: SessionId
    account_id: AccountId
    expires_at: datetime
    revoked: bool
    token_expires_at: datetime
    token_used: bool

    def present(self, now: datetime) -> Presented:
        """A used token says that two hold the family: nobody knows which of them is the owner."""
        if self.revoked or now >= self.expires_at:
            return Presented.OVER
        if self.token_used:
            return Presented.REUSED
        return Presented.OVER if now >= self.token_expires_at else Presented.GOOD

    def next_token_expires_at(self, now: datetime) -> datetime:
        """A token never outlives its family."""
        return min(now + IDLE, self.expires_at)


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """What is held of one session, for its owner."""

    id: SessionId
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
