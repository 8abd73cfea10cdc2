"""What was measured: rows of one table, or one JSON document."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from platform import python_version
from typing import Final, Literal

import psutil
from rich.console import Console
from rich.table import Table

_SMALL: Final = 10


@dataclass(frozen=True, slots=True)
class Goal:
    """A target of the project; `kept` says whether this run meets it."""

    text: str
    kept: bool


def at_least(value: float, bound: float) -> Goal:
    """Met by a value that is as high or higher."""
    return Goal(f">= {bound:g}", value >= bound)


def at_most(value: float, bound: float) -> Goal:
    """Met by a value that is as low or lower."""
    return Goal(f"<= {bound:g}", value <= bound)


@dataclass(frozen=True, slots=True)
class Row:
    """One measure. `p50`, `p99` and `most` are milliseconds; `ratio` is of what `of` names, in the same run."""

    measure: str
    figure: float | None = None
    unit: str = ""
    p50: float | None = None
    p99: float | None = None
    most: float | None = None
    ratio: float | None = None
    of: str = ""
    goal: Goal | None = None


@dataclass
class Report:
    """The rows so far, what went wrong in them, and the machine they were measured on."""

    seconds: float
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    load_before: float = field(default_factory=lambda: os.getloadavg()[0])
    rows: list[Row] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def machine(self) -> str:
        """Where it ran, and what else ran there."""
        cores, memory = os.cpu_count(), psutil.virtual_memory().total // 2**30
        return f"{cores} cores, {memory} GB, Python {python_version()}, load average before {self.load_before:.1f}"

    def warn_of(self, what: str, failures: dict[str, int]) -> None:
        """Remember answers that were no bookings."""
        if failures:
            self.warnings.append(f"{what}: {failures}")

    def as_json(self) -> str:
        """One document."""
        return json.dumps(
            {
                "began": self.began.isoformat(),
                "machine": self.machine,
                "seconds": self.seconds,
                "rows": [asdict(row) for row in self.rows],
                "warnings": self.warnings,
            },
            indent=2,
            ensure_ascii=False,
        )

    def print(self, console: Console) -> None:
        """The table, then what to mind."""
        table = Table(title=f"{self.machine}; {self.seconds:g} s a load", title_justify="left", highlight=False)
        table.add_column("measure", no_wrap=True)
        sides: Sequence[tuple[str, Literal["left", "right"]]] = (
            ("figure", "right"),
            ("", "left"),
            ("p50 ms", "right"),
            ("p99 ms", "right"),
            ("max ms", "right"),
            ("ratio", "right"),
            ("of", "left"),
            ("goal", "left"),
        )
        for name, side in sides:
            table.add_column(name, justify=side, no_wrap=True)
        for row in self.rows:
            numbers = (_shown(one) for one in (row.p50, row.p99, row.most))
            table.add_row(
                row.measure, _shown(row.figure), row.unit, *numbers, _shown(row.ratio), row.of, _goal(row.goal)
            )
        console.print(table)
        for warning in self.warnings:
            console.print(f"[red]mind[/] {warning}")


def _shown(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.2f}" if abs(value) < _SMALL else f"{value:,.1f}" if abs(value) < _SMALL**2 else f"{value:,.0f}"


def _goal(goal: Goal | None) -> str:
    if goal is None:
        return ""
    return f"{goal.text} [green]kept[/]" if goal.kept else f"{goal.text} [red]missed[/]"
