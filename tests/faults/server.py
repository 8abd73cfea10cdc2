"""A PostgreSQL of the test's own: started, killed and started again wherever its data lies."""

import os
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg
import psutil

from common.testing import eventually
from localstack.machine import Machine
from localstack.ports import is_free
from localstack.postgres import Postgres, system_user
from localstack.prerequisites import find_postgres
from localstack.processes import wait_gone

PASSWORD: Final = "only-for-tests"
_READY_SECONDS: Final = 40
_STOP_SECONDS: Final = 20
_FIRST_PORT: Final = 27100


class DidNotStart(Exception):  # noqa: N818 - what a broken data folder leads to
    """The server gave up, or answered nobody in time."""


def make_server(home: Path, port: int) -> Postgres:
    """Configured as the local stack's; initialised unless there are data already."""
    server = Postgres(find_postgres(Machine()), home, system_user(), port)
    server.prepare(PASSWORD)
    return server


def free_port() -> int:
    """One that nobody listens on now."""
    return next(port for port in range(_FIRST_PORT, _FIRST_PORT + 500) if is_free(port))


@dataclass(frozen=True, slots=True)
class Running:
    """A server under way; `dsn` is its superuser's."""

    dsn: str
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """It and all its children, at once; none of them is left, or their disk could not be taken out."""
        group = _group(self.process.pid)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(_STOP_SECONDS)
        assert not wait_gone(group, _STOP_SECONDS)


def _group(leader: int) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        with suppress(ProcessLookupError):
            if os.getpgid(process.pid) == leader:
                found.append(process)
    return found


@asynccontextmanager
async def running(server: Postgres, *options: str) -> AsyncIterator[Running]:
    """Ready when the block begins (DidNotStart when it is not), ended properly when it ends unless it was killed.

    What it says goes to a file beside the disk, not onto it.
    """
    dsn = f"postgresql://postgres:{PASSWORD}@127.0.0.1:{server.port}/postgres"
    with (server.home.parents[1] / "postgres.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: ASYNC220 - it returns at once
            [*server.command, *options],
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,
            user=server.user,
            group=server.user,
            extra_groups=[] if server.user is not None else None,
        )
    try:
        try:
            await eventually(lambda: _answers(dsn, process), _READY_SECONDS)
        except AssertionError:
            raise DidNotStart from None
        yield Running(dsn, process)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(_STOP_SECONDS)


async def _answers(dsn: str, process: subprocess.Popen[bytes]) -> bool:
    if process.poll() is not None:
        raise DidNotStart
    try:
        connection = await asyncpg.connect(dsn, timeout=2)
    except (OSError, TimeoutError, asyncpg.PostgresError):
        return False
    await connection.close()
    return True
