"""What identity counts beside the common metrics."""

from typing import Final

from prometheus_client import Gauge

CONTACTS_UNREADABLE: Final = Gauge(
    "contacts_unreadable", "Contacts under a former key that the last round of re-sealing met and could not open"
)
