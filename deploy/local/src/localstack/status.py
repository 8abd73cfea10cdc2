"""`status`: what runs, since when, how large, on which port, and whether it answers."""

import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from rich.table import Table

from localstack import processes, readiness
from localstack.programs import PROGRAMS, Program
from localstack.rpc import ProcessInfo

if TYPE_CHECKING:
    from localstack.stack import Stack


@dataclass(frozen=True, slots=True)
class ProgramStatus:
    """One line of the table. `answer`: what it says instead when it is not ready."""

    program: str
    state: str
    pid: int | None
    uptime_seconds: int | None
    memory_bytes: int | None
    ports: list[int]
    ready: bool
    answer: str | None


@dataclass(frozen=True, slots=True)
class StackStatus:
    """The whole stack; `ready` when every program is."""

    home: str
    port_offset: int
    ready: bool
    programs: list[ProgramStatus]

    def as_json(self) -> dict[str, object]:
        """The same as plain values."""
        return asdict(self)


def look(stack: "Stack") -> StackStatus:
    """Ask the supervisor, the system and the programs themselves; changes nothing."""
    known = stack.supervisor.processes()
    running = [program for program in PROGRAMS if program.name in known and known[program.name].runs]
    answers = stack.run(readiness.probe_all(stack.context, running)) if running else {}
    lines = [_line(stack, program, known.get(program.name), answers) for program in PROGRAMS]
    return StackStatus(str(stack.layout.home), stack.ports.offset, all(line.ready for line in lines), lines)


def _line(stack: "Stack", program: Program, info: ProcessInfo | None, answers: dict[str, str | None]) -> ProgramStatus:
    pid = info.pid if info else None
    ready = program.name in answers and answers[program.name] is None
    return ProgramStatus(
        program=program.name,
        # To the supervisor it is starting until it has stayed up for a while; to us it runs once it answers.
        state="running" if ready else info.state.lower() if info else "stopped",
        pid=pid,
        uptime_seconds=int(time.time()) - info.started if info and pid else None,
        memory_bytes=processes.memory_bytes(pid) if pid else None,
        ports=[stack.ports[name] for name in program.ports],
        ready=ready,
        answer=answers.get(program.name),
    )


def as_table(status: StackStatus) -> Table:
    """The status for a reader."""
    nothing_runs = not any(line.pid for line in status.programs)
    title = f"{status.home}: {'ready' if status.ready else 'nothing runs: make up' if nothing_runs else 'not ready'}"
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    for column in ("program", "state", "pid", "uptime", "memory", "port"):
        table.add_column(column, no_wrap=True, justify="left" if column in ("program", "state", "port") else "right")
    table.add_column("ready?", overflow="fold")
    for line in status.programs:
        table.add_row(
            line.program,
            line.state,
            str(line.pid or ""),
            duration(line.uptime_seconds),
            size(line.memory_bytes),
            " ".join(map(str, line.ports)),
            "yes" if line.ready else (line.answer or "no"),
            style=None if line.ready else "red" if line.pid else "dim",
        )
    return table


def duration(seconds: int | None) -> str:
    """`2h05m`, `3m20s`, `12s`; empty for None."""
    if seconds is None:
        return ""
    minutes, rest = divmod(max(0, seconds), 60)
    if minutes >= 60:
        return f"{minutes // 60}h{minutes % 60:02}m"
    return f"{minutes}m{rest:02}s" if minutes else f"{rest}s"


def size(count: int | None) -> str:
    """Bytes as `12 MB`; empty for None."""
    return "" if count is None else f"{count / 1_000_000:.0f} MB"
