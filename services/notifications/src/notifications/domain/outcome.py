"""What a channel made of a message."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Accepted:
    """It is the provider's now; `message_id` is the provider's name for it."""

    message_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider will never take this message."""

    reason: str


@dataclass(frozen=True, slots=True)
class TryLater:
    """The provider did not take it, and may later; not before `after` where it said so."""

    reason: str
    after: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Unclear:
    """The line broke after the message left: it may have been taken."""

    reason: str


Outcome: TypeAlias = Accepted | Refused | TryLater | Unclear
