"""Supervisord of one stack: its configuration, starting it, and following a changed configuration."""

import hashlib
import os
import shlex
import sys
import time
from collections.abc import Collection, Sequence
from pathlib import Path

from localstack.errors import StackError
from localstack.layout import DATA_FILES, Layout, write_private
from localstack.machine import run
from localstack.processes import MARK
from localstack.programs import Program
from localstack.rpc import ENDED, KEPT_DOWN, Supervisor
from localstack.templates import render

TEMPLATES = DATA_FILES / "supervisor"
START_SECONDS = 20
POLL_SECONDS = 0.05
# The stack must behave alike whoever starts it: of the caller's environment only this is passed on.
PASSED_ON = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TMPDIR", "JAVA_HOME")


def supervisor_of(layout: Layout) -> Supervisor:
    """The stack's supervisor, whether it runs or not."""
    return Supervisor(layout.sockets / "supervisor.sock")


def pid_file(layout: Layout) -> Path:
    """Where supervisord writes its pid."""
    return layout.run / "supervisord.pid"


def write_main(layout: Layout) -> Path:
    """Write supervisord's own section; answers the file."""
    path = layout.run / "supervisord.conf"
    text = render(
        TEMPLATES / "supervisord.conf.j2",
        socket=_escaped(layout.sockets / "supervisor.sock"),
        logs=_escaped(layout.logs),
        pidfile=_escaped(pid_file(layout)),
        home=_escaped(layout.home),
        as_root=os.geteuid() == 0,
    )
    path.write_text(text)
    return path


def write_program(
    layout: Layout,
    program: Program,
    command: Sequence[str],
    *,
    folder: Path,
    rendered: str,
    user: str | None = None,
) -> None:
    """Write the section of one program. `rendered`: the text of its own files, so that their change shows here."""
    text = render(
        TEMPLATES / "program.conf.j2",
        name=program.name,
        command=_escaped(shlex.join(command)),
        directory=_escaped(folder),
        user=user,
        release=hashlib.sha256(rendered.encode()).hexdigest()[:12],
        stop_signal=program.stop_signal,
        stop_seconds=program.stop_seconds,
        logs=_escaped(layout.logs),
    )
    (layout.programs / f"{program.name}.conf").write_text(text)


def write_script(layout: Layout, program: Program, exports: str, command: Sequence[str]) -> tuple[str, ...]:
    """A start script with the program's settings, readable by its owner only; answers the command that runs it.

    A script and not supervisor's `environment=`: that one cannot quote every value, and this one can be run by hand.
    """
    path = layout.programs / f"{program.name}.sh"
    write_private(path, f"#!/bin/sh\n{exports}exec {shlex.join(command)}\n", mode=0o700)
    return ("/bin/sh", str(path))


def _escaped(value: Path | str) -> str:
    """In supervisor's files a percent sign begins an expansion."""
    return str(value).replace("%", "%%")


def ensure(layout: Layout, config: Path) -> bool:
    """Have supervisord run with this configuration; answers whether that stopped a program whose own changed."""
    supervisor = supervisor_of(layout)
    if supervisor.alive():
        return _follow_changes(supervisor)
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    marked = {"LANG": "C.UTF-8", **environment, MARK: str(layout.home), "PYTHONUNBUFFERED": "1"}
    run(
        [sys.executable, "-m", "supervisor.supervisord", "-c", config],
        seconds=START_SECONDS,
        env=marked,
        cwd=layout.home,
    )
    deadline = time.monotonic() + START_SECONDS
    while not supervisor.alive():
        if time.monotonic() > deadline:
            raise StackError(
                f"supervisord does not answer after {START_SECONDS} s; see {layout.logs / 'supervisord.log'}"
            )
        time.sleep(POLL_SECONDS)
    return False


def _follow_changes(supervisor: Supervisor) -> bool:
    added, changed, removed = supervisor.reload()
    ran = {name for name, info in supervisor.processes().items() if info.runs}
    stop_and_wait(supervisor, {*changed, *removed}, seconds=40)
    for name in (*changed, *removed):
        supervisor.remove(name)
    for name in (*added, *changed):
        supervisor.add(name)
    return bool(ran & {*changed, *removed})


def stop_and_wait(supervisor: Supervisor, names: Collection[str], seconds: float) -> None:
    """Stop the named programs together and wait until they have ended; supervisord kills those that take too long."""
    for name in names:
        supervisor.stop(name)
    deadline = time.monotonic() + seconds
    while left := [name for name, info in supervisor.processes().items() if name in names and info.state not in ENDED]:
        if time.monotonic() > deadline:
            raise StackError(f"{', '.join(left)} did not stop within {seconds:.0f} s")
        time.sleep(POLL_SECONDS)


def keep_down(supervisor: Supervisor, name: str, seconds: float) -> None:
    """Stop a program that was killed, for good.

    Told to stop what it sees as dead just then, supervisord does nothing, and starts it again: it is told until it is
    stopped.
    """
    deadline = time.monotonic() + seconds
    while supervisor.processes()[name].state not in KEPT_DOWN:
        if time.monotonic() > deadline:
            raise StackError(f"{name} did not stay down within {seconds:.0f} s")
        supervisor.stop(name)
        time.sleep(POLL_SECONDS)
