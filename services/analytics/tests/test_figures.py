"""The pure rules: contributions, days, spans, sheets, closed lists."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.domain.feed import told
from analytics.domain.figures import (
    COUNTRY_ZONE,
    Figures,
    ForeignCurrencyError,
    Standing,
    booking_figures,
    day_of,
    payment_figures,
    pesos,
)
from analytics.domain.platform import Health, Probe, ServiceHealth, percentile, status_of
from common.money import Money
from common.sheet import harmless
from common.span import InvalidSpan, Span

TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)


@pytest.mark.parametrize("standing", Standing)
def test_a_booking_is_held_confirmed_cancelled_or_expired_and_nothing_else(standing: Standing) -> None:
    figures = booking_figures(standing)
    assert figures.bookings_created == 1
    assert figures.bookings_held + figures.confirmed + figures.cancelled + figures.expired == 1
    assert figures.completed + figures.no_show <= figures.confirmed


def test_revenue_in_another_currency_is_refused() -> None:
    with pytest.raises(ForeignCurrencyError):
        payment_figures(Money(100, "USD"), Money(0))


ARGENTINA = [zone for zone in sorted(available_timezones()) if zone.startswith("America/Argentina/")]


@given(st.integers(0, 15 * 365 * 24))
def test_the_day_in_every_argentine_zone_is_the_country_zones_day(hours: int) -> None:
    instant = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
    assert COUNTRY_ZONE in ARGENTINA
    assert {instant.astimezone(ZoneInfo(zone)).date() for zone in ARGENTINA} == {day_of(instant)}


def test_conversion_is_the_share_of_the_bookings_made_that_were_confirmed() -> None:
    assert Figures(bookings_created=3, confirmed=1).conversion == 0.3333
    assert Figures().conversion == 0


def test_figures_add_up_and_net_is_captured_less_refunded() -> None:
    both = Figures(bookings_created=1, revenue_captured=500) + Figures(bookings_created=2, revenue_refunded=100)
    assert (both.bookings_created, both.revenue_net) == (3, 400)


@pytest.mark.parametrize(("centavos", "told_as"), [(300_000, "3000"), (19_999, "199.99"), (0, "0"), (50, "0.5")])
def test_pesos_are_whole_where_there_are_no_centavos(centavos: int, told_as: str) -> None:
    assert str(pesos(centavos)) == told_as


def test_a_feed_payload_leaves_with_amounts_in_pesos() -> None:
    assert told({"status": "held", "price": 300_000, "sequence": 3}) == {"status": "held", "price": 3000, "sequence": 3}


def test_a_span_without_days_is_the_last_thirty() -> None:
    assert Span.asked(None, None, TODAY) == Span(date(2026, 10, 22), TODAY)
    assert Span.asked(None, date.min, TODAY).first == date.min


@pytest.mark.parametrize("last", [TODAY - timedelta(1), TODAY + timedelta(400)])
def test_a_span_that_ends_before_it_begins_or_is_too_long_is_refused(last: date) -> None:
    with pytest.raises(InvalidSpan):
        Span.asked(TODAY, last, TODAY)


def test_a_span_of_four_hundred_days_is_the_longest() -> None:
    assert Span.asked(TODAY, TODAY + timedelta(399), TODAY).last == TODAY + timedelta(399)


@pytest.mark.parametrize("text", ["=1+1", "+54", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\uff1d1"])
def test_what_a_spreadsheet_would_run_is_made_harmless(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["Córdoba", "San Martín - Centro", "", "9 de Julio"])
def test_an_ordinary_text_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


def test_a_service_is_down_from_its_first_missing_answer_until_it_answers_again() -> None:
    up, down = Probe(True, 12.0, NOW), Probe(False, 2000.0, NOW + timedelta(seconds=5))
    known = ServiceHealth(NOW - timedelta(seconds=5))
    assert known.health is Health.UNKNOWN
    known = known.after(up).after(down)
    assert (known.health, known.since, known.p50) == (Health.DOWN, down.at, 12.0)
    assert status_of({"booking": known}) == "degraded"
    assert known.after(down).since == down.at


def test_percentiles_are_of_the_nearest_rank() -> None:
    assert [percentile(range(1, 101), 50), percentile(range(1, 101), 95), percentile([], 50)] == [50, 95, 0]
