"""The promises with their figures: what is asked, and what an answer is worth. Nothing here asks anybody."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from dashboards.boards.facts import ENDS, facts


class Verdict(StrEnum):
    """Absent figures are `unknown`: silence is no proof."""

    OK = "ok"
    MISSED = "missed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Share:
    """Which part of all events was good, since the programs started. `target`: the least, `above`: itself too little.

    `good` and `everything` are selectors of counters; None where no program counts it.
    """

    name: str
    target: float
    good: str | None
    everything: str | None
    above: bool = True


@dataclass(frozen=True, slots=True)
class Level:
    """A figure that must not pass `most`."""

    name: str
    most: float
    expr: str
    unit: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table. `value` and `events` are None where nothing was told."""

    indicator: str
    target: str
    value: float | None
    shown: str
    events: int | None
    verdict: Verdict
    note: str = ""


_DELIVERED: Final = 'notifications_deliveries_total{{channel="{}", outcome=~"{}"}}'

INDICATORS: Final[tuple[Share | Level, ...]] = (
    Share("requests without a server error", 0.999, 'http_requests_total{status!~"5.."}', "http_requests_total"),
    Share(
        "requests under 200 ms (p95)",
        0.95,
        'http_request_duration_seconds_bucket{le="0.2"}',
        "http_request_duration_seconds_count",
        above=False,
    ),
    Share(
        "transactions under 50 ms (p95)",
        0.95,
        'db_client_operation_duration_seconds_bucket{le="0.05"}',
        "db_client_operation_duration_seconds_count",
        above=False,
    ),
    Share(
        "payments not failed by us or the provider",
        0.99,
        'payments_attempts_total{fault!~"ours|provider"}',
        "payments_attempts_total",
    ),
    Share("webhooks to a good end", 0.99, 'webhooks_processed_total{outcome="ok"}', "webhooks_processed_total"),
    Share("bookings completed, of those ended", 0.80, facts("booking.completed"), facts(ENDS)),
    Share("e-mails sent", 0.95, _DELIVERED.format("email", "sent"), _DELIVERED.format("email", "sent|failed")),
    Share("SMS sent", 0.98, _DELIVERED.format("sms", "sent"), _DELIVERED.format("sms", "sent|failed")),
    Share("cache hits", 0.85, None, None),
    Level("oldest unsent event", 60, "max(outbox_oldest_seconds)", "s"),
    # sum, not max: a scope that could not be measured is not a number, and must not hide behind the others.
    Level("ledger misses 0 by", 0, "sum(abs(payments_ledger_imbalance_minor))", "centavos"),
)


def questions(indicators: Sequence[Share | Level] = INDICATORS) -> list[str]:
    """Every expression the table needs an answer to."""
    found: list[str] = []
    for one in indicators:
        if isinstance(one, Level):
            found.append(one.expr)
        elif one.good and one.everything:
            found += [_sum(one.good), _sum(one.everything)]
    return found


def table(answers: Mapping[str, float | None], indicators: Sequence[Share | Level] = INDICATORS) -> list[Line]:
    """A line for each promise. `answers`: expression -> its value, None or absent where it had none."""
    return [_level(one, answers) if isinstance(one, Level) else _share(one, answers) for one in indicators]


def _share(one: Share, answers: Mapping[str, float | None]) -> Line:
    target = f"{'>' if one.above else '>='} {one.target * 100:g} %"
    if one.good is None or one.everything is None:
        return Line(one.name, target, None, "", None, Verdict.UNKNOWN, "no program counts it")
    everything = _figure(answers, _sum(one.everything))
    if not everything:
        return Line(one.name, target, None, "", None, Verdict.UNKNOWN, "nothing of the kind happened")
    # A counter nobody has touched yet is absent: all were bad, and that is a figure.
    value = (_figure(answers, _sum(one.good)) or 0.0) / everything
    kept = value > one.target if one.above else value >= one.target
    return Line(one.name, target, value, f"{value * 100:.3f} %", round(everything), _verdict(kept))


def _level(one: Level, answers: Mapping[str, float | None]) -> Line:
    target = f"<= {one.most:g} {one.unit}"
    value = _figure(answers, one.expr)
    if value is None:
        return Line(one.name, target, None, "", None, Verdict.UNKNOWN, "no figure")
    return Line(one.name, target, value, f"{value:.3g} {one.unit}", None, _verdict(value <= one.most))


def _verdict(kept: bool) -> Verdict:
    return Verdict.OK if kept else Verdict.MISSED


def _figure(answers: Mapping[str, float | None], expr: str) -> float | None:
    value = answers.get(expr)
    return None if value is None or not math.isfinite(value) else value


def _sum(selector: str) -> str:
    return f"sum({selector})"


def exit_status(lines: Sequence[Line]) -> int:
    """0: all kept; 1: one missed; 3: none missed, and one unknown."""
    verdicts = {line.verdict for line in lines}
    if Verdict.MISSED in verdicts:
        return 1
    return 3 if Verdict.UNKNOWN in verdicts or not lines else 0
