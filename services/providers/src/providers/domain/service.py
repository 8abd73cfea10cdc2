"""What a provider offers: how long it takes, what it costs, what is due in advance, whom and what it needs."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final, Self

from common.errors import Refusal
from common.money import Money
from contracts.ids import ProviderId, ServiceId, StaffId
from providers.domain.parts import ResourceKind
from providers.domain.terms import AS_THE_VERTICAL, UNCAPPED, Caps, LaterPrice, Segment, Timing, must_fill, must_rise

MAX_SERVICES: Final = 200
_WHOLE_PERCENT: Final = 100
_DEPOSIT_FIELD: Final = [{"field": "deposit.value", "reason": "invalid_deposit"}]


class InvalidDeposit(Refusal):
    """A fixed deposit is an amount above 0, a percentage is from 1 to 100, the other kinds have no value."""


class DepositAbovePrice(Refusal):
    """The deposit is more than the price, or than a later one."""


class DepositKind(StrEnum):
    """How much of the price is due when booking."""

    NONE = "none"
    FIXED = "fixed"
    PERCENT = "percent"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Deposit:
    """`value` is centavos for `fixed`, whole percent for `percent`, else 0; InvalidDeposit otherwise."""

    kind: DepositKind
    value: int = 0

    @classmethod
    def of_units(cls, kind: DepositKind, value: Decimal) -> Self:
        """`value` is pesos for `fixed`, percent for `percent`."""
        if kind is DepositKind.FIXED:
            return cls(kind, Money.from_units(value).minor)
        if value != int(value):
            raise InvalidDeposit(fields=_DEPOSIT_FIELD)
        return cls(kind, int(value))

    def as_units(self) -> Decimal:
        """Pesos for `fixed`, percent for `percent`."""
        return Money(self.value).as_units() if self.kind is DepositKind.FIXED else Decimal(self.value)

    def __post_init__(self) -> None:
        fits = {
            DepositKind.FIXED: self.value > 0,
            DepositKind.PERCENT: 0 < self.value <= _WHOLE_PERCENT,
        }
        if not fits.get(self.kind, self.value == 0):
            raise InvalidDeposit(fields=_DEPOSIT_FIELD)


@dataclass(frozen=True, slots=True)
class Service:
    """One service; inactive ones are withdrawn.

    DepositAbovePrice when a fixed deposit is more than any of its prices; SegmentsMisfit and PricesOutOfOrder.
    """

    id: ServiceId
    provider_id: ProviderId
    code: str
    name: str
    duration_minutes: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    price: Money
    deposit: Deposit
    staff_ids: tuple[StaffId, ...]
    needs: tuple[ResourceKind, ...]
    active: bool = True
    version: int = 1
    segments: tuple[Segment, ...] = ()
    prices: tuple[LaterPrice, ...] = ()
    vat_bps: int = 0
    caps: Caps = UNCAPPED
    timing: Timing = AS_THE_VERTICAL
    approval: bool = False
    """Whether the provider accepts each booking before it is paid for."""

    def __post_init__(self) -> None:
        must_fill(self.segments, self.duration_minutes)
        must_rise(self.prices)
        lowest = min(price.minor for price in (self.price, *(later.price for later in self.prices)))
        if self.deposit.kind is DepositKind.FIXED and self.deposit.value > lowest:
            raise DepositAbovePrice(fields=[{"field": "deposit.value", "reason": "above_price"}])
