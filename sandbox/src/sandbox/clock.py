"""Instants as integer milliseconds since 1970 inside, and as MercadoPago or RFC 3339 writes them outside."""

import re
import time
from datetime import UTC, date, datetime, timedelta, timezone

MERCADOPAGO_ZONE = timezone(timedelta(hours=-4))
"""MercadoPago answers in UTC-4 whatever the country; a client that assumes Argentina's -03:00 is wrong by an hour."""

_RELATIVE = re.compile(r"^NOW(?:([+-])(\d{1,5})(MINUTE|HOUR|DAY|MONTH|YEAR)S?)?$")
_UNIT_MS = {
    "MINUTE": 60_000,
    "HOUR": 3_600_000,
    "DAY": 86_400_000,
    "MONTH": 30 * 86_400_000,
    "YEAR": 365 * 86_400_000,
}
DAY_MS = 86_400_000


class BadInstantError(ValueError):
    """That is not an instant with an offset."""


def now_ms() -> int:
    """The wall clock, in milliseconds."""
    return time.time_ns() // 1_000_000


def stamp(at_ms: int | None) -> str | None:
    """MercadoPago's form: `2026-11-20T09:30:00.123-04:00`."""
    if at_ms is None:
        return None
    return _instant(at_ms).astimezone(MERCADOPAGO_ZONE).isoformat(timespec="milliseconds")


def rfc3339(at_ms: int | None) -> str | None:
    """`2026-11-20T13:30:00.123+00:00`."""
    return None if at_ms is None else _instant(at_ms).isoformat(timespec="milliseconds")


def argentine_date(at_ms: int) -> date:
    """The day on Argentina's calendar, UTC-3 all year."""
    return (_instant(at_ms) - timedelta(hours=3)).date()


def parse_when(text: str, now: int) -> int:
    """Milliseconds of MercadoPago's `NOW-7DAYS` (relative to `now`), or of what parse_instant takes."""
    relative = _RELATIVE.match(text)
    if relative is None:
        return parse_instant(text)
    sign, count, unit = relative.groups()
    return now if unit is None else now + (1 if sign == "+" else -1) * int(count) * _UNIT_MS[unit]


def parse_instant(text: str) -> int:
    """Milliseconds of an ISO instant with an offset. Raises BadInstantError for anything else."""
    try:
        # A plus sign that was not percent-encoded in a query arrives as a space.
        at = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError as error:
        raise BadInstantError(text) from error
    if at.tzinfo is None:
        raise BadInstantError(text)
    return int(at.timestamp() * 1000)


def _instant(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)
