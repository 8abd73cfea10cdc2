"""Who exports metrics, and the labels that each target is given when it is scraped."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Exporter(StrEnum):
    """The services by name, and what else is asked."""

    IDENTITY = "identity"
    PROVIDERS = "providers"
    BOOKING = "booking"
    PAYMENTS = "payments"
    NOTIFICATIONS = "notifications"
    ANALYTICS = "analytics"
    GATEWAY = "gateway"
    PROMETHEUS = "prometheus"
    CADVISOR = "cadvisor"
    KUBE_STATE_METRICS = "kube-state-metrics"
    CNPG = "cloudnative-pg"
    KAFKA = "kafka-exporter"


SERVICES: Final = (
    Exporter.IDENTITY,
    Exporter.PROVIDERS,
    Exporter.BOOKING,
    Exporter.PAYMENTS,
    Exporter.NOTIFICATIONS,
    Exporter.ANALYTICS,
)

TARGET_LABELS: Final[Mapping[str, frozenset[str]]] = {
    "service": frozenset({*SERVICES, Exporter.GATEWAY}),
    "component": frozenset({"api", "worker", "edge"}),
    "instance": frozenset(),
    "job": frozenset(),
    "namespace": frozenset(),
    "pod": frozenset(),
    "container": frozenset(),
}
"""What scraping adds, with the values of what is ours. `honor_labels` lets a metric's own `service` or `job` win."""
