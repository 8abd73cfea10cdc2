"""What Prometheus tells of the whole: each promise with its figures, and how much each service has to do.

What was not told is None and its verdict `unknown`: silence is never a pass. Targets are Prometheus' too, so that no
figure of a promise is written here.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Self

OUTBOX: Final = "oldest-unsent-event"
EVENT_LAG: Final = "event-lag"
LEDGER: Final = "ledger-misses-0-by"
CONNECTIONS: Final = "database-connections"
RESPONSE_P95: Final = "response-p95"
ALERTS: Final = "alerts-firing"
"""The promises that more than the table is made of, as deploy/observability calls them."""
_TARGET: Final = "objective:target"


class Verdict(StrEnum):
    """Whether a promise is kept."""

    OK = "ok"
    MISSED = "missed"
    UNKNOWN = "unknown"


class Must(StrEnum):
    """How a value stands to its target when the promise is kept."""

    ABOVE = "above"
    AT_LEAST = "at-least"
    AT_MOST = "at-most"


class Kind(StrEnum):
    """A share of events, 0 to 1, or a level in its unit."""

    SHARE = "share"
    LEVEL = "level"


class Blind(StrEnum):
    """Why nothing is known."""

    NOT_CONFIGURED = "prometheus-not-configured"
    UNREACHABLE = "prometheus-unreachable"
    BAD_ANSWER = "prometheus-bad-answer"
    NO_RULES = "prometheus-without-rules"


@dataclass(frozen=True, slots=True)
class Sample:
    """One series' value as told; a value that is no number was left out."""

    name: str
    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise. `events` and `minimum`: how many there were, and how many a judgement needs; None for a level."""

    key: str
    title: str
    kind: Kind
    unit: str
    must: Must
    target: float
    value: float | None = None
    events: int | None = None
    minimum: int | None = None

    @property
    def too_few(self) -> bool:
        """Whether a value stands on so few events that it says nothing, or nobody said how many it needs."""
        if self.kind is Kind.LEVEL:
            return False
        return self.events is None or self.minimum is None or self.events < self.minimum

    @property
    def verdict(self) -> Verdict:
        if self.value is None or self.too_few:
            return Verdict.UNKNOWN
        match self.must:
            case Must.ABOVE:
                kept = self.value > self.target
            case Must.AT_LEAST:
                kept = self.value >= self.target
            case Must.AT_MOST:
                kept = self.value <= self.target
        return Verdict.OK if kept else Verdict.MISSED


@dataclass(frozen=True, slots=True)
class Load:
    """What one service has to do: a second, shares 0 to 1, seconds; `predicted`: the busiest of the hour to come."""

    requests: float | None = None
    predicted: float | None = None
    errors: float | None = None
    p95: float | None = None
    lag: float | None = None
    pods: int | None = None


@dataclass(frozen=True, slots=True)
class Sight:
    """One look. `unread`: promises told in a form that is not known here; `blind`: why there is nothing to see."""

    promises: Sequence[Promise] = ()
    unread: Sequence[str] = ()
    loads: Mapping[str, Load] = field(default_factory=dict)
    errors: float | None = None
    p95: float | None = None
    stream_clients: int | None = None
    blind: Blind | None = None

    @property
    def requests(self) -> float | None:
        """Of all services, a second."""
        known = [load.requests for load in self.loads.values() if load.requests is not None]
        return sum(known) if known else None

    def load(self, service: str) -> Load:
        """Of a service, with nothing known where nothing was told."""
        return self.loads.get(service, Load())

    def promise(self, key: str) -> Promise | None:
        """By what programs call it."""
        return next((one for one in self.promises if one.key == key), None)

    @classmethod
    def of(cls, samples: Sequence[Sample]) -> Self:
        """What the samples say; Prometheus without our rules is blind too."""
        promises = _promises(samples)
        clients = _whole(samples, "platform:stream_clients:sum")
        return cls(
            promises=promises,
            unread=_unread(samples),
            loads=_loads(samples),
            errors=_whole(samples, "platform:errors:ratio5m"),
            p95=_whole(samples, "platform:latency_seconds:p95_5m"),
            stream_clients=None if clients is None else round(clients),
            blind=None if promises else Blind.NO_RULES,
        )


def _promises(samples: Sequence[Sample]) -> list[Promise]:
    value, events, minimum = (
        _by(samples, f"objective:{what}", "objective", max) for what in ("value", "events", "minimum")
    )
    found = []
    for one in samples:
        labels = one.labels
        if one.name == _TARGET and _readable(one):
            key = labels.get("objective", "")
            promise = Promise(
                key=key,
                title=labels.get("title") or key,
                kind=Kind(labels["kind"]),
                unit=labels.get("unit", ""),
                must=Must(labels["must"]),
                target=one.value,
                value=value.get(key),
                events=_count(events.get(key)),
                minimum=_count(minimum.get(key)),
            )
            found.append(promise)
    return sorted(found, key=lambda promise: promise.key)


def _readable(target: Sample) -> bool:
    return target.labels.get("kind") in [*Kind] and target.labels.get("must") in [*Must]


def _unread(samples: Sequence[Sample]) -> list[str]:
    return sorted(one.labels.get("objective", "") for one in samples if one.name == _TARGET and not _readable(one))


def _loads(samples: Sequence[Sample]) -> dict[str, Load]:
    rate = _by(samples, "service:requests:rate5m", "service", sum)
    predicted = _by(samples, "service:requests:predicted1h", "service", sum)
    errors = _by(samples, "service:errors:ratio5m", "service", max)
    p95 = _by(samples, "service:http_request_duration_seconds:p95", "service", max)
    lag = _by(samples, "service:event_lag_seconds:mean5m", "service", max)
    pods = _by(samples, "service:pods:count", "service", sum)
    names = sorted({*rate, *predicted, *errors, *p95, *lag, *pods})
    return {
        name: Load(
            requests=rate.get(name),
            predicted=predicted.get(name),
            errors=errors.get(name),
            p95=p95.get(name),
            lag=lag.get(name),
            pods=_count(pods.get(name)),
        )
        for name in names
    }


def _by(
    samples: Sequence[Sample], name: str, label: str, of_cells: Callable[[Iterable[float]], float]
) -> dict[str, float]:
    """Where cells share a Prometheus each has a figure of its own: they are added, or the largest counts."""
    found: dict[str, list[float]] = {}
    for one in samples:
        if one.name == name and label in one.labels:
            found.setdefault(one.labels[label], []).append(one.value)
    return {key: of_cells(values) for key, values in found.items()}


def _whole(samples: Sequence[Sample], name: str) -> float | None:
    return next((one.value for one in samples if one.name == name), None)


def _count(value: float | None) -> int | None:
    return None if value is None else round(value)
