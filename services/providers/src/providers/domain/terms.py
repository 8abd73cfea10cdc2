"""How a service is given and booked: its stretches, its later prices, how many a day, how far ahead."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final

from common.errors import Refusal
from common.money import Money

MAX_SEGMENTS: Final = 20
MAX_PRICES: Final = 12
MAX_VAT_BPS: Final = 2700
"""The highest rate there is in Argentina: 27 %."""


class SegmentsMisfit(Refusal):
    """The stretches add up to the duration, and the first and the last are attended."""


class PricesOutOfOrder(Refusal):
    """Later prices come by rising date, one per date."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a service. While it is not attended the staff is free for others; chair and room are not."""

    minutes: int
    attended: bool = True


@dataclass(frozen=True, slots=True)
class LaterPrice:
    """What the service costs from a local day of the appointment on."""

    valid_from: date
    price: Money


@dataclass(frozen=True, slots=True)
class Caps:
    """How many bookings of the service one local day takes: in all at a place, and of one client. None: any number."""

    per_day: int | None = None
    per_client_and_day: int | None = None


UNCAPPED: Final = Caps()


@dataclass(frozen=True, slots=True)
class Timing:
    """What this service asks for in place of its vertical's rules; None leaves the vertical's."""

    step_minutes: int | None = None
    minimum_notice_minutes: int | None = None
    horizon_days: int | None = None


AS_THE_VERTICAL: Final = Timing()


def must_fill(segments: Sequence[Segment], duration_minutes: int) -> None:
    """SegmentsMisfit when they are not the whole service from beginning to end. None at all: it is attended whole."""
    if not segments:
        return
    whole = sum(segment.minutes for segment in segments) == duration_minutes
    if not (whole and segments[0].attended and segments[-1].attended):
        raise SegmentsMisfit(fields=[{"field": "segments", "reason": "segments_misfit"}])


def must_rise(prices: Sequence[LaterPrice]) -> None:
    """PricesOutOfOrder when a date is not after the one before."""
    if any(later.valid_from <= earlier.valid_from for earlier, later in pairwise(prices)):
        raise PricesOutOfOrder(fields=[{"field": "prices", "reason": "out_of_order"}])
