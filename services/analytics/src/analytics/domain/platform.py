"""How the other services are doing, as seen from here: what is remembered of their last answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, Self

_REMEMBERED: Final = 120
"""Answers kept: ten minutes of one every 5 s."""


class Health(StrEnum):
    """What the last answer said. Unknown: not asked yet."""

    UNKNOWN = "unknown"
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Probe:
    """One answer of a service, or its absence."""

    up: bool
    milliseconds: float
    at: datetime


@dataclass(frozen=True, slots=True)
class ServiceHealth:
    """One service: its state, since when, and the times of its last answers in milliseconds."""

    since: datetime
    health: Health = Health.UNKNOWN
    answers: tuple[float, ...] = ()

    def after(self, probe: Probe) -> Self:
        """With one more probe; `since` moves only when the state changes, and silence counts as no answer time."""
        health = Health.UP if probe.up else Health.DOWN
        answers = (*self.answers, probe.milliseconds)[-_REMEMBERED:] if probe.up else self.answers
        return replace(self, since=self.since if health is self.health else probe.at, health=health, answers=answers)

    @property
    def p50(self) -> float:
        return percentile(self.answers, 50)

    @property
    def p95(self) -> float:
        return percentile(self.answers, 95)


def degraded(services: Mapping[str, ServiceHealth]) -> bool:
    """Whether any service is down."""
    return any(one.health is Health.DOWN for one in services.values())


def percentile(values: Sequence[float], percent: int) -> float:
    """The nearest-rank percentile, one decimal; 0 of nothing."""
    if not values:
        return 0.0
    rank = max(1, -(-len(values) * percent // 100))
    return round(sorted(values)[rank - 1], 1)
