"""What other parts report of themselves: closed lists and bounded counts, shown as reported and never as counted."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

MOST: Final = 1_000_000
"""Connections or notifications in one report."""


class Reporter(StrEnum):
    """Which part says so."""

    GATEWAY = "gateway"
    WEB = "web"
    APP = "app"
    WORKER = "worker"


class WebhookProvider(StrEnum):
    """Whose notifications."""

    MERCADOPAGO = "mercadopago"


class WebhookOutcome(StrEnum):
    """How they ended, in the words of payments' metrics."""

    OK = "ok"
    ORPHAN = "orphan"
    DEAD = "dead"
    REFUSED = "refused"


class Subject(StrEnum):
    """What a report is about."""

    CONNECTIONS = "connections"
    WEBHOOKS = "webhooks"


@dataclass(frozen=True, slots=True)
class PartReport:
    """`name`: who reports connections, or whose notifications; `outcome` is empty for connections."""

    subject: Subject
    name: str
    outcome: str
    count: int


@dataclass(frozen=True, slots=True)
class Reported:
    """The last count of connections, or the sum of a day's notifications; `at`: when it was last said."""

    report: PartReport
    at: datetime
