"""Payments' metrics, one typed list. Labels hold outcomes and scopes: never ids or persons."""

from typing import Final

from prometheus_client import Counter, Gauge

PROVIDER: Final = "mercadopago"

ATTEMPTS: Final = Counter(
    "payments_attempts", "Payments decided, and pages we could not offer", ("provider", "outcome", "fault")
)
"""outcome: approved, rejected, cancelled, unavailable; fault: none, payer, provider, ours."""
WEBHOOKS: Final = Counter("webhooks_processed", "Notifications brought to an end", ("provider", "outcome"))
"""outcome: ok, orphan, dead."""
WEBHOOKS_REFUSED: Final = Counter("webhooks_refused", "Notifications with a bad signature", ("provider",))
WEBHOOKS_WAITING: Final = Gauge("webhooks_for_a_person", "Dead and orphan notifications", ("provider", "state"))
REFUNDS: Final = Counter("payments_refunds", "Refunds brought to an end", ("provider", "outcome"))
"""outcome: done, refused, blocked."""
CASES_OPEN: Final = Gauge("payments_reconciliation_cases", "Differences waiting for a person", ("scope",))
LEDGER_IMBALANCE: Final = Gauge(
    "payments_ledger_imbalance_minor", "Centavos by which the ledger's entries miss 0", ("scope", "over")
)
"""over: day, all (measured hourly). Not a number when it could not be measured."""
MEASUREMENTS_FAILED: Final = Counter("payments_measurements_failed", "Gauges that could not be set", ("scope",))
