"""What a service costs on a day, what of it is due when booking, and what it is without national taxes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from common.money import Money


class DepositKind(StrEnum):
    """How much of the price is due when booking."""

    NONE = "none"
    FIXED = "fixed"
    PERCENT = "percent"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Deposit:
    """`value` is centavos for FIXED, whole percent for PERCENT."""

    kind: DepositKind
    value: int = 0

    def due(self, price: Money) -> Money:
        """What must be paid to confirm; never more than the price."""
        match self.kind:
            case DepositKind.NONE:
                return Money.zero(price.currency)
            case DepositKind.WHOLE:
                return price
            case DepositKind.PERCENT:
                return price.percent(self.value)
            case DepositKind.FIXED:
                return min(price, Money(self.value, price.currency))


@dataclass(frozen=True, slots=True)
class Price:
    """A price list: `first`, and from each day of `later` on, in order, another. `vat_bps` of VAT are contained."""

    first: Money
    deposit: Deposit
    later: Sequence[tuple[date, Money]] = ()
    vat_bps: int = 0

    def on(self, day: date) -> Money:
        """For an appointment on that local day."""
        held = self.first
        for valid_from, price in self.later:
            if valid_from <= day:
                held = price
        return held

    def due_on(self, day: date) -> Money:
        """What of it must be paid to confirm."""
        return self.deposit.due(self.on(day))

    def without_taxes_on(self, day: date) -> Money:
        """Without national taxes, to be shown beside it (Ley 27.743)."""
        return self.on(day).without_vat(self.vat_bps)


@dataclass(frozen=True, slots=True)
class Cost:
    """Of a visit: the price, what it is without national taxes, and what must be paid to confirm."""

    price: Money
    net: Money
    due_now: Money


def cost_on(prices: Sequence[Price], day: date) -> Cost:
    """Of several services together on a local day, each by its own list."""
    zero = Money.zero(prices[0].first.currency)
    return Cost(
        sum((price.on(day) for price in prices), zero),
        sum((price.without_taxes_on(day) for price in prices), zero),
        sum((price.due_on(day) for price in prices), zero),
    )
