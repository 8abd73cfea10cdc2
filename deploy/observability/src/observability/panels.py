"""What a dashboard is to us: rows of panels, with a title, a unit and what they ask. Grafana's terms stay in render."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

WINDOW: Final = "$__rate_interval"
"""Grafana fills it in, never shorter than four scrapes."""


class Unit(StrEnum):
    """Grafana's names of the units we use."""

    SHARE = "percentunit"
    SECONDS = "s"
    PER_SECOND = "ops"
    REQUESTS = "reqps"
    COUNT = "short"
    BYTES = "bytes"
    CORES = "cores"


class Kind(StrEnum):
    """How a panel shows its values."""

    LINES = "lines"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Query:
    """One PromQL expression, and how its series are called (`{{label}}` is replaced)."""

    expr: str
    legend: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """`limit`: the line where it turns red, from above where `at_least`, else from below. `width`: of 24 columns."""

    title: str
    unit: Unit
    queries: tuple[Query, ...]
    description: str
    kind: Kind = Kind.LINES
    limit: float | None = None
    at_least: bool = False
    width: int = 8


@dataclass(frozen=True, slots=True)
class Row:
    """Panels that answer one question."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """One dashboard; `uid` is its address in Grafana and the name of its file."""

    uid: str
    title: str
    description: str
    rows: tuple[Row, ...]

    def panels(self) -> Iterator[Panel]:
        """Every panel, in order."""
        for row in self.rows:
            yield from row.panels


def lines(title: str, unit: Unit, expr: str, legend: str, description: str, limit: float | None = None) -> Panel:
    """A panel of lines with one expression."""
    return Panel(title, unit, (Query(expr, legend),), description, limit=limit)


def number(
    title: str, unit: Unit, expr: str, description: str, limit: float | None = None, *, at_least: bool = False
) -> Panel:
    """A panel with one number, a quarter as wide as the screen."""
    return Panel(title, unit, (Query(expr),), description, Kind.NUMBER, limit, at_least, width=6)


def rate(counter: str, window: str = WINDOW) -> str:
    """A counter a second, over the window."""
    return f"rate({counter}[{window}])"


def share(good: str, everything: str, window: str = WINDOW) -> str:
    """Which part of a counter is good, over the window: nothing at all where nothing happened, and no good ones is 0.

    `rate` without events is 0, and 0/0 is not a number: that is how quiet times show, as a gap and not as a fall.
    """
    kept = f"(sum(rate({good}[{window}])) or 0 * sum(rate({everything}[{window}])))"
    return f"{kept} / sum(rate({everything}[{window}]))"


def quantile(bucket: str, by: str, q: float = 0.95) -> str:
    """A quantile of a histogram's buckets, by one label."""
    return f"histogram_quantile({q}, sum by (le, {by}) (rate({bucket}[{WINDOW}])))"
