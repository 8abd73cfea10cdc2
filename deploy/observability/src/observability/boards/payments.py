"""Does money arrive, does it leave, and do the books agree?"""

from observability.objectives import LEDGER_MISSES, PAYMENTS_MADE, WEBHOOKS_DONE, promised
from observability.panels import Board, Panel, Row, Unit, lines, number, rate


def payments() -> Board:
    """The dashboard of payments, all verticals together."""
    text = "Money in, MercadoPago's word, money out, and whether the books agree."
    return Board("barberpro-payments", "BarberPro: payments", text, (_promises(), _in(), _webhooks(), _out(), _books()))


def _promises() -> Row:
    text = "Double entry: anything but 0 pages somebody, and so does no figure at all."
    ledger = number(f"{LEDGER_MISSES.name}, centavos", Unit.COUNT, LEDGER_MISSES.expr, text, 1)
    circuit = number("Circuit open", Unit.COUNT, "max(payments_circuit_open)", "1: no new payment is asked for.", 1)
    return Row("Promises", (promised(PAYMENTS_MADE), promised(WEBHOOKS_DONE), ledger, circuit))


def _in() -> Row:
    return Row(
        "Money in",
        (
            _by(
                "Payments decided", "payments_attempts_total", "outcome", "Approved, rejected, cancelled, unavailable."
            ),
            _by("Whose fault", "payments_attempts_total", "fault", "Only `provider` and `ours` are failures."),
            _by("Refunds ended", "payments_refunds_total", "outcome", "Done, refused, blocked, abandoned."),
        ),
    )


def _webhooks() -> Row:
    found = f"sum by (told) ({rate('payments_found_by_search_total')})"
    return Row(
        "MercadoPago's word",
        (
            _by("Webhooks ended", "webhooks_processed_total", "outcome", "`orphan` and `dead` wait for a person."),
            _by("Ignored", "webhooks_ignored_total", "topic", "Kept and not looked into."),
            _by("Bad signatures", "webhooks_refused_total", "provider", "A wrong secret, or somebody who tries."),
            lines(
                "For a person", Unit.COUNT, "max by (state) (webhooks_for_a_person)", "{{state}}", "Dead and orphan.", 1
            ),
            lines("Shown first by the search", Unit.PER_SECOND, found, "{{told}}", "`never`: a webhook was lost."),
            lines(
                "Not searched for",
                Unit.SECONDS,
                "max(payments_search_age_seconds)",
                "",
                "Since when changes may have been missed. The search runs hourly.",
                7200,
            ),
        ),
    )


def _out() -> Row:
    disputes = f"sum by (kind, status) ({rate('payments_disputes_total')})"
    return Row(
        "Money out and disputes",
        (
            _by("Payouts ended", "payments_payouts_total", "outcome", "Executed, failed, reversed."),
            lines(
                "Payouts to approve",
                Unit.COUNT,
                "sum by (scope) (payments_payouts_to_approve)",
                "{{scope}}",
                "They wait for two persons.",
            ),
            lines("Disputes", Unit.PER_SECOND, disputes, "{{kind}} {{status}}", "Each move of each."),
            _by("Documents for disputes", "payments_dispute_documents_total", "outcome", "Accepted, refused."),
        ),
    )


def _books() -> Row:
    imbalance = "sum by (scope, over) (abs(payments_ledger_imbalance_minor))"
    cases = "sum by (scope) (payments_reconciliation_cases)"
    tampered = "sum by (scope) (payments_ledger_tampered_entries)"
    return Row(
        "The books",
        (
            lines("Ledger misses 0 by", Unit.COUNT, imbalance, "{{scope}} {{over}}", "Centavos.", 1),
            lines(
                "Entries changed afterwards", Unit.COUNT, tampered, "{{scope}}", "The audit log has them otherwise.", 1
            ),
            lines("Differences open", Unit.COUNT, cases, "{{scope}}", "Found by reconciliation, for a person.", 1),
            _by("Daily reports", "payments_reports_total", "outcome", "Imported or failed."),
            _by("Figures not measured", "payments_measurements_failed_total", "scope", "The panels here may be blind."),
        ),
    )


def _by(title: str, counter: str, label: str, text: str) -> Panel:
    return lines(title, Unit.PER_SECOND, f"sum by ({label}) ({rate(counter)})", f"{{{{{label}}}}}", text)
