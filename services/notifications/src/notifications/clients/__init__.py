"""The world outside: a channel takes a letter and says what became of it."""

from typing import Protocol

from notifications.domain.letter import Letter
from notifications.domain.outcome import Outcome


class Sender(Protocol):
    """One channel. It renders the letter in its own form and never raises for what the provider does."""

    async def send(self, letter: Letter) -> Outcome:
        """One attempt, without retries of its own; bounded by the channel's time-out."""
        ...
