"""What the day came to: tables for a person, one JSON document for a program, and the last line."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from statistics import quantiles
from typing import Any, Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from common.money import Money
from localstack.demo.earnings import Earned

_SLOWEST: Final = 8
_HUNDRED: Final = 100


@dataclass(frozen=True, slots=True)
class Step:
    """How long one kind of request took, in milliseconds."""

    name: str
    count: int
    p50: float
    p99: float
    slowest: float


@dataclass(frozen=True, slots=True)
class Feed:
    """What a listener heard: events by kind, the largest delay in seconds, and how often the connection broke."""

    events: Mapping[str, int]
    slowest: float
    breaks: int


@dataclass(slots=True)
class Report:
    """The whole run. `problems` are lines; without any the day went well. Money in centavos."""

    seed: int
    run: str
    seconds: float = 0.0
    phases: Mapping[str, float] = field(default_factory=dict)
    bookings: Mapping[str, int] = field(default_factory=dict)
    outcomes: Mapping[str, int] = field(default_factory=dict)
    payments: Mapping[str, int] = field(default_factory=dict)
    captured: Money = field(default_factory=Money.zero)
    refunds: int = 0
    refunded: Money = field(default_factory=Money.zero)
    earned: Earned = field(default_factory=Earned)
    messages: Counter[tuple[str, str]] = field(default_factory=Counter)
    feeds: Mapping[str, Feed] = field(default_factory=dict)
    dashboards: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    steps: Sequence[Step] = ()
    repeats: Mapping[str, int] = field(default_factory=dict)
    problems: Sequence[str] = ()

    @property
    def last_line(self) -> str:
        """`demo: ok`, or what broke."""
        if not self.problems:
            return "demo: ok"
        more = f" (and {len(self.problems) - 1} more)" if len(self.problems) > 1 else ""
        return " ".join(f"demo: {self.problems[0]}{more}".split())

    def as_json(self) -> dict[str, Any]:
        """One document; money in pesos."""
        return {
            "ok": not self.problems,
            "problems": list(self.problems),
            "seed": self.seed,
            "run": self.run,
            "seconds": self.seconds,
            "phases": dict(self.phases),
            "bookings": dict(self.bookings),
            "outcomes": dict(self.outcomes),
            "payments": dict(self.payments),
            "captured": float(self.captured.as_units()),
            "refunds": {"count": self.refunds, "sum": float(self.refunded.as_units())},
            "earned": {
                name: minor / _HUNDRED for name, minor in (asdict(self.earned) | {"net": self.earned.net}).items()
            },
            "messages": _nested(self.messages),
            "feeds": {
                name: {"events": dict(feed.events), "slowestSeconds": feed.slowest, "breaks": feed.breaks}
                for name, feed in self.feeds.items()
            },
            "dashboards": {name: _in_pesos(totals) for name, totals in self.dashboards.items()},
            "counts": dict(self.counts),
            "slowestSteps": [
                {"step": step.name, "count": step.count, "p50Ms": step.p50, "p99Ms": step.p99, "maxMs": step.slowest}
                for step in self.steps
            ],
            "repeats": dict(self.repeats),
        }

    def print(self, console: Console) -> None:
        """The tables; every problem; the last line is the caller's to print."""
        left = _table("bookings", self.bookings), _table("payments", self.payments), _table("also", self.counts)
        for table in (*left, self._money(), self._messages(), self._feeds(), self._steps()):
            if table.row_count:
                console.print(table)
        if self.repeats:
            console.print(_table("asked again because of", self.repeats))
        console.print(f"{sum(self.bookings.values())} bookings in {self.seconds:.1f} s, seed {self.seed}")
        for problem in self.problems:
            console.print(f"[red]broke[/] {escape(problem)}")

    def _money(self) -> Table:
        table = Table("money", "pesos", title_justify="left")
        table.add_row("taken", f"{self.captured.as_units():,.2f}")
        table.add_row(f"given back in {self.refunds} refunds", f"{self.refunded.as_units():,.2f}")
        earned = {
            "kept for services that are over, with tips": self.earned.gross,
            "of it tips": self.earned.tips,
            "of it the professionals' own": self.earned.net,
            "commission": self.earned.commission,
            "VAT on it": self.earned.vat,
            "held for services to come": self.earned.held,
        }
        for what, minor in earned.items():
            table.add_row(what, f"{minor / _HUNDRED:,.2f}")
        return table

    def _messages(self) -> Table:
        channels = sorted({channel for channel, _ in self.messages})
        table = Table("messages", *channels)
        for template in sorted({template for _, template in self.messages}):
            table.add_row(template, *(str(self.messages[channel, template]) for channel in channels))
        return table

    def _feeds(self) -> Table:
        table = Table("live feed", "events", "largest delay", "breaks")
        for name, feed in self.feeds.items():
            kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(feed.events.items()))
            table.add_row(name, kinds, f"{feed.slowest * 1000:.0f} ms", str(feed.breaks))
        return table

    def _steps(self) -> Table:
        table = Table("slowest steps", "requests", "p50 ms", "p99 ms", "max ms")
        for step in self.steps[:_SLOWEST]:
            table.add_row(step.name, str(step.count), f"{step.p50:.0f}", f"{step.p99:.0f}", f"{step.slowest:.0f}")
        return table


def steps_of(seconds: Mapping[str, Iterable[float]]) -> list[Step]:
    """By the 99th percentile, the slowest first."""
    return sorted((_step(name, sorted(taken)) for name, taken in seconds.items()), key=lambda step: -step.p99)


def _step(name: str, taken: Sequence[float]) -> Step:
    cuts = quantiles(taken, n=_HUNDRED, method="inclusive") if len(taken) > 1 else [taken[0]] * (_HUNDRED - 1)
    milliseconds = [round(value * 1000, 1) for value in (cuts[49], cuts[98], taken[-1])]
    return Step(name, len(taken), *milliseconds)


def _table(title: str, counts: Mapping[str, int]) -> Table:
    table = Table(title, "count")
    for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        table.add_row(name, str(count))
    return table


def _nested(counts: Mapping[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for (outer, inner), count in sorted(counts.items()):
        found.setdefault(outer, {})[inner] = count
    return found


def _in_pesos(totals: Mapping[str, int]) -> dict[str, float]:
    return {name: value / _HUNDRED if name.startswith("revenue") else value for name, value in totals.items()}
