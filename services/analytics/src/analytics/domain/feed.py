"""What a live feed tells of one aggregate: ids and figures only."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from analytics.domain.figures import pesos

MONEY: Final = frozenset({"price", "dueNow", "paid", "refunded", "amount", "captured"})
"""Members of a payload that are centavos in the table and pesos outside."""


class FeedKind(StrEnum):
    """What a row of the feed is about."""

    BOOKING = "booking"
    PAYMENT = "payment"


def told(payload: Mapping[str, Any]) -> dict[str, object]:
    """The payload as clients see it: amounts in pesos."""
    return {name: pesos(value) if name in MONEY else value for name, value in payload.items()}
