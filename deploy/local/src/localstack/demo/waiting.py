"""Waiting for what others do: asking again, ever more rarely, until a deadline."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Final, TypeVar

from localstack.demo.errors import BrokenError

T = TypeVar("T")
PATIENCE: Final = 90.0
"""Long enough for any one process to be killed and started again meanwhile."""
_FIRST_SECONDS: Final = 0.1
_GROWTH: Final = 1.4
_LONGEST_SECONDS: Final = 1.0


async def until(
    what: str | Callable[[], str], probe: Callable[[], Awaitable[T | None]], seconds: float = PATIENCE
) -> T:
    """The first answer of `probe` that is not None; BrokenError says what did not happen in time."""
    deadline = monotonic() + seconds
    pause = _FIRST_SECONDS
    while (answer := await probe()) is None:
        if monotonic() > deadline:
            raise BrokenError(f"{what if isinstance(what, str) else what()}: not within {seconds:.0f} s")
        await asyncio.sleep(pause)
        pause = min(pause * _GROWTH, _LONGEST_SECONDS)
    return answer
