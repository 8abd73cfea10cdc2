"""The platform's figures for a Prometheus elsewhere: text of format 0.0.4. What is not known has no line."""

from collections.abc import Iterable, Iterator
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from analytics.domain.platform import Health
from analytics.domain.reports import Subject
from analytics.domain.sight import Sight, Verdict
from analytics.usecases import Watched

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_Line = tuple[tuple[str, ...], float | None]


def exposition(seen: Watched) -> bytes:
    """Promises, loads, services and what was reported; made anew for each request and kept nowhere."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Fixed([*_of_sight(seen.sight), *_of_services(seen), *_of_reports(seen)]))
    return generate_latest(registry)


class _Fixed(Collector):
    """Families that were made beforehand."""

    def __init__(self, families: Iterable[GaugeMetricFamily]) -> None:
        self._families = families

    def collect(self) -> Iterable[GaugeMetricFamily]:
        return self._families


def _of_sight(sight: Sight) -> Iterator[GaugeMetricFamily]:
    named = ("objective",)
    yield _family("figures_known", "Whether Prometheus told its figures", (), [((), float(sight.blind is None))])
    for name, text, lines in (
        ("value", "A promise's value", [((one.key,), one.value) for one in sight.promises]),
        ("target", "A promise's target", [((one.key,), one.target) for one in sight.promises]),
        ("events", "Events of the last day", [((one.key,), one.events) for one in sight.promises]),
        ("kept", "Whether it is kept", [((one.key,), _KEPT[one.verdict]) for one in sight.promises]),
    ):
        yield _family(f"objective_{name}", text, named, lines)
    for name, text, loads in (
        ("requests_per_second", "Requests", [((name,), one.requests) for name, one in sight.loads.items()]),
        ("predicted_requests_per_second", "Next hour", [((name,), one.predicted) for name, one in sight.loads.items()]),
        ("p95_seconds", "Time to answer", [((name,), one.p95) for name, one in sight.loads.items()]),
        ("pods", "Pods of the API", [((name,), one.pods) for name, one in sight.loads.items()]),
    ):
        yield _family(f"service_{name}", text, ("service",), loads)


_KEPT: Final = {Verdict.OK: 1, Verdict.MISSED: 0, Verdict.UNKNOWN: None}


def _of_services(seen: Watched) -> Iterator[GaugeMetricFamily]:
    up = [
        ((name,), None if known.health is Health.UNKNOWN else float(known.health is Health.UP))
        for name, known in seen.services.items()
    ]
    yield _family("service_up", "Whether a service answers that it is ready", ("service",), up)
    uptime = [((name,), known.uptime.share) for name, known in seen.services.items()]
    yield _family("service_uptime_ratio", "The share of questions that found it up", ("service",), uptime)


def _of_reports(seen: Watched) -> Iterator[GaugeMetricFamily]:
    said = [(vertical, one.report) for vertical, reports in seen.reported.items() for one in reports or ()]
    connections = [((v, r.name), float(r.count)) for v, r in said if r.subject is Subject.CONNECTIONS]
    webhooks = [((v, r.name, r.outcome), float(r.count)) for v, r in said if r.subject is Subject.WEBHOOKS]
    yield _family("reported_connections", "Connections as last reported", ("vertical", "reporter"), connections)
    text = "Notifications as reported in the last 24 hours"
    yield _family("reported_webhooks", text, ("vertical", "provider", "outcome"), webhooks)


def _family(name: str, text: str, labels: tuple[str, ...], lines: Iterable[_Line]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"barberpro_{name}", text, labels=labels)
    for values, figure in lines:
        if figure is not None:
            family.add_metric(values, figure)
    return family
