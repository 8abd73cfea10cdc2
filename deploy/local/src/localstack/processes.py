"""The processes of a stack as the system sees them: told by a mark in their environment, not by their names."""

import os
import signal
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

# Set for supervisord and inherited by all it starts; holds the stack's home.
MARK = "BARBERPRO_LOCAL_STACK"
POLL_SECONDS = 0.1


def of_stack(home: Path, *postmaster_files: Path) -> list[psutil.Process]:
    """Every live process of this stack, our own process and its parents aside.

    `postmaster_files`: PostgreSQL writes its title over its environment; its pid stands in postmaster.pid.
    """
    ourselves = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    found: dict[int, psutil.Process] = {}
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get(MARK) == str(home):
                found[process.pid] = process
    for file in postmaster_files:
        if (postmaster := _postmaster(file)) is not None:
            found[postmaster.pid] = postmaster
    for process in list(found.values()):
        with suppress(psutil.Error):
            found |= {child.pid: child for child in process.children(recursive=True)}
    return [process for pid, process in found.items() if pid not in ourselves and lives(process)]


def _postmaster(file: Path) -> psutil.Process | None:
    """The server whose pid the file holds, if it is one and works in that folder; the file may be stale."""
    with suppress(OSError, ValueError, IndexError, psutil.Error):
        process = psutil.Process(int(file.read_text().splitlines()[0]))
        if process.name() == "postgres" and Path(process.cwd()) == file.parent.resolve():
            return process
    return None


def lives(process: psutil.Process) -> bool:
    """Whether it runs; one that has ended and waits for its parent does not."""
    with suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def wait_gone(processes: Iterable[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Wait until the processes have ended, and return those that have not."""
    left = [process for process in processes if lives(process)]
    deadline = time.monotonic() + seconds
    while left and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
        left = [process for process in left if lives(process)]
    return left


def wait_reaped(processes: Sequence[psutil.Process], seconds: float) -> None:
    """Give the system a moment to take ended processes off its list; in some containers nobody ever does."""
    deadline = time.monotonic() + seconds
    while any(psutil.pid_exists(process.pid) for process in processes) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


def end(processes: Iterable[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Ask the processes to end, kill those that do not, and return what is left even then."""
    asked = list(processes)
    for process in asked:
        with suppress(psutil.Error):
            # To PostgreSQL, TERM means to wait until the last client has left.
            process.send_signal(signal.SIGINT if process.name() == "postgres" else signal.SIGTERM)
    stubborn = wait_gone(asked, seconds)
    for process in stubborn:
        with suppress(psutil.Error):
            process.kill()
    return wait_gone(stubborn, 5)


def named(processes: Iterable[psutil.Process]) -> str:
    """The processes for a sentence: `postgres (pid 12), java (pid 13)`."""
    shown = []
    for process in processes:
        with suppress(psutil.Error):
            shown.append(f"{process.name()} (pid {process.pid})")
    return ", ".join(shown)


def memory_bytes(pid: int) -> int:
    """The memory of a process and its children; pages they share count once where the system tells, else each time."""
    total = 0
    with suppress(psutil.Error):
        parent = psutil.Process(pid)
        for process in (parent, *parent.children(recursive=True)):
            with suppress(psutil.Error):
                total += _one(process)
    return total


def _one(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except psutil.AccessDenied:
        return int(process.memory_info().rss)
