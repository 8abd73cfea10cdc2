"""What identity counts beside the common metrics."""

from typing import Final

from prometheus_client import Counter, Gauge

from common.metrics import from_zero

LOGINS_FAILED: Final = from_zero(
    Counter("logins_failed", "Wrong passwords and codes, with an account or without", ("how",)), ("password", "code")
)
CONTACTS_UNREADABLE: Final = Gauge(
    "contacts_unreadable", "Contacts under a former key that the last round of re-sealing met and could not open"
)
