"""The promises with their figures, once: the table of `observe` and the panels of the dashboards are made of them."""

from dataclasses import dataclass
from typing import Final

from dashboards.facts import ENDS, facts
from dashboards.panels import WINDOW, Panel, Unit, number, share


@dataclass(frozen=True, slots=True)
class Share:
    """Which part of all events is good. `target`: the least part; `above`: that itself is too little.

    `good` and `everything` are selectors of counters; None where no program counts it.
    """

    name: str
    target: float
    good: str | None
    everything: str | None
    above: bool = True

    @property
    def shown(self) -> str:
        """The target for a reader."""
        return f"{'>' if self.above else '>='} {self.target * 100:g} %"


@dataclass(frozen=True, slots=True)
class Level:
    """A figure that must not pass `most`."""

    name: str
    most: float
    expr: str
    unit: str

    @property
    def shown(self) -> str:
        """The target for a reader."""
        return f"<= {self.most:g} {self.unit}"


def completed(vertical: str | None = None) -> Share:
    """Bookings that were attended, of one vertical or of all."""
    return Share("Bookings completed", 0.80, facts("booking.completed", vertical), facts(ENDS, vertical))


def _sent(name: str, channel: str, target: float) -> Share:
    selector = f'notifications_deliveries_total{{channel="{channel}", outcome='
    return Share(name, target, f'{selector}"sent"}}', f'{selector}~"sent|failed"}}')


def _fast(name: str, histogram: str, seconds: str) -> Share:
    return Share(name, 0.95, f'{histogram}_bucket{{le="{seconds}"}}', f"{histogram}_count", above=False)


REQUESTS_ANSWERED: Final = Share(
    "Requests without server error", 0.999, 'http_requests_total{status!~"5.."}', "http_requests_total"
)
REQUESTS_FAST: Final = _fast("Requests under 200 ms", "http_request_duration_seconds", "0.2")
TRANSACTIONS_FAST: Final = _fast("Transactions under 50 ms", "db_client_operation_duration_seconds", "0.05")
PAYMENTS_MADE: Final = Share(
    # What the payer's bank declines is not our failure.
    "Payments not lost by our side",
    0.99,
    'payments_attempts_total{fault!~"ours|provider"}',
    "payments_attempts_total",
)
WEBHOOKS_DONE: Final = Share(
    "Webhooks to a good end", 0.99, 'webhooks_processed_total{outcome="ok"}', "webhooks_processed_total"
)
EMAILS_SENT: Final = _sent("E-mails sent", "email", 0.95)
SMS_SENT: Final = _sent("SMS sent", "sms", 0.98)
CACHE_HITS: Final = Share("Cache hits", 0.85, None, None)
OUTBOX_AGE: Final = Level("Oldest unsent event", 60, "max(outbox_oldest_seconds)", "s")
# sum, not max: a scope that could not be measured is not a number, and must not hide behind the others.
LEDGER_MISSES: Final = Level("Ledger misses 0 by", 0, "sum(abs(payments_ledger_imbalance_minor))", "centavos")

PROMISES: Final[tuple[Share | Level, ...]] = (
    REQUESTS_ANSWERED,
    REQUESTS_FAST,
    TRANSACTIONS_FAST,
    PAYMENTS_MADE,
    WEBHOOKS_DONE,
    completed(),
    EMAILS_SENT,
    SMS_SENT,
    CACHE_HITS,
    OUTBOX_AGE,
    LEDGER_MISSES,
)


def promised(one: Share, window: str = WINDOW) -> Panel:
    """A promise as a number that turns red below its target; refuses one that no program counts."""
    if one.good is None or one.everything is None:
        raise ValueError(f"no program counts {one.name}")
    expr = share(one.good, one.everything, window)
    return number(one.name, Unit.SHARE, expr, f"Promised: {one.shown}.", one.target, at_least=True)
