"""What a provider is told of its money."""

from dataclasses import dataclass
from enum import StrEnum

from common.money import Money


class By(StrEnum):
    """What earnings are gathered by."""

    DAY = "day"
    SERVICE = "service"
    METHOD = "method"
    PURPOSE = "purpose"


@dataclass(frozen=True, slots=True)
class Earned:
    """What one day, service, method or purpose brought.

    `gross` is what clients paid for it, `net` what the provider gets; `tips` are in both. A refund after the service
    counts against the day on which it was made.
    """

    key: str
    payments: int
    commission: Money
    vat: Money
    net: Money
    tips: Money

    @property
    def gross(self) -> Money:
        return self.net + self.commission + self.vat


@dataclass(frozen=True, slots=True)
class Standing:
    """What the provider has with us now: `payable` is its own, `held` is of services still to come or contested."""

    payable: Money
    held: Money
