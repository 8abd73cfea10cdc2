"""What booking tells of series: appointments made, moved and called off together, of which people are told once."""

from datetime import datetime
from typing import ClassVar, Final
from uuid import UUID

from contracts.base import Fact
from contracts.booking import CancelledBy
from contracts.ids import AccountId, BookingId, ProviderId, SeriesId


class SeriesFact(Fact):
    """The series, and which of its bookings this is about: `booking_ids` with their `starts` (UTC), in order.

    `rule` is an RFC 5545 RRULE over wall-clock times of `zone`. `charge` says what it asks for: what is due of the
    `first`, of `each`, or `all` of it with the first. What becomes of each booking is told by facts of its own.
    """

    owner: ClassVar[str] = "booking"

    series_id: SeriesId
    provider_id: ProviderId
    client_id: AccountId
    leader_id: BookingId
    """The first of its bookings: the others are the client's once that one is confirmed."""
    rule: str
    charge: str
    zone: str
    booking_ids: tuple[BookingId, ...]
    starts: tuple[datetime, ...]

    @property
    def subject(self) -> UUID:
        return self.series_id


class SeriesCreated(SeriesFact):
    """Made; `skipped` are the starts by the rule that could not be had."""

    topic: ClassVar[str] = "series.created"

    skipped: tuple[datetime, ...] = ()


class SeriesConfirmed(SeriesFact):
    """Its first booking is confirmed, and with it what asks for nothing more: `booking_ids` are those alone."""

    topic: ClassVar[str] = "series.confirmed"


class SeriesRescheduled(SeriesFact):
    """Moved together, in whole or from one on; `starts` are the new ones."""

    topic: ClassVar[str] = "series.rescheduled"


class SeriesCancelled(SeriesFact):
    """Called off together, in whole or from one on."""

    topic: ClassVar[str] = "series.cancelled"

    cancelled_by: CancelledBy
    any_confirmed: bool | None = None
    """Whether any of them was its client's by then, and not only held or asked for; None before that was told."""


FACTS: Final[tuple[type[Fact], ...]] = (SeriesCreated, SeriesConfirmed, SeriesRescheduled, SeriesCancelled)
