"""An open load: acts are begun at their own pace, whether those begun before have ended or not."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

_END_SECONDS: Final = 120.0


@dataclass
class Offering:
    """`begin` makes the next act, `pause` says in how many seconds the one after it is due; at most `most` at once.

    `unsent`: for how many there was no room. `failed`: what went wrong in the acts themselves, which then end.
    """

    begin: Callable[[], Coroutine[Any, Any, None]]
    pause: Callable[[], float]
    most: int
    unsent: int = 0
    failed: list[BaseException] = field(default_factory=list)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """While the block runs; then every act begun comes to its end, within two minutes."""
        offering = asyncio.create_task(self._offer())
        try:
            yield
        finally:
            offering.cancel()
            async with asyncio.timeout(_END_SECONDS):
                await asyncio.gather(offering, *self._tasks, return_exceptions=True)

    async def _offer(self) -> None:
        while True:
            if len(self._tasks) < self.most:
                task = asyncio.create_task(self.begin())
                self._tasks.add(task)
                task.add_done_callback(self._ended)
            else:
                self.unsent += 1
            await asyncio.sleep(self.pause())

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.failed.append(error)
