"""A channel in memory. It passes the suite that the real ones pass on the wire (test_senders)."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal
from uuid import UUID

from notifications.clients.texts import Texts
from notifications.domain.letter import Letter
from notifications.domain.notification import Channel
from notifications.domain.outcome import Accepted, Outcome, Refused, TryLater, Unclear

Mood = Literal["well", "later", "never", "silent", "broken"]


@dataclass
class FakeChannel:
    """Takes letters. `moods` are used up one per letter, then `mood` holds."""

    channel: Channel
    mood: Mood = "well"
    moods: deque[Mood] = field(default_factory=deque)
    taken: list[Letter] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    tried: int = 0
    gate: asyncio.Event | None = None
    """Where set, a letter waits here before it is answered."""

    async def send(self, letter: Letter) -> Outcome:
        """One attempt."""
        self.tried += 1
        mood = self.moods.popleft() if self.moods else self.mood
        if self.gate is not None:
            await self.gate.wait()
        if mood == "broken":
            raise ZeroDivisionError(letter.name)
        if mood == "later":
            return TryLater(f"{self.channel}_busy", timedelta(seconds=1))
        if mood == "never":
            return Refused(f"{self.channel}_no")
        self.taken.append(letter)
        self.said.append(self._render(letter))
        return Unclear(f"{self.channel}_no_answer") if mood == "silent" else Accepted(f"id of {letter.notification_id}")

    def received(self, notification_id: UUID) -> list[str]:
        """What people read of one notification."""
        pairs = zip(self.taken, self.said, strict=True)
        return [said for letter, said in pairs if letter.notification_id == notification_id]

    def _render(self, letter: Letter) -> str:
        texts = Texts()
        return texts.whatsapp(letter).text if self.channel is Channel.WHATSAPP else texts.email(letter).text
