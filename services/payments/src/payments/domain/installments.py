"""Installments (cuotas): what paying a card in parts costs its payer. Argentina's law wants CFT and TEA shown."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from common.money import Money
from payments.domain.method import INSTALLMENTS

_LABEL: Final = re.compile(r"(CFT|TEA)_([0-9]{1,3}(?:\.[0-9]{3})*|[0-9]{1,6})(?:,([0-9]{1,4}))?%")


@dataclass(frozen=True, slots=True)
class Rates:
    """Yearly, in percent: `cft` is all that the payer pays, `tea` the interest alone."""

    cft: Decimal
    tea: Decimal


@dataclass(frozen=True, slots=True)
class PayerCost:
    """One number of installments for an amount. `rate` is MercadoPago's surcharge in percent, `message` its words."""

    installments: int
    each: Money
    total: Money
    rate: Decimal
    message: str
    rates: Rates | None


def read_rates(labels: Iterable[str]) -> Rates | None:
    """Of `["CFT_89,21%|TEA_72,65%"]`; None unless both are there."""
    found = {
        match[1]: Decimal(f"{match[2].replace('.', '')}.{match[3] or '0'}")
        for label in labels
        for part in label.split("|")
        if (match := _LABEL.fullmatch(part.strip())) is not None
    }
    return Rates(found["CFT"], found["TEA"]) if len(found) == 2 else None


def shown(costs: Iterable[PayerCost]) -> list[PayerCost]:
    """Those we offer, fewest installments first. What does not say its CFT and TEA may not be shown."""
    offered = [each for each in costs if each.installments in INSTALLMENTS and each.rates is not None]
    return sorted(offered, key=lambda each: each.installments)
