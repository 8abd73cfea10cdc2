"""Payments' metrics, one typed list. Labels hold outcomes and scopes: never ids or persons."""

from collections.abc import Iterator
from contextlib import contextmanager
from math import nan
from typing import Final

from prometheus_client import Counter, Gauge

PROVIDER: Final = "mercadopago"

ATTEMPTS: Final = Counter(
    "payments_attempts", "Payments decided, and pages we could not offer", ("provider", "outcome", "fault")
)
"""outcome: approved, rejected, cancelled, unavailable; fault: none, payer, provider, ours."""
WEBHOOKS: Final = Counter("webhooks_processed", "Notifications brought to an end", ("provider", "outcome"))
"""outcome: ok, orphan, dead."""
WEBHOOKS_IGNORED: Final = Counter("webhooks_ignored", "Notifications kept and not looked into", ("provider", "topic"))
"""topic: mp-connect, unknown."""
WEBHOOKS_REFUSED: Final = Counter("webhooks_refused", "Notifications with a bad signature", ("provider",))
WEBHOOKS_WAITING: Final = Gauge("webhooks_for_a_person", "Dead and orphan notifications", ("provider", "state"))
REFUNDS: Final = Counter("payments_refunds", "Refunds brought to an end", ("provider", "outcome"))
"""outcome: done, refused, blocked, abandoned."""
SEARCH_AGE: Final = Gauge(
    "payments_search_age_seconds", "Since when changes at MercadoPago may not have been searched for"
)
"""Not a number when it could not be measured, or before the first search."""
SEARCH_FOUND: Final = Counter("payments_found_by_search", "Changes the hourly search was the first to show", ("told",))
"""told: never (no notification of the payment ever came: lost), before (it came, though not of this change yet)."""
REPORTS: Final = Counter("payments_reports", "Daily reports brought to an end", ("outcome",))
"""outcome: imported, failed."""
PAYOUTS: Final = Counter("payments_payouts", "Payouts brought to an end", ("outcome",))
"""outcome: executed, failed, reversed."""
PAYOUTS_WAITING: Final = Gauge("payments_payouts_to_approve", "Payouts waiting for two persons", ("scope",))
DISPUTES: Final = Counter("payments_disputes", "Moves of disputes", ("provider", "kind", "status"))
DOCUMENTS: Final = Counter("payments_dispute_documents", "Documents brought to an end", ("provider", "outcome"))
"""outcome: accepted, refused."""
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
    try:
        yield
    except Exception:
        MEASUREMENTS_FAILED.labels(scope).inc()
        for gauge in gauges:
            gauge.set(nan)
        raise
