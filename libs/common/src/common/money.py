"""Money: integer minor units with the currency inside, so that two currencies never add up by accident."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Self

from contracts.base import Amount

_MINOR_PER_UNIT = 100
_FULL_PERCENT = 100
_ALL_BPS = 10_000


class CurrencyMismatchError(ArithmeticError):
    """Two amounts of different currencies met in one sum."""


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """`minor` is centavos for ARS; negative only as a difference."""

    minor: int
    currency: str = "ARS"

    @classmethod
    def zero(cls, currency: str = "ARS") -> Self:
        return cls(0, currency)

    @classmethod
    def from_units(cls, units: Decimal, currency: str = "ARS") -> Self:
        """From a decimal number of pesos; ValueError when it has more than two decimals."""
        minor = units * _MINOR_PER_UNIT
        if minor != minor.to_integral_value():
            raise ValueError("money has at most two decimals")
        return cls(int(minor), currency)

    @classmethod
    def of(cls, amount: Amount) -> Self:
        return cls(amount.minor, amount.currency)

    def as_amount(self) -> Amount:
        """The wire form in events."""
        return Amount(minor=self.minor, currency=self.currency)

    def as_units(self) -> Decimal:
        """A decimal number of pesos, as MercadoPago and the API have it."""
        return Decimal(self.minor) / _MINOR_PER_UNIT

    def __str__(self) -> str:
        """For people: 2400.00 ARS, never centavos."""
        return f"{self.as_units():.2f} {self.currency}"

    def percent(self, percent: int) -> Self:
        """That share of the amount, rounded half up to the centavo."""
        share = Decimal(self.minor) * percent / _FULL_PERCENT
        return type(self)(int(share.to_integral_value(ROUND_HALF_UP)), self.currency)

    def without_vat(self, bps: int) -> Self:
        """What is left of a price that contains VAT at that rate, half up to the centavo: the price without national
        taxes that Ley 27.743 wants beside the other."""
        whole = _ALL_BPS + bps
        return type(self)((2 * self.minor * _ALL_BPS + whole) // (2 * whole), self.currency)

    def __add__(self, other: Self) -> Self:
        self._same(other)
        return type(self)(self.minor + other.minor, self.currency)

    def __sub__(self, other: Self) -> Self:
        self._same(other)
        return type(self)(self.minor - other.minor, self.currency)

    def __lt__(self, other: Self) -> bool:
        self._same(other)
        return self.minor < other.minor

    def __le__(self, other: Self) -> bool:
        self._same(other)
        return self.minor <= other.minor

    def __bool__(self) -> bool:
        return self.minor != 0

    def _same(self, other: Self) -> None:
        if self.currency != other.currency:
            raise CurrencyMismatchError(f"{self.currency} and {other.currency}")
