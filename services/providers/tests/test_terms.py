"""Stretches, later prices and what a price is without VAT."""

from dataclasses import replace
from datetime import date

import pytest
from services.providers.tests.test_service import service

from common.money import Money
from providers.domain.service import Deposit, DepositAbovePrice, DepositKind
from providers.domain.terms import LaterPrice, PricesOutOfOrder, Segment, SegmentsMisfit, must_fill

MARCH, JUNE = date(2027, 3, 1), date(2027, 6, 1)


def test_stretches_that_add_up_and_begin_and_end_attended_are_a_service() -> None:
    colour = (Segment(40), Segment(30, attended=False), Segment(20))
    assert replace(service(), duration_minutes=90, segments=colour).segments == colour


@pytest.mark.parametrize(
    "segments",
    [
        [Segment(29)],
        [Segment(20), Segment(11)],
        [Segment(10, attended=False), Segment(20)],
        [Segment(20), Segment(10, attended=False)],
        [Segment(30, attended=False)],
    ],
)
def test_stretches_that_are_not_the_whole_service_are_refused(segments: list[Segment]) -> None:
    with pytest.raises(SegmentsMisfit):
        must_fill(segments, 30)


def test_a_new_duration_needs_new_stretches() -> None:
    cut = replace(service(), segments=(Segment(10), Segment(20)))
    with pytest.raises(SegmentsMisfit):
        replace(cut, duration_minutes=45)
    assert replace(cut, duration_minutes=45, segments=()).duration_minutes == 45


def test_later_prices_rise_by_date_whatever_they_cost() -> None:
    prices = (LaterPrice(MARCH, Money(900_000)), LaterPrice(JUNE, Money(100)))
    assert replace(service(), prices=prices).prices == prices
    for wrong in (prices[::-1], (prices[0], prices[0])):
        with pytest.raises(PricesOutOfOrder):
            replace(service(), prices=wrong)


def test_a_fixed_deposit_is_above_no_price_of_the_list() -> None:
    fixed = Deposit(DepositKind.FIXED, 1000)
    assert replace(service(1000, fixed), prices=(LaterPrice(MARCH, Money(1000)),)).deposit is fixed
    with pytest.raises(DepositAbovePrice):
        replace(service(1001, fixed), prices=(LaterPrice(MARCH, Money(2000)), LaterPrice(JUNE, Money(999))))


@pytest.mark.parametrize(
    ("price", "bps", "without"),
    [
        (12_100, 2100, 10_000),
        (850_000, 2100, 702_479),  # 702,479.33...
        (1, 2100, 1),  # 0.826...
        (0, 2100, 0),
        (850_000, 0, 850_000),
        (3, 10_000, 2),  # 1.5: half up
        (11_050, 1050, 10_000),
    ],
)
def test_a_price_without_vat_is_rounded_half_up_to_the_centavo(price: int, bps: int, without: int) -> None:
    assert Money(price).without_vat(bps) == Money(without)
