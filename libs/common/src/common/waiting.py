"""Waiting for an event, but not for ever."""

import asyncio


async def wait_for_event(event: asyncio.Event, seconds: float) -> bool:
    """Whether it was set in time. (`asyncio.wait_for` in Python 3.11 can swallow a cancellation here.)"""
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False


def is_being_cancelled() -> bool:
    """Whether the running task itself is to end; a CancelledError may also be that of a library's own future."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
