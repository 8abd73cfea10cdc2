"""What one booking and one payment, in the state they are in, add to the figures, and to which day.

A counter is the sum of its aggregates' contributions. So it moves by the difference between an aggregate's old and new
contribution, whatever order the events come in, and a recount of the final states gives the same.
"""

from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from typing import Final, Self
from zoneinfo import ZoneInfo

from common.money import Money

COUNTRY_ZONE: Final = "America/Argentina/Buenos_Aires"
"""Every Argentine place has this zone's offset the whole year (IANA tzdata, since 2009), so its day is theirs."""
CURRENCY: Final = "ARS"


class ForeignCurrencyError(ValueError):
    """An amount that is not in pesos cannot be added to revenue."""


class Standing(StrEnum):
    """Where a booking stands, in booking's words."""

    PENDING = "pending"
    HELD = "held"
    CONFIRMED = "confirmed"
    ARRIVED = "arrived"
    COMPLETED = "completed"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class BookingFigures:
    """What a booking adds to its day. Created = held + confirmed + cancelled + expired."""

    bookings_created: int = 1
    bookings_held: int = 0
    """Waiting for its provider's answer or for its payment."""
    confirmed: int = 0
    """Stands confirmed, or went on from there: arrived, completed, no-show. One called off later is not among them."""
    cancelled: int = 0
    completed: int = 0
    no_show: int = 0
    expired: int = 0


@dataclass(frozen=True, slots=True)
class PaymentFigures:
    """What a payment adds to its day, in centavos."""

    revenue_captured: int = 0
    revenue_refunded: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one day, city or provider, or of all of them; money in centavos."""

    bookings_created: int = 0
    bookings_held: int = 0
    confirmed: int = 0
    cancelled: int = 0
    completed: int = 0
    no_show: int = 0
    expired: int = 0
    revenue_captured: int = 0
    revenue_refunded: int = 0

    @property
    def conversion(self) -> float:
        """The share of the bookings made that were confirmed, 0 to 1, four decimals; 0 where none was made."""
        return round(self.confirmed / self.bookings_created, 4) if self.bookings_created else 0.0

    @property
    def revenue_net(self) -> int:
        """Captured less refunded, in centavos."""
        return self.revenue_captured - self.revenue_refunded

    def __add__(self, other: Self) -> Self:
        return type(self)(*(getattr(self, name) + getattr(other, name) for name in COUNTERS))


COUNTERS: Final = tuple(field.name for field in fields(Figures))
_OF_STANDING: Final = {
    Standing.PENDING: BookingFigures(bookings_held=1),
    Standing.HELD: BookingFigures(bookings_held=1),
    Standing.CONFIRMED: BookingFigures(confirmed=1),
    Standing.ARRIVED: BookingFigures(confirmed=1),
    Standing.COMPLETED: BookingFigures(confirmed=1, completed=1),
    Standing.NO_SHOW: BookingFigures(confirmed=1, no_show=1),
    Standing.CANCELLED: BookingFigures(cancelled=1),
    Standing.EXPIRED: BookingFigures(expired=1),
}


def booking_figures(standing: Standing) -> BookingFigures:
    """What a booking in that state adds."""
    return _OF_STANDING[standing]


def payment_figures(captured: Money, refunded: Money) -> PaymentFigures:
    """What a payment adds; ForeignCurrencyError for anything but pesos."""
    if {captured.currency, refunded.currency} != {CURRENCY}:
        raise ForeignCurrencyError
    return PaymentFigures(captured.minor, refunded.minor)


def day_of(instant: datetime, zone: str = COUNTRY_ZONE) -> date:
    """The calendar day in an IANA zone; KeyError (ZoneInfoNotFoundError) for one that does not exist."""
    return instant.astimezone(ZoneInfo(zone)).date()


def pesos(centavos: int) -> float | int:
    """As a decimal number of pesos, a whole one where there are no centavos."""
    units = Money(centavos).as_units()
    return int(units) if units == int(units) else float(units)
