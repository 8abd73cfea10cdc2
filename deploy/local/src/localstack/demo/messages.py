"""What people must have been told, and whether it arrived: notifications' word against the phones and mailboxes."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from localstack.demo.checks import own_list
from localstack.demo.errors import BrokenError
from localstack.demo.payer import Payer
from localstack.demo.stories import Story
from localstack.demo.waiting import until
from localstack.demo.world import World

_REMINDER: Final = "booking_reminder"
_UNTOLD: Final = "of others"
Wanted = frozenset[tuple[str, str, str]]
"""Booking, template, channel."""


class Mailbox:
    """Everybody's phones and mailboxes since an instant, each time read on from where the last reading ended."""

    def __init__(self, payer: Payer, since: datetime) -> None:
        self._payer, self._since = payer, since.isoformat()
        self._after = 0
        self._turn = asyncio.Lock()
        self._arrived: dict[str, Mapping[str, Any]] = {}
        self._templates: dict[str, str] = {}

    async def missing(self, sent: Mapping[str, str]) -> set[str]:
        """Which of these messages (id to template) have not arrived."""
        self._templates |= sent
        if sent.keys() - self._arrived.keys():
            await self._read()
        return sent.keys() - self._arrived.keys()

    async def counts(self) -> Counter[tuple[str, str]]:
        """Messages of this run by channel and template."""
        await self._read()
        found = ((each["channel"], self._templates.get(id_, _UNTOLD)) for id_, each in self._arrived.items())
        return Counter(found)

    async def _read(self) -> None:
        async with self._turn:
            news = await self._payer.messages(self._after, since=self._since)
            self._arrived |= {str(each["reference"]): each for each in news}
            self._after = news[-1]["seq"] if news else self._after


async def check_messages(world: World, mailbox: Mailbox) -> None:
    """Each client was told, on every channel that reaches them, and the very messages arrived."""
    by_owner: dict[tuple[str, str], list[Story]] = defaultdict(list)
    for story in world.whole:
        if story.told:
            by_owner[story.owner.id, story.vertical].append(story)
    await world.each(by_owner.values(), lambda stories: _check_told(world, mailbox, stories), "messages")


async def _check_told(world: World, mailbox: Mailbox, stories: list[Story]) -> None:
    wanted = frozenset(each for story in stories for each in _wanted(story))
    left: set[tuple[str, str, str]] = set()
    sent: dict[str, str] = {}

    async def told() -> bool | None:
        seen = [item for item in await own_list(world, stories[0], "notifications") if item["status"] == "sent"]
        sent.update({str(item["id"]): item["template"] for item in seen})
        left.clear()
        left.update(wanted - {(item["bookingId"], item["template"], item["channel"]) for item in seen})
        return None if left else True

    def what() -> str:
        of, template, channel = min(left)
        name = next(story.name for story in stories if story.id == of)
        return f"{name}: {template} by {channel} (and {len(left) - 1} more)"

    try:
        await until(what, told)
    except BrokenError:
        # Waiting for the same messages again would tell nothing new.
        for story in stories:
            story.broken |= any(story.id == of for of, _, _ in left)
        raise
    if lost := await mailbox.missing(sent):
        raise BrokenError(f"{stories[0].name}: {len(lost)} messages said to be sent never arrived")


def _wanted(story: Story) -> list[tuple[str, str, str]]:
    """A reminder goes by the best channel alone, everything else by all."""
    channels = story.owner.channels
    best = {"whatsapp"} if "whatsapp" in channels else channels
    return [
        (story.id, template, channel)
        for template in story.told
        for channel in (best if template == _REMINDER else channels)
    ]
