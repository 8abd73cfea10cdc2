"""`down` and `reset`: stop all in order, make sure that nothing is left, remove what was kept."""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from localstack import processes, supervision
from localstack.errors import StackError
from localstack.programs import PROGRAMS

if TYPE_CHECKING:
    from localstack.stack import Stack

END_SECONDS = 15
REAP_SECONDS = 3


def bring_down(stack: "Stack") -> bool:
    """Stop everything, the supervisor last, and check by pid that nothing is left; answers False when nothing ran."""
    before = stack.live_processes()
    if not before:
        return False
    if stack.supervisor.alive():
        _stop_in_order(stack)
        stack.supervisor.shutdown()
        processes.wait_gone(before, END_SECONDS)
    # A second look and not the first list: a program may have started another while it was going.
    left = stack.live_processes()
    if left:
        stack.reporter.say(f"ending what did not stop by itself: {processes.named(left)}")
    if stubborn := processes.end(left, END_SECONDS):
        raise StackError(f"cannot stop {processes.named(stubborn)}")
    processes.wait_reaped(before, REAP_SECONDS)
    return True


def _stop_in_order(stack: "Stack") -> None:
    known = set(stack.supervisor.processes())
    for wave in sorted({program.wave for program in PROGRAMS}, reverse=True):
        programs = [program for program in PROGRAMS if program.wave == wave and program.name in known]
        if programs:
            seconds = max(program.stop_seconds for program in programs) + 5
            # One that takes too long does not keep the others: what is left is ended below.
            with suppress(StackError):
                supervision.stop_and_wait(stack.supervisor, [program.name for program in programs], seconds)


def remove(stack: "Stack") -> list[tuple[Path, int]]:
    """Remove all that a stopped stack kept, Kafka's jars aside; answers (path, bytes) of each."""
    removed = []
    for path in _kept(stack):
        size = _size(path)
        shutil.rmtree(path) if path.is_dir() else path.unlink()
        removed.append((path, size))
    return removed


def _kept(stack: "Stack") -> Iterator[Path]:
    """Named one by one, never the folder itself: with --dir it may hold what is not ours."""
    layout = stack.layout
    folders = (layout.data, layout.logs, layout.traces, layout.run, layout.keys, layout.gateway_certificate.parent)
    for path in (*folders, layout.secrets, layout.state, layout.elsewhere):
        if path.exists() and not path.is_symlink():
            yield path


def _size(path: Path) -> int:
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file() and not file.is_symlink()]
    return sum(file.stat().st_blocks * 512 for file in files)
