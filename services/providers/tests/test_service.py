"""Deposits against prices."""

from dataclasses import replace
from decimal import Decimal

import pytest

from common.money import Money
from contracts.ids import ProviderId, ServiceId, StaffId, new_id
from providers.domain.service import Deposit, DepositAbovePrice, DepositKind, InvalidDeposit, Service


def service(price: int = 850_000, deposit: Deposit | None = None) -> Service:
    return Service(
        id=ServiceId(new_id()),
        provider_id=ProviderId(new_id()),
        code="corte",
        name="Corte",
        duration_minutes=30,
        buffer_before_minutes=0,
        buffer_after_minutes=0,
        price=Money(price),
        deposit=deposit or Deposit(DepositKind.NONE),
        staff_ids=(StaffId(new_id()),),
        needs=(),
    )


def test_a_fixed_deposit_is_pesos_outside_and_centavos_inside() -> None:
    deposit = Deposit.of_units(DepositKind.FIXED, Decimal("1500.50"))
    assert deposit.value == 150_050
    assert deposit.as_units() == Decimal("1500.50")


def test_a_deposit_may_be_the_price_but_not_more() -> None:
    assert service(1000, Deposit(DepositKind.FIXED, 1000)).deposit.value == 1000
    with pytest.raises(DepositAbovePrice):
        service(1000, Deposit(DepositKind.FIXED, 1001))


def test_lowering_the_price_below_the_deposit_is_refused() -> None:
    with pytest.raises(DepositAbovePrice):
        replace(service(1000, Deposit(DepositKind.FIXED, 1000)), price=Money(999))


@pytest.mark.parametrize(
    ("kind", "value"),
    [("fixed", "0"), ("percent", "0"), ("percent", "101"), ("percent", "12.5"), ("none", "10"), ("whole", "10")],
)
def test_a_value_that_does_not_fit_its_kind_is_refused(kind: str, value: str) -> None:
    with pytest.raises(InvalidDeposit):
        Deposit.of_units(DepositKind(kind), Decimal(value))
