"""The last 24 hours in four numbers, of one vertical or of all."""

from observability.facts import last_day
from observability.objectives import completed, promised
from observability.panels import Row, Unit, number


def day(vertical: str | None = None) -> Row:
    """What was begun, agreed, paid and kept."""
    return Row(
        "The last 24 hours",
        (
            number("Bookings begun", Unit.COUNT, last_day("booking.created", vertical), "Holds and direct bookings."),
            number(
                "Bookings confirmed", Unit.COUNT, last_day("booking.confirmed", vertical), "Paid, approved or free."
            ),
            number("Payments confirmed", Unit.COUNT, last_day("payment.confirmed", vertical), "Told by MercadoPago."),
            promised(completed(vertical), "24h"),
        ),
    )
