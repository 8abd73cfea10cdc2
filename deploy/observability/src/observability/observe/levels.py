"""The table of service levels: what is asked, and what an answer is worth. Nothing here asks anybody."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from observability.objectives import LEVELS, OBJECTIVES, Level, Objective, Ready


class Verdict(StrEnum):
    """Absent figures are `unknown`: silence is no proof."""

    OK = "ok"
    MISSED = "missed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table. `value` and `events` are None where nothing was told; `shown` says why."""

    indicator: str
    target: str
    value: float | None
    shown: str
    events: int | None
    verdict: Verdict


def questions(asked: Sequence[Objective | Level] = (*OBJECTIVES, *LEVELS)) -> list[str]:
    """Every expression the table needs an answer to: counters as they stand, which is since each program's start."""
    return [expr for one in asked for expr in _expressions(one)]


def table(
    answers: Mapping[str, float | None], asked: Sequence[Objective | Level] = (*OBJECTIVES, *LEVELS)
) -> list[Line]:
    """A line for each promise. `answers`: expression -> its value, None or absent where it had none."""
    return [_level(one, answers) if isinstance(one, Level) else _objective(one, answers) for one in asked]


def exit_status(lines: Sequence[Line]) -> int:
    """0: all kept; 1: one missed; 3: none missed, and one unknown."""
    verdicts = {line.verdict for line in lines}
    if Verdict.MISSED in verdicts:
        return 1
    return 3 if Verdict.UNKNOWN in verdicts or not lines else 0


def _expressions(one: Objective | Level) -> tuple[str, ...]:
    return (one.expr,) if isinstance(one, Level) else one.of.questions()


def _objective(one: Objective, answers: Mapping[str, float | None]) -> Line:
    asked, part = one.of.questions()
    everything = _figure(answers, asked)
    if not everything:
        return Line(one.name, one.shown, None, "none happened", None, Verdict.UNKNOWN)
    # A counter nobody has touched yet is absent: that is a figure, and it is 0.
    found = _figure(answers, part) or 0.0
    value = one.of.good_part(everything, found)
    kept = value > one.least if one.above else value >= one.least
    # Readiness is watched for as long as it is watched; of the others a few prove nothing.
    enough = isinstance(one.of, Ready) or everything >= one.minimum
    verdict = _verdict(kept) if enough else Verdict.UNKNOWN
    return Line(one.name, one.shown, value, f"{value * 100:.3f} %", round(everything), verdict)


def _level(one: Level, answers: Mapping[str, float | None]) -> Line:
    value = _figure(answers, one.expr)
    if value is None:
        return Line(one.name, one.shown, None, "no figure", None, Verdict.UNKNOWN)
    return Line(one.name, one.shown, value, f"{value:.3g} {one.unit}", None, _verdict(value <= one.most))


def _verdict(kept: bool) -> Verdict:
    return Verdict.OK if kept else Verdict.MISSED


def _figure(answers: Mapping[str, float | None], expr: str) -> float | None:
    value = answers.get(expr)
    return None if value is None or not math.isfinite(value) else value
