"""What every step of the day works with."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from common.verticals import Vertical, Verticals
from localstack.demo.accounts import Account, Accounts
from localstack.demo.client import Client, Figures
from localstack.demo.errors import BrokenError
from localstack.demo.openings import Opening
from localstack.demo.payer import Payer
from localstack.demo.plan import Errand, Plan
from localstack.demo.stories import Story

T = TypeVar("T")
MOST_PROBLEMS: Final = 20
UNREADABLE: Final = (LookupError, TypeError, ValueError)
"""What comes of a reply that lacks something, or has it in another form."""
COUNTRY: Final = ZoneInfo("America/Argentina/Buenos_Aires")


@dataclass(slots=True)
class World:
    """One run. `counts` is what happened beside the bookings, `problems` what broke, a line each."""

    plan: Plan
    run: int
    gateway: Client
    payer: Payer
    accounts: Accounts
    figures: Figures
    verticals: Verticals
    today: date
    """The day in Argentina on which it began: a run over midnight keeps its days."""
    at_once: int
    """So many people do something at the same moment."""
    openings: dict[int, Opening] = field(default_factory=dict)
    stories: list[Story] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def now(self) -> datetime:
        """The real time, whatever the platform's clocks say."""
        return datetime.now(UTC)

    @property
    def whole(self) -> Sequence[Story]:
        """The stories that went as planned: of the others nobody knows what must come."""
        return [story for story in self.stories if not story.broken]

    def vertical_of(self, story: Story) -> Vertical:
        """The rules it was booked under."""
        return self.verticals.get(story.vertical)

    async def client_of(self, errand: Errand) -> Account:
        """Who runs the errand."""
        return await self.accounts.of(self.plan.people[errand.person], self.plan.shop_of(errand).vertical)

    @contextmanager
    def noting(self, what: str) -> Iterator[None]:
        """Whatever breaks inside is noted, and goes no further."""
        try:
            yield
        except BrokenError as error:
            self.problems.append(f"{what}: {error}")
        except UNREADABLE as error:
            self.problems.append(f"{what}: an answer cannot be read ({type(error).__name__} {error})")

    async def each(
        self,
        items: Iterable[T],
        verb: Callable[[T], Awaitable[object]],
        what: str,
        done: Callable[[], None] = lambda: None,
    ) -> None:
        """`verb` for every item, some at once; what breaks for one is noted, and the others go on.

        BrokenError when so much broke that going on tells nothing new.
        """
        waiting = list(reversed(list(items)))

        async def work() -> None:
            while waiting and len(self.problems) < MOST_PROBLEMS:
                item = waiting.pop()
                with self.noting(what):
                    await verb(item)
                done()

        async with asyncio.TaskGroup() as group:
            for _ in range(min(self.at_once, len(waiting))):
                group.create_task(work())
        if len(self.problems) >= MOST_PROBLEMS:
            raise BrokenError("too much broke to go on")
