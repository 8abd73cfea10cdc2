"""Centavos and instants at the edge."""

from decimal import Decimal
from typing import Any

import pytest

from sandbox import clock, money


@pytest.mark.parametrize(
    ("pesos", "minor"), [(3000, 300000), (199.99, 19999), (Decimal("0.07"), 7), (0.1, 10), (-5, -500)]
)
def test_pesos_become_centavos(pesos: Any, minor: int) -> None:
    assert money.to_minor(pesos) == minor


@pytest.mark.parametrize("pesos", ["10", None, True, 0.001, float("nan"), float("inf"), 10**12])
def test_what_is_no_amount_is_refused(pesos: Any) -> None:
    with pytest.raises(money.BadAmountError):
        money.to_minor(pesos)


def test_centavos_become_the_number_mercadopago_writes() -> None:
    assert [money.to_number(minor) for minor in (300000, 19999, 7)] == [3000, 199.99, 0.07]
    assert money.in_pesos(123456789) == "$ 1.234.567,89"


@pytest.mark.parametrize(("amount", "fee"), [(100_00, 629), (1, 0), (8, 1), (7, 0)])
def test_the_fee_rounds_half_up(amount: int, fee: int) -> None:
    assert money.fee_of(amount, 629) == fee


def test_instants_are_written_in_mercadopagos_zone_and_read_back() -> None:
    text = clock.stamp(1_700_000_000_123)

    assert text == "2023-11-14T18:13:20.123-04:00"
    assert clock.parse_instant(text) == 1_700_000_000_123


@pytest.mark.parametrize(("text", "expected"), [("NOW", 0), ("NOW-1HOUR", -3_600_000), ("NOW+2DAYS", 172_800_000)])
def test_relative_instants_count_from_now(text: str, expected: int) -> None:
    assert clock.parse_when(text, 0) == expected
