"""Waiting for an event, but not for ever."""

import asyncio


async def wait_for_event(event: asyncio.Event, seconds: float) -> bool:
    """Whether it was set in time. (`asyncio.wait_for` in Python 3.11 can swallow a cancellation here.)"""
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False
