"""A local day as bits: days of every length, and any claims against a recount minute by minute."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.domain.busy import MINUTES_PER_BIT, bits_of, local_days
from booking.domain.span import Span, whole_day

CORDOBA = ZoneInfo("America/Argentina/Cordoba")
MINUTE = timedelta(minutes=1)
DAYS = [
    # An ordinary one, and the last of Argentina's changes: summer time began and ended at midnight.
    (CORDOBA, date(2026, 12, 1), 24 * 60),
    (ZoneInfo("America/Argentina/Buenos_Aires"), date(2008, 10, 19), 23 * 60),
    (ZoneInfo("America/Argentina/Buenos_Aires"), date(2009, 3, 14), 25 * 60),
    # Midnight is skipped, or comes twice; the evening before has the hour more.
    (ZoneInfo("America/Sao_Paulo"), date(2018, 11, 4), 23 * 60),
    (ZoneInfo("America/Sao_Paulo"), date(2018, 2, 17), 25 * 60),
    (ZoneInfo("America/Santiago"), date(2026, 9, 6), 23 * 60),
    (ZoneInfo("America/Santiago"), date(2026, 4, 4), 25 * 60),
    (ZoneInfo("America/Santiago"), date(2026, 4, 5), 24 * 60),
    (ZoneInfo("America/Havana"), date(2025, 11, 2), 25 * 60),
    # By half an hour, and a day that never was.
    (ZoneInfo("Australia/Lord_Howe"), date(2026, 4, 5), 24 * 60 + 30),
    (ZoneInfo("Pacific/Apia"), date(2011, 12, 30), 0),
]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def ones(busy: str) -> list[int]:
    """The numbers of the bits that are 1."""
    bits = "".join(f"{int(digit, 16):04b}" for digit in busy)
    return [number for number, bit in enumerate(bits) if bit == "1"]


@pytest.mark.parametrize(("zone", "day", "minutes"), DAYS, ids=lambda value: str(value))
def test_a_day_has_the_bits_of_its_real_length(zone: ZoneInfo, day: date, minutes: int) -> None:
    span = whole_day(day, zone)
    assert (span.end - span.start) // MINUTE == minutes
    bits = minutes // MINUTES_PER_BIT
    assert bits_of(span, ()) == "0" * (-(-bits // 4))
    assert ones(bits_of(span, [Span(span.start - MINUTE, span.end + MINUTE)])) == list(range(bits))


@pytest.mark.parametrize(
    ("zone", "day", "start", "first"),
    [
        (CORDOBA, date(2026, 12, 1), "2026-12-01T10:00-03:00", 120),
        # An hour after the change the clock is ahead of what has passed since midnight, or behind it.
        (ZoneInfo("America/Santiago"), date(2026, 9, 6), "2026-09-06T10:00-03:00", 108),
        (ZoneInfo("America/Santiago"), date(2026, 4, 4), "2026-04-04T23:00-03:00", 276),
        (ZoneInfo("America/Santiago"), date(2026, 4, 4), "2026-04-04T23:00-04:00", 288),
        (ZoneInfo("America/Sao_Paulo"), date(2018, 11, 4), "2018-11-04T01:00-02:00", 0),
        (ZoneInfo("America/Sao_Paulo"), date(2018, 2, 17), "2018-02-17T23:30-03:00", 294),
    ],
)
def test_a_bit_counts_what_has_passed_since_midnight(zone: ZoneInfo, day: date, start: str, first: int) -> None:
    claim = Span(at(start), at(start) + 30 * MINUTE)
    assert ones(bits_of(whole_day(day, zone), [claim])) == list(range(first, first + 6))


def test_the_digits_read_from_left_to_right_as_the_day_goes() -> None:
    day = whole_day(date(2026, 12, 1), CORDOBA)
    claims = [Span(day.start, day.start + 5 * MINUTE), Span(day.start + 35 * MINUTE, day.start + 60 * MINUTE)]
    assert bits_of(day, claims) == "81f" + "0" * 69


def test_what_is_taken_only_in_part_is_taken() -> None:
    day = whole_day(date(2026, 12, 1), CORDOBA)
    assert ones(bits_of(day, [Span(day.start + 4 * MINUTE, day.start + 6 * MINUTE)])) == [0, 1]
    assert ones(bits_of(day, [Span(day.start + 5 * MINUTE, day.start + 10 * MINUTE)])) == [1]


def test_a_claim_over_midnight_has_a_part_in_both_days_and_one_until_midnight_has_not() -> None:
    over = Span(at("2026-12-01T23:30-03:00"), at("2026-12-02T00:30-03:00"))
    assert local_days(over, CORDOBA) == [date(2026, 12, 1), date(2026, 12, 2)]
    assert local_days(Span(over.start, over.start + 30 * MINUTE), CORDOBA) == [date(2026, 12, 1)]


CLAIM = st.tuples(st.integers(-90, 26 * 60), st.integers(1, 300))


@given(st.sampled_from(DAYS), st.lists(CLAIM, max_size=8))
def test_the_bits_are_what_a_recount_minute_by_minute_says(
    of: tuple[ZoneInfo, date, int], claims: list[tuple[int, int]]
) -> None:
    zone, day, minutes = of
    span = whole_day(day, zone)
    taken = {minute for first, length in claims for minute in range(first, first + length) if 0 <= minute < minutes}
    spans = [Span(span.start + first * MINUTE, span.start + (first + length) * MINUTE) for first, length in claims]
    assert ones(bits_of(span, spans)) == sorted({minute // MINUTES_PER_BIT for minute in taken})
