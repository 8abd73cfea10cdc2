"""Run a service that dies at one exact point: `failpoints.py POINT FUSE SERVICE COMMAND`.

The service's own code knows nothing of this: the program is started through this file, which wraps one function from
outside. It kills its process (as `kill -9` would) the first time the point is reached while the file FUSE is there,
and takes that file away, so that it dies once.
"""

import asyncio
import os
import runpy
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from weakref import WeakSet

from aiokafka import AIOKafkaProducer

from common import road
from common.db import Session
from common.inbox import Inbox
from common.uow import UnitOfWork

Blow = Callable[[], None]


def fuse(path: Path) -> Blow:
    """What kills this process, once, if the fuse is lit."""

    def blow() -> None:
        try:
            path.unlink()
        except FileNotFoundError:
            return
        os.kill(os.getpid(), signal.SIGKILL)

    return blow


class Senders:
    """Which relays, each a task of its own, have sent something since they last moved their cursor.

    An idle one moves it now and then as well; to die there would lose nothing.
    """

    def __init__(self) -> None:
        self._tasks: WeakSet[asyncio.Task[Any]] = WeakSet()

    def note(self) -> None:
        """The running task sends."""
        if task := asyncio.current_task():
            self._tasks.add(task)

    def forget(self) -> bool:
        """Whether the running task has sent since it was last asked."""
        task = asyncio.current_task()
        if task is None or task not in self._tasks:
            return False
        self._tasks.discard(task)
        return True


def after_commit(blow: Blow) -> None:
    """State and event are committed; nobody was told, neither the caller nor the relay."""

    def wrapped(begin: Any) -> Any:
        @asynccontextmanager
        async def begin_and_die(*arguments: Any) -> AsyncIterator[Any]:
            async with begin(*arguments) as work:
                yield work
            if work.published:
                blow()

        return begin_and_die

    _wrap(UnitOfWork, "begin", wrapped)


def after_send(blow: Blow) -> None:
    """An event was handed to Kafka's client; whether the broker has it nobody knows."""

    def wrapped(send: Any) -> Any:
        async def send_and_die(*arguments: Any, **named: Any) -> Any:
            waiting = await send(*arguments, **named)
            blow()
            return waiting

        return send_and_die

    _wrap(AIOKafkaProducer, "send", wrapped)


def before_cursor(blow: Blow) -> None:
    """Kafka acknowledged what a window held; the relay's cursor was not moved."""
    senders = Senders()

    def noted(send: Any) -> Any:
        async def send_and_note(*arguments: Any, **named: Any) -> Any:
            senders.note()
            return await send(*arguments, **named)

        return send_and_note

    def wrapped(run: Any) -> Any:
        async def die_or_run(session: Session, what: Any, **values: Any) -> Any:
            if what is road.MOVE_CURSOR and senders.forget():
                blow()
            return await run(session, what, **values)

        return die_or_run

    _wrap(AIOKafkaProducer, "send", noted)
    _wrap(Session, "run", wrapped)


def before_offset(blow: Blow) -> None:
    """A batch was applied and committed; Kafka was not told of the offset."""

    def wrapped(apply: Any) -> Any:
        async def apply_and_die(*arguments: Any) -> None:
            await apply(*arguments)
            blow()

        return apply_and_die

    _wrap(Inbox, "_apply", wrapped)


def _wrap(owner: type, name: str, around: Callable[[Any], Any]) -> None:
    setattr(owner, name, around(getattr(owner, name)))


POINTS: dict[str, Callable[[Blow], None]] = {
    "after-commit": after_commit,
    "after-send": after_send,
    "before-cursor": before_cursor,
    "before-offset": before_offset,
}


def main(point: str, path: str, service: str, command: str) -> None:
    """Wrap the point and become the service."""
    POINTS[point](fuse(Path(path)))
    sys.argv = [service, command]
    runpy.run_module(service, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
