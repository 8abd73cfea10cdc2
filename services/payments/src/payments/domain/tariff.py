"""The tariff: what the platform keeps of what a booking brings, and the VAT on it. Rates are basis points."""

from dataclasses import dataclass
from typing import Final

from common.money import Money

_WHOLE: Final = 10_000
_HALF: Final = 5_000


@dataclass(frozen=True, slots=True)
class Split:
    """How an amount is shared out; the three always sum to it."""

    provider: Money
    commission: Money
    vat: Money


@dataclass(frozen=True, slots=True)
class Tariff:
    """As agreed when the payment was begun: later changes are of later payments.

    `commission_bps` is of the amount, `vat_bps` of the commission: of 10,000 at 1000 and 2100 the provider gets 8,790.
    """

    commission_bps: int
    vat_bps: int

    def __post_init__(self) -> None:
        if not 0 <= self.commission_bps * (_WHOLE + self.vat_bps) <= _WHOLE * _WHOLE or self.vat_bps < 0:
            raise ValueError("a tariff takes nothing at the least and the whole at the most")

    def split(self, amount: Money, returned: Money) -> Split:
        """Shares of what is left of `amount` once `returned` went back.

        What went back takes its part of the fees along, reckoned from all that went back and not refund by refund, so
        that many small ones come to the same centavo as one.
        """
        kept = amount - returned
        fee = self._part(amount.minor, self.commission_bps)
        vat = self._part(fee, self.vat_bps)
        commission, tax = (Money(one - _share(one, returned, amount), amount.currency) for one in (fee, vat))
        return Split(kept - commission - tax, commission, tax)

    @staticmethod
    def _part(minor: int, bps: int) -> int:
        return (minor * bps + _HALF) // _WHOLE


NOTHING_KEPT: Final = Tariff(0, 0)


def _share(fee: int, returned: Money, amount: Money) -> int:
    """The part of a fee that goes with what was returned, rounded half up."""
    return (2 * fee * returned.minor + amount.minor) // (2 * amount.minor) if amount else 0
