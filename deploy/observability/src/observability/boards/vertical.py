"""A dashboard for each vertical.yaml: a new niche is one file, and this is what its people look at."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from observability.boards.day import day
from observability.facts import ENDS, an_hour
from observability.objectives import OUTBOX_AGE
from observability.panels import Board, Row, Unit, lines, quantile, rate


@dataclass(frozen=True, slots=True)
class Niche:
    """What its file says: the id that metrics carry as `scope` or `vertical`, and how it is called."""

    id: str
    name: str


def niches(folder: Path) -> list[Niche]:
    """Every vertical there is a file for, sorted by folder."""
    read = [yaml.safe_load(file.read_text()) for file in sorted(folder.glob("*/vertical.yaml"))]
    return [Niche(found["id"], found["name"]) for found in read]


def vertical_boards(folder: Path) -> tuple[Board, ...]:
    """A board for each of them."""
    return tuple(_board(niche) for niche in niches(folder))


def _board(niche: Niche) -> Board:
    text = f"All that is told of the vertical {niche.id}, which has a schema of its own in each service."
    rows = (day(niche.id), _bookings(niche.id), _money(niche.id), _health(niche.id))
    return Board(f"barberpro-vertical-{niche.id}", f"BarberPro: {niche.name}", text, rows)


def _bookings(niche: str) -> Row:
    began = an_hour("booking.created|booking.approved|booking.confirmed|booking.paid", "topic", niche)
    ended = an_hour(ENDS, "topic", niche)
    moved = an_hour("booking.rescheduled|booking.hold_due|booking.refund_due", "topic", niche)
    return Row(
        "Bookings, by the hour",
        (
            lines("On their way", Unit.COUNT, began, "{{topic}}", "From begun to paid."),
            lines("Ended", Unit.COUNT, ended, "{{topic}}", "How they ended."),
            lines("Moved, overdue, to refund", Unit.COUNT, moved, "{{topic}}", "What costs somebody time."),
        ),
    )


def _money(niche: str) -> Row:
    ends = an_hour("payment.confirmed|payment.rejected|payment.closed|payment.refunded", "topic", niche)
    imbalance = f'sum by (over) (abs(payments_ledger_imbalance_minor{{scope="{niche}"}}))'
    return Row(
        "Money",
        (
            lines("Payments ended", Unit.COUNT, ends, "{{topic}}", "By the hour."),
            lines(
                "Payouts to approve",
                Unit.COUNT,
                f'max(payments_payouts_to_approve{{scope="{niche}"}})',
                "",
                "They wait for two persons.",
            ),
            lines(
                "Differences open",
                Unit.COUNT,
                f'max(payments_reconciliation_cases{{scope="{niche}"}})',
                "",
                "Found by reconciliation.",
                1,
            ),
            lines("Ledger misses 0 by", Unit.COUNT, imbalance, "{{over}}", "Centavos.", 1),
        ),
    )


def _health(niche: str) -> Row:
    slow = quantile(f'db_client_operation_duration_seconds_bucket{{scope="{niche}"}}', "service")
    oldest = f'max by (service) (outbox_oldest_seconds{{scope="{niche}"}})'
    letters = f'sum by (service) (dead_letters{{scope="{niche}"}})'
    feed = quantile(f'analytics_feed_age_seconds_bucket{{vertical="{niche}"}}', "vertical")
    newer = rate(f'analytics_facts_newer_total{{vertical="{niche}"}}')
    return Row(
        "Is it well?",
        (
            lines("p95 of a transaction", Unit.SECONDS, slow, "{{service}}", "In its schemas.", 0.05),
            lines("Oldest unsent event", Unit.SECONDS, oldest, "{{service}}", "Age of its outboxes.", OUTBOX_AGE.most),
            lines("Dead letters", Unit.COUNT, letters, "{{service}}", "They wait for a person.", 1),
            lines("Live feed, p95", Unit.SECONDS, feed, "age", "From projection to clients' queues."),
            lines("States projected", Unit.PER_SECOND, f"sum by (kind) ({newer})", "{{kind}}", "By analytics."),
        ),
    )
