"""How the business goes: bookings, money and messages, vertical beside vertical. Facts, never persons."""

from observability.boards.day import day
from observability.facts import ENDS, an_hour
from observability.objectives import EMAILS_SENT, WHATSAPP_SENT, promised
from observability.panels import Board, Row, Unit, lines


def business() -> Board:
    """The dashboard of who runs the product."""
    text = "Facts as analytics applied them; a rebuild of its tables counts them once more."
    return Board("barberpro-business", "BarberPro: business", text, (day(), _bookings(), _money(), *_messages()))


def _bookings() -> Row:
    offered = 'events_applied_total{service="notifications", topic="waitlist.offered"}'
    begun = an_hour("booking.created", "scope")
    ended = an_hour(ENDS, "topic")
    moved = an_hour("booking.rescheduled", "scope")
    confirmed = an_hour("booking.confirmed", "scope")
    return Row(
        "Bookings, by the hour",
        (
            lines("Begun", Unit.COUNT, begun, "{{scope}}", "By vertical."),
            lines("Confirmed", Unit.COUNT, confirmed, "{{scope}}", "By vertical."),
            lines("Ended", Unit.COUNT, ended, "{{topic}}", "How they ended."),
            lines("Moved", Unit.COUNT, moved, "{{scope}}", "Rescheduled, by vertical."),
            lines(
                "Waiting list",
                Unit.COUNT,
                f"sum by (scope) (increase({offered}[1h]))",
                "{{scope}}",
                "Freed slots offered to whoever waited.",
            ),
            lines(
                "New providers",
                Unit.COUNT,
                an_hour("provider.registered", "scope"),
                "{{scope}}",
                "Registered, by vertical.",
            ),
        ),
    )


def _money() -> Row:
    ends = an_hour("payment.confirmed|payment.rejected|payment.closed", "topic")
    back = an_hour("payment.refunded|payment.disputed", "topic")
    by_vertical = an_hour("payment.confirmed", "scope")
    return Row(
        "Payments, by the hour",
        (
            lines("Ended", Unit.COUNT, ends, "{{topic}}", "Confirmed, rejected, closed unpaid."),
            lines("Confirmed", Unit.COUNT, by_vertical, "{{scope}}", "By vertical."),
            lines("Back to clients", Unit.COUNT, back, "{{topic}}", "Refunds and disputes."),
        ),
    )


def _messages() -> tuple[Row, ...]:
    by_channel = "sum by (channel, outcome) (increase(notifications_deliveries_total[1h]))"
    promises = Row("Messages, the last 24 hours", (promised(EMAILS_SENT, "24h"), promised(WHATSAPP_SENT, "24h")))
    rest = Row(
        "Messages and the live feed",
        (
            lines("Messages", Unit.COUNT, by_channel, "{{channel}} {{outcome}}", "By the hour."),
            lines(
                "Undecided",
                Unit.COUNT,
                "sum by (channel) (increase(notifications_undecided_total[1h]))",
                "{{channel}}",
                "Nobody knows whether the provider took the message.",
            ),
            lines(
                "Live feed's clients",
                Unit.COUNT,
                "sum by (vertical) (analytics_stream_clients)",
                "{{vertical}}",
                "Connected now.",
            ),
        ),
    )
    return promises, rest
