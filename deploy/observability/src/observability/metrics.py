"""Every metric there is, one typed list: its labels, who exports it, and the values of labels that are few.

Rules and dashboards may use nothing else. A test holds the list against what the code declares, both ways.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from observability.exporters import SERVICES, Exporter


class Kind(StrEnum):
    """What prometheus_client calls its collectors."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


_SERIES: Final = {Kind.COUNTER: ("_total",), Kind.GAUGE: ("",), Kind.HISTOGRAM: ("_bucket", "_sum", "_count")}


@dataclass(frozen=True, slots=True)
class Metric:
    """`name` as the code declares it; `values` of the labels whose values are known beforehand."""

    name: str
    kind: Kind
    labels: tuple[str, ...]
    exported_by: tuple[Exporter, ...]
    values: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def series(self) -> tuple[str, ...]:
        """The names that a scrape shows, and that a query uses."""
        return tuple(f"{self.name}{ending}" for ending in _SERIES[self.kind])


def _of(*exporters: Exporter) -> "_Maker":
    return _Maker(exporters)


class _Maker:
    """One line per metric reads better without its exporter repeated on each."""

    def __init__(self, exported_by: tuple[Exporter, ...]) -> None:
        self._exported_by = exported_by

    def counter(self, name: str, *labels: str, **values: str) -> Metric:
        return self._metric(name, Kind.COUNTER, labels, values)

    def gauge(self, name: str, *labels: str, **values: str) -> Metric:
        return self._metric(name, Kind.GAUGE, labels, values)

    def histogram(self, name: str, *labels: str) -> Metric:
        return self._metric(name, Kind.HISTOGRAM, labels, {})

    def _metric(self, name: str, kind: Kind, labels: tuple[str, ...], values: Mapping[str, str]) -> Metric:
        few = {label: frozenset(listed.split()) for label, listed in values.items()}
        return Metric(name, kind, labels, self._exported_by, few)


_all = _of(*SERVICES)
_identity = _of(Exporter.IDENTITY)
_payments = _of(Exporter.PAYMENTS)
_notifications = _of(Exporter.NOTIFICATIONS)
_analytics = _of(Exporter.ANALYTICS)

OURS: Final[tuple[Metric, ...]] = (
    _all.counter("http_requests", "service", "route", "method", "status"),
    _all.histogram("http_request_duration_seconds", "service", "route", "method"),
    _all.gauge("http_requests_in_flight"),
    _all.gauge("db_pool_waiting"),
    _all.gauge("db_pool_connections", "way", way="direct pooler replica"),
    _all.counter("db_connection_failures"),
    _all.histogram("db_client_operation_duration_seconds", "service", "scope"),
    _all.counter("outbox_events_sent", "service", "scope"),
    _all.counter("outbox_relay_failures", "service", "scope"),
    _all.gauge("outbox_oldest_seconds", "service", "scope"),
    _all.counter("events_applied", "service", "scope", "topic"),
    _all.counter("events_repeated", "service", "scope"),
    _all.counter("events_parked", "service", "scope", "topic"),
    _all.histogram("event_lag_seconds", "service", "topic"),
    _all.gauge("dead_letters", "service", "scope"),
    _all.counter("job_rows_put_off", "job"),
    _all.counter("cache_requests", "cache", "result", result="hit miss"),
    _all.counter("job_runs", "service", "job", "outcome", outcome="ok failed"),
    _identity.counter("logins_failed", "how", how="password code"),
    _identity.gauge("contacts_unreadable"),
    _payments.counter(
        "payments_attempts",
        "provider",
        "outcome",
        "fault",
        outcome="approved rejected cancelled unavailable",
        fault="none payer provider ours",
    ),
    _payments.counter("webhooks_processed", "provider", "outcome", outcome="ok orphan dead"),
    _payments.counter("webhooks_ignored", "provider", "topic", topic="mp-connect unknown"),
    _payments.counter("webhooks_refused", "provider"),
    _payments.gauge("webhooks_for_a_person", "provider", "state", state="dead orphan"),
    _payments.counter("payments_refunds", "provider", "outcome", outcome="done refused blocked abandoned"),
    _payments.gauge("payments_search_age_seconds"),
    _payments.counter("payments_found_by_search", "told", told="never before"),
    _payments.counter("payments_reports", "outcome", outcome="imported failed"),
    _payments.counter("payments_payouts", "outcome", outcome="executed failed reversed"),
    _payments.gauge("payments_payouts_to_approve", "scope"),
    _payments.counter("payments_disputes", "provider", "kind", "status"),
    _payments.counter("payments_dispute_documents", "provider", "outcome", outcome="accepted refused"),
    _payments.gauge("payments_reconciliation_cases", "scope"),
    _payments.gauge("payments_ledger_imbalance_minor", "scope", "over", over="day all"),
    _payments.counter("payments_measurements_failed", "scope"),
    _payments.gauge("payments_circuit_open", "provider"),
    _payments.gauge("payments_ledger_tampered_entries", "scope"),
    _notifications.counter(
        "notifications_deliveries",
        "channel",
        "outcome",
        channel="whatsapp email",
        outcome="sent failed void retried waiting rerouted",
    ),
    _notifications.counter("notifications_undecided", "channel", channel="whatsapp email"),
    _analytics.gauge("analytics_stream_clients", "vertical"),
    _analytics.counter("analytics_stream_ended", "vertical", "reason"),
    _analytics.counter("analytics_feed_rows_read", "vertical"),
    _analytics.counter("analytics_feed_failures", "vertical"),
    _analytics.histogram("analytics_feed_age_seconds", "vertical"),
    _analytics.counter("analytics_facts_newer", "vertical", "kind"),
    _analytics.gauge("analytics_service_up", "target"),
)
"""What the code of this repository declares."""

