"""A dashboard for each vertical.yaml: a new niche is one file, and this is what its people look at."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from dashboards.boards.facts import ENDS, an_hour, facts
from dashboards.panels import Board, Row, Unit, lines, number, quantile, rate, share


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
    rows = (_day(niche.id), _bookings(niche.id), _money(niche.id), _health(niche.id))
    return Board(f"barberpro-vertical-{niche.id}", f"BarberPro: {niche.name}", text, rows)


def _day(niche: str) -> Row:
    def last_day(topics: str) -> str:
        return f"sum(increase({facts(topics, niche)}[24h]))"

    return Row(
        "The last 24 hours",
        (
            number("Bookings begun", Unit.COUNT, last_day("booking.created"), "Holds and direct bookings."),
            number("Bookings confirmed", Unit.COUNT, last_day("booking.confirmed"), "Paid, approved, or free."),
            number("Payments confirmed", Unit.COUNT, last_day("payment.confirmed"), "Told by MercadoPago."),
            number(
                "Bookings completed",
                Unit.SHARE,
                share(facts("booking.completed", niche), facts(ENDS, niche), "24h"),
                "Of those that ended. Promised: more than 80 %.",
                0.8,
                at_least=True,
            ),
        ),
    )


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
    database = f'db_client_operation_duration_seconds_bucket{{scope="{niche}"}}'
    feed = f'analytics_feed_age_seconds_bucket{{vertical="{niche}"}}'
    newer = f'analytics_facts_newer_total{{vertical="{niche}"}}'
    return Row(
        "Is it well?",
        (
            lines(
                "p95 of a transaction", Unit.SECONDS, quantile(database, "service"), "{{service}}", "Its schemas.", 0.05
            ),
            lines(
                "Oldest unsent event",
                Unit.SECONDS,
                f'max by (service) (outbox_oldest_seconds{{scope="{niche}"}})',
                "{{service}}",
                "Age of its outboxes.",
                60,
            ),
            lines(
                "Dead letters",
                Unit.COUNT,
                f'sum by (service) (dead_letters{{scope="{niche}"}})',
                "{{service}}",
                "They wait for a person.",
                1,
            ),
            lines(
                "Live feed, p95", Unit.SECONDS, quantile(feed, "vertical"), "age", "From projection to clients' queues."
            ),
            lines("States projected", Unit.PER_SECOND, f"sum by (kind) ({rate(newer)})", "{{kind}}", "By analytics."),
        ),
    )
