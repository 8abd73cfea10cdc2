"""`python -m dashboards observe`: scrape a running stack, print its service levels, name what the dashboards lack."""

import json
import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from rich.table import Table

from localstack.programs import PROGRAMS, Kind
from localstack.progress import Step
from localstack.stack import Stack
from observability.boards import boards
from observability.observe import prometheus
from observability.observe.levels import Line, Verdict, exit_status, questions, table
from observability.observe.prometheus import Prometheus
from observability.panels import WINDOW

_SCRAPED: Final = (Kind.API, Kind.WORKER, Kind.GATEWAY)
_PROMETHEUS: Final = "prometheus"
_COLOURS: Final = {Verdict.OK: "green", Verdict.MISSED: "red", Verdict.UNKNOWN: "yellow"}
LIVE_WINDOW: Final = "5m"
"""Stands for Grafana's window: longer than a short watch, so that every scrape counts."""
SKIPPED: Final = f"observe: skipped: {_PROMETHEUS} is not installed (Debian's package: prometheus)"


@dataclass(frozen=True, slots=True)
class Asked:
    """A dashboard's expression and how it fared. `idle`: its series are there, and hold no number yet."""

    dashboard: str
    panel: str
    expr: str
    series: int
    idle: bool


def observe(stack: Stack, as_json: bool, watch_seconds: float) -> int:
    """The table and what is missing; answers as `exit_status` does, which is unknown where there is no Prometheus."""
    program = stack.machine.which(_PROMETHEUS)
    if program is None:
        print(json.dumps({"kept": False, "skipped": SKIPPED}) if as_json else SKIPPED)
        return exit_status(())
    stack.require(tuple(program.name for program in PROGRAMS if program.kind in _SCRAPED))
    folder, mark = stack.layout.run / "observe", str(stack.layout.home)
    told = prometheus.configuration(stack.ports.offset)
    with prometheus.running(program, folder, told, mark, stack.ports.offset) as found:
        _wait_for_figures(stack, found, len(prometheus.targets_of(told)), watch_seconds)
        lines = table({expr: _one(found.ask(expr)) for expr in questions()})
        asked = ask_boards(found, stack.verticals)
    if as_json:
        print(json.dumps(_document(lines, asked), indent=2))
    else:
        _show(stack, lines, asked)
    return exit_status(lines)


def ask_boards(found: Prometheus, verticals: Path) -> list[Asked]:
    """Every expression of every dashboard, asked once."""
    asked = []
    for board in boards(verticals):
        for panel in board.panels():
            for query in panel.queries:
                values = found.ask(query.expr.replace(WINDOW, LIVE_WINDOW))
                idle = bool(values) and all(map(math.isnan, values))
                asked.append(Asked(board.uid, panel.title, query.expr, len(values), idle))
    return asked


def _wait_for_figures(stack: Stack, found: Prometheus, targets: int, watch_seconds: float) -> None:
    scraped = f"sum(min_over_time(up[1m])) >= {targets} and min(count_over_time(up[1m])) >= {prometheus.SCRAPES_NEEDED}"
    recorded = "service:up:max"  # there after the rules' first round
    with stack.reporter.step(f"scraping {targets} programs until each has answered") as step:
        prometheus.wait(lambda: _all_up(found, step), prometheus.UP_SECONDS, lambda: _away(found))
        prometheus.wait(lambda: bool(found.ask(scraped)), prometheus.UP_SECONDS, lambda: _away(found))
        prometheus.wait(lambda: bool(found.ask(recorded)), prometheus.UP_SECONDS, lambda: "nothing was recorded")
    if watch_seconds > 0:
        with stack.reporter.step(f"watching for {watch_seconds:g} s"):
            time.sleep(watch_seconds)


def _all_up(found: Prometheus, step: Step) -> bool:
    down = found.down()
    step.now(f"waiting for {', '.join(down)}" if down else "")
    return not down


def _away(found: Prometheus) -> str:
    down = found.down()
    named = "; ".join(f"{name}: {why}" for name, why in down.items())
    return f"not scraped in {prometheus.UP_SECONDS} s: {named or 'too few answers'}"


def _one(values: Sequence[float]) -> float | None:
    return values[0] if len(values) == 1 else None


def _document(lines: Sequence[Line], asked: Sequence[Asked]) -> dict[str, object]:
    return {
        "kept": all(line.verdict is Verdict.OK for line in lines),
        "levels": [asdict(line) for line in lines],
        "expressions": len(asked),
        "noData": [asdict(one) for one in asked if not one.series],
        "idle": [asdict(one) for one in asked if one.idle],
    }


def _show(stack: Stack, lines: Sequence[Line], asked: Sequence[Asked]) -> None:
    shown = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("indicator", "target", "value", "events", "verdict"):
        shown.add_column(column, no_wrap=True, justify="right" if column == "events" else "left")
    for line in lines:
        events = "" if line.events is None else str(line.events)
        verdict = f"[{_COLOURS[line.verdict]}]{line.verdict}[/]"
        shown.add_row(line.indicator, line.target, line.shown, events, verdict)
    stack.reporter.say("service levels, since each program's start:")
    stack.reporter.console.print(shown)
    with_data = sum(1 for one in asked if one.series and not one.idle)
    stack.reporter.say(f"dashboards: {len(asked)} expressions, {with_data} with data")
    _name(stack, "no data", (one for one in asked if not one.series))
    _name(stack, "idle (no number while it watched)", (one for one in asked if one.idle))


def _name(stack: Stack, title: str, found: Iterable[Asked]) -> None:
    for one in found:
        stack.reporter.say(f"  {title}: {one.dashboard}: {one.panel}")
