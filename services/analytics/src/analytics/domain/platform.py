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
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Uptime:
    """How often somebody was asked, and found up."""

    asked: int = 0
    up: int = 0

    def after(self, up: bool) -> Self:
        return replace(self, asked=self.asked + 1, up=self.up + up)

    @property
    def share(self) -> float | None:
        """0 to 1, cut to five decimals so that a single miss shows; None before the first question."""
        return self.up * 100_000 // self.asked / 100_000 if self.asked else None


@dataclass(frozen=True, slots=True)
class ServiceHealth:
    """One service: its state, since when, the times of its last answers in milliseconds, the version it told last."""

    since: datetime
    health: Health = Health.UNKNOWN
    answers: tuple[float, ...] = ()
    uptime: Uptime = Uptime()
    version: str | None = None

    def after(self, probe: Probe) -> Self:
        """With one more probe; `since` moves only when the state changes, and silence counts as no answer time."""
        health = Health.UP if probe.up else Health.DOWN
        answers = (*self.answers, probe.milliseconds)[-_REMEMBERED:] if probe.up else self.answers
        return replace(
            self,
            since=self.since if health is self.health else probe.at,
            health=health,
            answers=answers,
            uptime=self.uptime.after(probe.up),
            version=probe.version or self.version,
        )

    @property
    def p50(self) -> float:
        return percentile(self.answers, 50)

    @property
    def p95(self) -> float:
        return percentile(self.answers, 95)


def status_of(services: Mapping[str, ServiceHealth]) -> str:
    """`degraded` when a service is down, `unknown` when one was not asked yet or there is none, else `ok`."""
    found = {one.health for one in services.values()}
    if Health.DOWN in found:
        return "degraded"
    return "ok" if found == {Health.UP} else "unknown"


def percentile(values: Sequence[float], percent: int) -> float:
    """The nearest-rank percentile, one decimal; 0 of nothing."""
    if not values:
        return 0.0
    rank = max(1, -(-len(values) * percent // 100))
    return round(sorted(values)[rank - 1], 1)
