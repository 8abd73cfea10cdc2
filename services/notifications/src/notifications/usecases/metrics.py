"""This service's own metrics. Labels hold channels and outcomes: never ids or persons."""

from typing import Final

from prometheus_client import Counter

from common.metrics import from_zero
from notifications.domain.notification import Channel

DELIVERIES: Final = from_zero(
    Counter("notifications_deliveries", "What became of due messages", ("channel", "outcome")),
    Channel,
    ("sent", "failed", "void", "retried", "waiting", "rerouted"),
)
UNDECIDED: Final = from_zero(
    Counter(
        "notifications_undecided", "Attempts of which nobody knows whether the provider took the message", ("channel",)
    ),
    Channel,
)
