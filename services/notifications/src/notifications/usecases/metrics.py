"""This service's own metrics. Labels hold channels and outcomes: never ids or persons."""

from typing import Final

from prometheus_client import Counter

DELIVERIES: Final = Counter(
    "notifications_deliveries",
    "What became of due messages: sent, failed, void, retried, waiting, rerouted",
    ("channel", "outcome"),
)
UNDECIDED: Final = Counter(
    "notifications_undecided", "Attempts of which nobody knows whether the provider took the message", ("channel",)
)
