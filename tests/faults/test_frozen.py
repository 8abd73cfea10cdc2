"""A family that is stopped says nothing on any line; one of which a member goes on is found out."""

import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

import psutil
import pytest
from tests.faults.frozen import Line, silent, stopped
from tests.faults.strike import DidNotStrike

from common.testing import eventually
from localstack.ports import is_free

# A parent that only waits, and a child that echoes what it hears: as PostgreSQL and HAProxy are made.
PROGRAM: Final = """
import os, socket, sys, threading
def echo(line):
    while said := line.recv(100):
        line.sendall(said)
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
if child := os.fork():
    os.waitpid(child, 0)
while True:
    line, _ = listener.accept()
    threading.Thread(target=echo, args=(line,), daemon=True).start()
"""


@pytest.fixture
def family() -> Iterator[tuple[psutil.Process, int]]:
    port = next(port for port in range(29200, 29300) if is_free(port))
    parent = subprocess.Popen([sys.executable, "-c", PROGRAM, str(port)])
    try:
        yield psutil.Process(parent.pid), port
    finally:
        for process in (*psutil.Process(parent.pid).children(recursive=True), psutil.Process(parent.pid)):
            process.kill()
        parent.wait(10)


async def listening(port: int) -> bool:
    try:
        async with Line.open(port) as line:
            return await line.hears(b"?") == b"?"
    except OSError:
        return False


@asynccontextmanager
async def two_lines(port: int) -> AsyncIterator[list[Line]]:
    await eventually(lambda: listening(port))
    async with AsyncExitStack() as ends:
        yield [await ends.enter_async_context(Line.open(port)) for _ in range(2)]


def all_stopped(parent: psutil.Process) -> bool:
    members = (parent, *parent.children(recursive=True))
    return len(members) > 1 and all(one.status() == psutil.STATUS_STOPPED for one in members)


async def test_a_whole_family_that_is_stopped_is_silent_and_answers_afterwards(
    family: tuple[psutil.Process, int],
) -> None:
    parent, port = family
    async with two_lines(port) as lines:
        with stopped(parent):
            async with silent(lines, b"?", "the family"):
                await eventually(lambda: all_stopped(parent))
    await eventually(lambda: listening(port))


async def test_a_child_that_goes_on_is_heard(family: tuple[psutil.Process, int]) -> None:
    parent, port = family
    async with two_lines(port) as lines:
        parent.suspend()
        with pytest.raises(DidNotStrike, match="went on speaking"):
            async with silent(lines, b"?", "the family"):
                await eventually(lambda: listening(port))
        parent.resume()
