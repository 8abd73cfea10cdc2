"""What Prometheus might tell, and a source that tells it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from analytics.domain.platform import Probe, ServiceHealth
from analytics.domain.sight import Blind, Sample, Sight

NOW: Final = datetime(2026, 11, 20, 15, tzinfo=UTC)
UP: Final = ServiceHealth(NOW).after(Probe(up=True, milliseconds=5, at=NOW))
DOWN: Final = ServiceHealth(NOW).after(Probe(up=False, milliseconds=5, at=NOW))
UNASKED: Final = ServiceHealth(NOW)


@dataclass
class Told:
    """A source of figures that sees what a test says."""

    sight: Sight = field(default_factory=lambda: Sight(blind=Blind.NOT_CONFIGURED))

    async def look(self) -> Sight:
        return self.sight


def share(key: str, value: float | None, target: float, events: int | None = 5_000) -> list[Sample]:
    """A promise about a part of 1,000 events at least."""
    labels = {"objective": key, "kind": "share", "unit": "ratio", "must": "above", "title": f"Título de {key}"}
    told = {"value": value, "events": events, "minimum": 1_000}
    return [Sample("objective:target", labels, target), *_of(key, told)]


def level(key: str, value: float | None, most: float, unit: str = "s") -> list[Sample]:
    """A promise about a figure."""
    labels = {"objective": key, "kind": "level", "unit": unit, "must": "at-most", "title": f"Título de {key}"}
    return [Sample("objective:target", labels, most), *_of(key, {"value": value})]


def load(
    service: str,
    requests: float | None = None,
    predicted: float | None = None,
    pods: float | None = None,
    p95: float | None = None,
    lag: float | None = None,
) -> list[Sample]:
    """What a service has to do."""
    told = {
        "service:requests:rate5m": requests,
        "service:requests:predicted1h": predicted,
        "service:pods:count": pods,
        "service:http_request_duration_seconds:p95": p95,
        "service:event_lag_seconds:mean5m": lag,
    }
    return [Sample(name, {"service": service}, value) for name, value in told.items() if value is not None]


def good() -> list[Sample]:
    """Every promise that more than the table is made of, kept."""
    return [
        *share("errors", 0.9995, 0.999),
        *level("oldest-unsent-event", 2, 60),
        *level("event-lag", 1, 60),
        *level("ledger-misses-0-by", 0, 0, "centavos"),
        *level("database-connections", 120, 500, "open"),
        *level("response-p95", 80, 200, "ms"),
        *level("alerts-firing", 0, 0, "firing"),
    ]


def without(key: str) -> list[Sample]:
    """The good ones, but for the value of one."""
    return [one for one in good() if (one.name, one.labels["objective"]) != ("objective:value", key)]


def _of(key: str, told: dict[str, float | int | None]) -> list[Sample]:
    named = {"objective": key}
    return [Sample(f"objective:{what}", named, value) for what, value in told.items() if value is not None]
