"""Payments' metrics, one typed list. Labels hold outcomes and scopes: never ids or persons."""

from collections.abc import Iterator
from contextlib import contextmanager
from math import nan
from typing import Final

from prometheus_client import Counter, Gauge

from common.metrics import from_zero
from payments.domain.dispute import DisputeKind, DisputeStatus

PROVIDER: Final = "mercadopago"

ATTEMPTS: Final = Counter(
    "payments_attempts", "Payments decided, and pages we could not offer", ("provider", "outcome", "fault")
)
"""outcome: approved, rejected, cancelled, unavailable; fault: none, payer, provider, ours."""
WEBHOOKS: Final = from_zero(
    Counter("webhooks_processed", "Notifications brought to an end", ("provider", "outcome")),
    [PROVIDER],
    ("ok", "orphan", "dead"),
)
WEBHOOKS_IGNORED: Final = from_zero(
    Counter("webhooks_ignored", "Notifications kept and not looked into", ("provider", "topic")),
    [PROVIDER],
    ("mp-connect", "unknown"),
)
WEBHOOKS_REFUSED: Final = from_zero(
    Counter("webhooks_refused", "Notifications with a bad signature", ("provider",)), [PROVIDER]
)
WEBHOOKS_WAITING: Final = Gauge("webhooks_for_a_person", "Dead and orphan notifications", ("provider", "state"))
REFUNDS: Final = from_zero(
    Counter("payments_refunds", "Refunds brought to an end", ("provider", "outcome")),
    [PROVIDER],
    ("done", "refused", "blocked", "abandoned"),
)
SEARCH_AGE: Final = Gauge(
    "payments_search_age_seconds", "Since when changes at MercadoPago may not have been searched for"
)
"""Not a number when it could not be measured, or before the first search."""
SEARCH_FOUND: Final = from_zero(
    Counter("payments_found_by_search", "Changes the hourly search was the first to show", ("told",)),
    ("never", "before"),
)
"""told: never (no notification of the payment ever came: lost), before (it came, though not of this change yet)."""
REPORTS: Final = from_zero(
    Counter("payments_reports", "Daily reports brought to an end", ("outcome",)), ("imported", "failed")
)
PAYOUTS: Final = from_zero(
    Counter("payments_payouts", "Payouts brought to an end", ("outcome",)), ("executed", "failed", "reversed")
)
PAYOUTS_WAITING: Final = Gauge("payments_payouts_to_approve", "Payouts waiting for two persons", ("scope",))
DISPUTES: Final = from_zero(
    Counter("payments_disputes", "Moves of disputes", ("provider", "kind", "status")),
    [PROVIDER],
    DisputeKind,
    DisputeStatus,
)
DOCUMENTS: Final = from_zero(
    Counter("payments_dispute_documents", "Documents brought to an end", ("provider", "outcome")),
    [PROVIDER],
    ("accepted", "refused"),
)
CASES_OPEN: Final = Gauge("payments_reconciliation_cases", "Differences waiting for a person", ("scope",))
LEDGER_IMBALANCE: Final = Gauge(
    "payments_ledger_imbalance_minor", "Centavos by which the ledger's entries miss 0", ("scope", "over")
)
"""over: day, all (measured hourly). Not a number when it could not be measured."""
MEASUREMENTS_FAILED: Final = Counter("payments_measurements_failed", "Gauges that could not be set", ("scope",))
CIRCUIT_OPEN: Final = Gauge("payments_circuit_open", "1 while no new payment is asked for", ("provider",))
LEDGER_TAMPERED: Final = Gauge(
    "payments_ledger_tampered_entries", "Ledger entries that the audit log has otherwise", ("scope",)
)
"""Measured hourly. Not a number when it could not be."""


@contextmanager
def measuring(scope: str, *gauges: Gauge) -> Iterator[None]:
    """What could not be measured shows: its last value would look like news."""
    from_zero(MEASUREMENTS_FAILED, [scope])
    try:
        yield
    except Exception:
        MEASUREMENTS_FAILED.labels(scope).inc()
        for gauge in gauges:
            gauge.set(nan)
        raise
