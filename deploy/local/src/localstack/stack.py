"""One local stack as an object: what the commands, the integration tests and the demo drive."""

import asyncio
import fcntl
import os
import signal as signals
import time
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import psutil

from localstack import processes, readiness, scopes, secrets, shutdown, startup, supervision
from localstack.environment import Context, Settings, program_settings, service_settings
from localstack.errors import StackError
from localstack.layout import CHECKOUT, Layout
from localstack.machine import Machine
from localstack.ports import Ports
from localstack.programs import BY_NAME, SERVICES, find
from localstack.progress import Reporter
from localstack.rpc import Supervisor

T = TypeVar("T")
DEFAULT_HOME = CHECKOUT / ".local"
LOCK_SECONDS = 180


class Stack:
    """PostgreSQL, Kafka, sandbox, services and gateway under one folder, on ports moved by one offset.

    Every method blocks and is bounded; refusals are `StackError`. Safe to call while an event loop runs.
    """

    def __init__(
        self,
        dir: Path = DEFAULT_HOME,  # noqa: A002 - the name callers know from --dir
        port_offset: int | None = None,
        *,
        checkout: Path = CHECKOUT,
        reporter: Reporter | None = None,
        machine: Machine | None = None,
        detours: Mapping[str, int] | None = None,
    ) -> None:
        """Nothing is created or started yet. `port_offset`: None for that of the last `up` in this folder, else 0.

        `detours`: see `environment.Context`.
        """
        self.layout = Layout(dir.resolve(), checkout)
        offset = int(self.layout.remembered().get("port_offset", 0)) if port_offset is None else port_offset
        self.ports = Ports(offset)
        self.reporter = reporter or Reporter(quiet=True)
        self.machine = machine or Machine()
        self.verticals = self.layout.checkout / "verticals"
        self.detours = detours or {}

    @property
    def scopes(self) -> dict[str, tuple[str, ...]]:
        """Service -> the scopes it keeps a schema for."""
        return scopes.service_scopes(scopes.verticals(self.verticals))

    @property
    def supervisor(self) -> Supervisor:
        """The supervisor, whether it runs or not."""
        return supervision.supervisor_of(self.layout)

    @property
    def context(self) -> Context:
        """What settings and connection strings are made of; refuses before the first `up`."""
        if not self.layout.secrets.exists():
            raise StackError(f"there is no stack in {self.layout.home} yet: make up")
        known = secrets.load(self.layout.secrets)
        return Context(self.layout, self.ports, known, self.scopes, self.verticals, self.machine.python, self.detours)

    def require(self, programs: Sequence[str]) -> None:
        """Refuse in one line where one of them does not run."""
        _ = self.context
        known = self.supervisor.processes()
        if away := [name for name in programs if name not in known or not known[name].runs]:
            raise StackError(f"{', '.join(away)} {'does' if len(away) == 1 else 'do'} not run: make up")

    def up(self, only: Sequence[str] | None = None) -> bool:
        """Start all programs, or exactly the named ones, and wait until they are ready; False when they were."""
        self.layout.make()
        with self._one_command_at_a_time():
            return startup.bring_up(self, only)

    def down(self) -> bool:
        """Stop everything and check that no process is left; False when nothing ran."""
        if not self.layout.home.is_dir():
            return False
        with self._one_command_at_a_time():
            return shutdown.bring_down(self)

    def reset(self) -> list[tuple[Path, int]]:
        """`down`, then remove all data; answers what was removed as (path, bytes)."""
        if not self.layout.home.is_dir():
            return []
        with self._one_command_at_a_time():
            shutdown.bring_down(self)
            removed = shutdown.remove(self)
        self._lock.unlink(missing_ok=True)
        return removed

    def environment(self, program: str) -> Settings:
        """The settings of a program; for a service's name all of them, the owner's passwords for `migrate` included."""
        if program in SERVICES:
            return service_settings(self.context, program)
        return program_settings(self.context, find(program))

    def restart(self, program: str) -> None:
        """Stop one program in its own way, start it and wait until it is ready."""
        known = find(program)
        supervision.stop_and_wait(self.supervisor, [program], known.stop_seconds + 5)
        self.supervisor.start(program)
        self.wait_ready([program])

    def kill(self, program: str, signal: int = signals.SIGKILL) -> int:
        """Send a signal to a running program; answers the pid. After SIGKILL the supervisor starts it again."""
        pid = self.pid(program)
        if pid is None:
            raise StackError(f"{program} does not run")
        os.kill(pid, signal)
        return pid

    def kill_supervisor(self) -> None:
        """Kill supervisord itself: its programs go on without it until the next `up` or `down`."""
        supervisor = psutil.Process(int(supervision.pid_file(self.layout).read_text()))
        supervisor.kill()
        processes.wait_gone([supervisor], 5)

    def pid(self, program: str) -> int | None:
        """The pid of a program, None when it does not run."""
        info = self.supervisor.processes().get(find(program).name)
        return info.pid if info else None

    def wait_ready(self, programs: Sequence[str]) -> None:
        """Wait until the named programs are ready, each within its bound."""
        self.run(readiness.wait_ready(self.context, self.supervisor, [BY_NAME[name] for name in programs]))

    def live_processes(self) -> list[psutil.Process]:
        """Every live process of this stack, the supervisor's included."""
        homes = (self.layout.data / "postgres", self.layout.elsewhere / "postgres")
        return processes.of_stack(self.layout.home, *(home / "data" / "postmaster.pid" for home in homes))

    def run(self, work: Coroutine[object, object, T]) -> T:
        """Run a coroutine to its end from plain code, also where an event loop already runs."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return asyncio.run(work)
        with ThreadPoolExecutor(max_workers=1) as pool:
            return pool.submit(asyncio.run, work).result()

    @property
    def _lock(self) -> Path:
        return self.layout.home / "lock"

    @contextmanager
    def _one_command_at_a_time(self) -> Iterator[None]:
        deadline = time.monotonic() + LOCK_SECONDS
        with self._lock.open("w") as file:
            while not _try_lock(file.fileno()):
                if time.monotonic() > deadline:
                    raise StackError(f"another up, down or reset holds {self._lock} for more than {LOCK_SECONDS} s")
                time.sleep(0.2)
            yield


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
