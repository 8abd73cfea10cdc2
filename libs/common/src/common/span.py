"""The days that figures or a statement are asked for."""

from dataclasses import dataclass
from datetime import date
from typing import Final, Self
from zoneinfo import ZoneInfo

from common.errors import Refusal

COUNTRY_ZONE: Final = ZoneInfo("America/Argentina/Buenos_Aires")
"""Whose calendar money goes by."""
MOST_DAYS: Final = 400
_USUAL_DAYS: Final = 30


class InvalidSpan(Refusal):
    """The days asked for are in the wrong order, or too many."""


@dataclass(frozen=True, slots=True)
class Span:
    """Days from `first` to `last`, both included; at most 400."""

    first: date
    last: date

    @classmethod
    def asked(cls, first: date | None, last: date | None, today: date) -> Self:
        """What was asked for; without a last day it ends today, without a first it is 30 days long. InvalidSpan."""
        end = last or today
        start = first or date.fromordinal(max(1, end.toordinal() - _USUAL_DAYS + 1))
        if start > end or (end - start).days >= MOST_DAYS:
            raise InvalidSpan(mostDays=MOST_DAYS)
        return cls(start, end)