OTHERS: Final[tuple[Metric, ...]] = (
    _of(Exporter.PROMETHEUS).gauge("up"),
    _of(Exporter.PROMETHEUS).gauge("ALERTS", "alertname", "alertstate", "severity", alertstate="pending firing"),
    _of(*SERVICES).gauge("process_resident_memory_bytes"),
    _of(*SERVICES).gauge("process_start_time_seconds"),
    _of(*SERVICES).gauge("process_open_fds"),
    _of(*SERVICES).counter("process_cpu_seconds"),
    _of(Exporter.GATEWAY).counter("haproxy_frontend_http_responses", "proxy", "code"),
    _of(Exporter.GATEWAY).gauge("haproxy_frontend_current_sessions", "proxy"),
    _of(Exporter.GATEWAY).gauge("haproxy_backend_active_servers", "proxy"),
    _of(Exporter.CADVISOR).gauge("container_memory_working_set_bytes", "namespace", "pod", "container"),
    _of(Exporter.KUBE_STATE_METRICS).gauge("kube_deployment_status_replicas", "namespace", "deployment"),
    _of(Exporter.KUBE_STATE_METRICS).counter("kube_pod_container_status_restarts", "namespace", "pod", "container"),
    _of(Exporter.KUBE_STATE_METRICS).gauge("kube_job_failed", "namespace", "job_name", "condition", condition="true"),
    _of(Exporter.KUBE_STATE_METRICS).gauge(
        "kube_horizontalpodautoscaler_status_current_replicas", "namespace", "horizontalpodautoscaler"
    ),
    _of(Exporter.KUBE_STATE_METRICS).gauge(
        "kube_horizontalpodautoscaler_spec_max_replicas", "namespace", "horizontalpodautoscaler"
    ),
    _of(Exporter.CNPG).gauge("cnpg_pg_replication_lag", "namespace", "pod"),
    _of(Exporter.CNPG).gauge("cnpg_pg_stat_archiver_seconds_since_last_archival", "namespace", "pod"),
    _of(Exporter.CNPG).gauge("cnpg_pg_stat_archiver_last_archived_time", "namespace", "pod"),
    _of(Exporter.CNPG).gauge("cnpg_pg_stat_archiver_last_failed_time", "namespace", "pod"),
    _of(Exporter.CNPG).gauge("cnpg_collector_pg_wal_archive_status", "namespace", "pod", "value", value="ready done"),
    _of(Exporter.KAFKA).gauge("kafka_consumergroup_lag", "consumergroup", "topic", "partition"),
    _of(Exporter.KUBE_STATE_METRICS).gauge(
        "kube_pod_container_resource_limits", "namespace", "pod", "container", "resource", resource="cpu memory"
    ),
)
"""What comes from elsewhere: from Prometheus itself, from prometheus_client, from the cluster."""

METRICS: Final = (*OURS, *OTHERS)
BY_SERIES: Final[Mapping[str, Metric]] = {series: metric for metric in METRICS for series in metric.series}
