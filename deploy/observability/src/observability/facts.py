"""Facts counted where all of them arrive: analytics applies each once, and its counter knows topic and vertical."""

from typing import Final

APPOINTMENT_ENDS: Final = "booking.completed|booking.no_show|booking.cancelled"
"""How an appointment can end; `booking.cancelled` is also told of what was declined, or given up before it was paid."""
ENDS: Final = f"{APPOINTMENT_ENDS}|booking.expired"
"""How a booking can end. A hold that ran out never was an appointment: it counts against what was begun."""


def facts(topics: str, vertical: str | None = None) -> str:
    """The counter of these facts (`a|b`), of one vertical or of all."""
    scope = f', scope="{vertical}"' if vertical else ""
    matches = "=~" if "|" in topics else "="
    return f'events_applied_total{{service="analytics", topic{matches}"{topics}"{scope}}}'


def an_hour(topics: str, by: str, vertical: str | None = None) -> str:
    """How many of them in the last hour, by one label."""
    return f"sum by ({by}) (increase({facts(topics, vertical)}[1h]))"


def last_day(topics: str, vertical: str | None = None) -> str:
    """How many of them in the last 24 hours."""
    return f"sum(increase({facts(topics, vertical)}[24h]))"
