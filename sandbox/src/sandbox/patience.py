"""For tests: waiting for what happens by itself."""

import asyncio
import time
from collections.abc import Awaitable, Callable


async def eventually(condition: Callable[[], object | Awaitable[object]], timeout_seconds: float = 5.0) -> None:
    """Return once the condition, plain or awaitable, holds; AssertionError when it does not in time."""
    give_up = time.monotonic() + timeout_seconds
    while not await _value(condition()):
        if time.monotonic() > give_up:
            raise AssertionError("it did not happen in time")
        await asyncio.sleep(0.005)


async def _value(found: object | Awaitable[object]) -> object:
    return await found if isinstance(found, Awaitable) else found
