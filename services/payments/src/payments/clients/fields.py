"""Single fields of MercadoPago's JSON. What is not what it must be raises KeyError, TypeError or ValueError."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from common.money import Money

_LONGEST: Final = 200


def as_object(body: object) -> Mapping[str, Any]:
    """TypeError for anything that is no JSON object."""
    if not isinstance(body, Mapping):
        raise TypeError("no object")
    return body


def as_text(value: object) -> str:
    """ValueError for nothing."""
    text = as_short(value)
    if not text:
        raise ValueError("empty")
    return text


def as_short(value: object) -> str:
    """Never more than our columns and logs want to hold."""
    return "" if value is None else str(value).replace("\x00", "")[:_LONGEST]


def as_money(value: object, currency: str) -> Money:
    """TypeError for what is no number."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise TypeError("no number")
    return Money.from_units(Decimal(value), currency)


def as_instant(text: object) -> datetime:
    """ValueError for what is no instant with an offset."""
    at = datetime.fromisoformat(str(text))
    if at.tzinfo is None:
        raise ValueError("no offset")
    return at.astimezone(UTC)
