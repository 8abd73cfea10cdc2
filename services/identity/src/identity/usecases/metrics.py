"""What identity counts beside the common metrics."""

from typing import Final

from prometheus_client import Counter, Gauge

LOGINS_FAILED: Final = Counter("logins_failed", "Wrong passwords and codes, with an account or without", ("how",))
CONTACTS_UNREADABLE: Final = Gauge(
    "contacts_unreadable", "Contacts under a former key that the last round of re-sealing met and could not open"
)
