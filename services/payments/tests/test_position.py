"""Where a charge's money stands: always in balance, whatever happened in whatever order."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.money import Money
from payments.domain.position import Account, Balances, Position, difference
from payments.domain.tariff import Tariff

_BARBER = Tariff(commission_bps=1000, vat_bps=2100)
_TARIFFS = st.builds(Tariff, st.integers(0, 5000), st.integers(0, 2700))
_ZERO = Money(0)


def captured(minor: int, **more: object) -> Position:
    return replace(Position.nothing("ARS"), captured=Money(minor), tariff=_BARBER, **more)  # type: ignore[arg-type]


@st.composite
def positions(draw: st.DrawFn) -> Position:
    whole = draw(st.integers(0, 10**9))
    cuts = sorted(draw(st.lists(st.integers(0, whole), min_size=3, max_size=3)))
    returned, contested, lost = cuts[0], cuts[1] - cuts[0], cuts[2] - cuts[1]
    fee, withheld = draw(st.integers(0, 10**6)), draw(st.integers(0, 10**6))
    return Position(
        captured=Money(whole),
        returned=Money(returned),
        contested=Money(contested),
        lost=Money(lost),
        fee=Money(fee),
        withheld=Money(withheld),
        earned=draw(st.booleans()),
        released=draw(st.booleans()),
        tariff=draw(_TARIFFS),
    )


def minors(balances: Balances) -> dict[str, int]:
    return {account.value: amount.minor for account, amount in balances.items()}


def test_what_is_captured_is_owed_to_the_booking() -> None:
    assert minors(captured(1_000_000).balances()) == {"psp_clearing": 1_000_000, "booking_held": -1_000_000}


def test_a_service_rendered_is_shared_out_between_provider_platform_and_treasury() -> None:
    assert minors(captured(1_000_000, earned=True).balances()) == {
        "psp_clearing": 1_000_000,
        "provider_payable": -879_000,
        "commission_revenue": -100_000,
        "vat_payable": -21_000,
    }


def test_fees_of_mercadopago_are_ours_and_leave_the_providers_share_alone() -> None:
    balances = captured(1_000_000, earned=True, fee=Money(62_900)).balances()
    assert minors(balances)["psp_clearing"] == 937_100
    assert minors(balances)["psp_fees"] == 62_900
    assert minors(balances)["provider_payable"] == -879_000


def test_a_refund_of_everything_leaves_nothing_behind_even_when_it_was_earned() -> None:
    assert captured(1_000_000, earned=True, returned=Money(1_000_000)).balances() == {}


def test_what_is_contested_is_nobodys_until_it_is_decided() -> None:
    balances = captured(1_000_000, earned=True, contested=Money(1_000_000)).balances()
    assert minors(balances) == {"dispute_hold": 1_000_000, "booking_held": -1_000_000}


def test_money_released_by_mercadopago_changes_its_account_and_nothing_else() -> None:
    moved = difference(captured(500).balances(), captured(500, released=True).balances())
    assert minors(moved) == {"psp_available": 500, "psp_clearing": -500}


@given(positions())
def test_a_position_is_always_in_balance(position: Position) -> None:
    assert sum(minors(position.balances()).values()) == 0


@given(st.lists(positions(), min_size=1, max_size=6))
def test_entries_add_up_to_the_last_position_whatever_the_way_there(way: list[Position]) -> None:
    booked = dict.fromkeys(Account, 0)
    before: Balances = {}
    for position in way:
        moved = difference(before, position.balances())
        assert sum(minors(moved).values()) == 0
        for account, amount in moved.items():
            booked[account] += amount.minor
        before = position.balances()
    assert {account.value: minor for account, minor in booked.items() if minor} == minors(way[-1].balances())


@given(st.integers(1, 10**9), st.data(), _TARIFFS)
def test_shares_sum_to_what_is_left(minor: int, data: st.DataObject, tariff: Tariff) -> None:
    returned = data.draw(st.integers(0, minor))
    split = tariff.split(Money(minor), Money(returned))
    assert split.provider + split.commission + split.vat == Money(minor - returned)
    assert min(split.commission.minor, split.vat.minor) >= 0


@given(st.integers(1, 10**9), _TARIFFS)
def test_a_refund_of_everything_takes_all_fees_along(minor: int, tariff: Tariff) -> None:
    split = tariff.split(Money(minor), Money(minor))
    assert (split.provider, split.commission, split.vat) == (_ZERO, _ZERO, _ZERO)


@pytest.mark.parametrize(
    ("minor", "returned", "commission", "vat"),
    [
        (1_000_000, 0, 100_000, 21_000),
        (1_000_000, 500_000, 50_000, 10_500),
        (333, 0, 33, 7),
        (335, 0, 34, 7),
        (335, 1, 34, 7),
        (5, 0, 1, 0),
        (4, 0, 0, 0),
    ],
)
def test_fees_are_rounded_half_up_and_the_provider_gets_the_rest(
    minor: int, returned: int, commission: int, vat: int
) -> None:
    split = _BARBER.split(Money(minor), Money(returned))
    assert (split.commission.minor, split.vat.minor) == (commission, vat)
    assert split.provider.minor == minor - returned - commission - vat


@pytest.mark.parametrize(
    ("returned", "commission", "vat"),
    [(0, 33, 7), (5, 33, 7), (6, 32, 7), (100, 23, 5), (200, 13, 3), (300, 3, 1), (332, 0, 0), (333, 0, 0)],
)
def test_fees_are_given_back_by_all_that_went_back_and_not_refund_by_refund(
    returned: int, commission: int, vat: int
) -> None:
    split = _BARBER.split(Money(333), Money(returned))
    assert (split.commission.minor, split.vat.minor) == (commission, vat)
    assert split.provider.minor == 333 - returned - commission - vat


@pytest.mark.parametrize(("commission", "vat"), [(-1, 2100), (9000, 2100), (1000, -1)])
def test_a_tariff_that_takes_more_than_there_is_or_less_than_nothing_is_refused(commission: int, vat: int) -> None:
    with pytest.raises(ValueError, match="tariff"):
        Tariff(commission, vat)
