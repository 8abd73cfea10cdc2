"""The rules of series, over wall-clock times."""

from contextlib import suppress
from datetime import date, datetime, timedelta
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.domain.recurrence import MOST, occurrences
from booking.domain.refusals import InvalidRule, SeriesTooLong
from booking.domain.series import moved_by

MONDAY = datetime.fromisoformat("2026-03-02T10:00")


def days(rule: str, first: datetime = MONDAY) -> list[date]:
    return [at.date() for at in occurrences(rule, first)]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=WEEKLY;COUNT=3", [date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 16)]),
        ("RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=3", [date(2026, 3, 2), date(2026, 3, 16), date(2026, 3, 30)]),
        ("freq=weekly;byday=mo,th;count=3", [date(2026, 3, 2), date(2026, 3, 5), date(2026, 3, 9)]),
        ("FREQ=MONTHLY;COUNT=3", [date(2026, 3, 2), date(2026, 4, 2), date(2026, 5, 2)]),
        ("FREQ=MONTHLY;BYDAY=1MO;COUNT=3", [date(2026, 3, 2), date(2026, 4, 6), date(2026, 5, 4)]),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1;COUNT=3",
            [date(2026, 3, 2), date(2026, 4, 1), date(2026, 5, 1)],
        ),
        ("FREQ=MONTHLY;BYMONTHDAY=02;INTERVAL=02;COUNT=2", [date(2026, 3, 2), date(2026, 5, 2)]),
        ("FREQ=MONTHLY;BYMONTHDAY=2,3;BYSETPOS=1;COUNT=2", [date(2026, 3, 2), date(2026, 4, 2)]),
        ("FREQ=MONTHLY;BYMONTHDAY=2,-1;COUNT=3", [date(2026, 3, 2), date(2026, 3, 31), date(2026, 4, 2)]),
        ("FREQ=WEEKLY;UNTIL=20260316", [date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 16)]),
        ("FREQ=WEEKLY;COUNT=1", [date(2026, 3, 2)]),
    ],
)
def test_a_rule_gives_its_days(rule: str, expected: list[date]) -> None:
    assert days(rule) == expected


def test_a_month_without_the_day_is_passed_over() -> None:
    last = datetime.fromisoformat("2026-01-31T10:00")
    assert days("FREQ=MONTHLY;COUNT=3", last) == [date(2026, 1, 31), date(2026, 3, 31), date(2026, 5, 31)]


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "every monday",
        "FREQ=WEEKLY",
        "FREQ=DAILY;COUNT=3",
        "FREQ=SECONDLY;COUNT=3",
        "FREQ=WEEKLY;COUNT=3;UNTIL=20260316",
        "FREQ=WEEKLY;COUNT=0",
        "FREQ=WEEKLY;COUNT=-1",
        "FREQ=WEEKLY;COUNT=x",
        "FREQ=WEEKLY;INTERVAL=0;COUNT=3",
        "FREQ=WEEKLY;INTERVAL=13;COUNT=3",
        "FREQ=WEEKLY;COUNT=3;COUNT=4",
        "FREQ=WEEKLY;BYHOUR=1;COUNT=3",
        "FREQ=WEEKLY;BYDAY=XX;COUNT=3",
        "FREQ=WEEKLY;BYDAY=TU;COUNT=3",
        "FREQ=WEEKLY;UNTIL=tomorrow",
        "FREQ=WEEKLY;UNTIL=20260301",
        "FREQ=MONTHLY;BYMONTHDAY=x;COUNT=3",
        "FREQ=MONTHLY;BYMONTHDAY=32;COUNT=3",
        "FREQ=WEEKLY;BYSETPOS=400;COUNT=3",
        "FREQ=WEEKLY;WKST=8;COUNT=3",
        "FREQ=WEEKLY;COUNT=2;WKST=MO RRULE:FREQ=MINUTELY",
        "FREQ=WEEKLY;COUNT=2;WKST=MO\nEXRULE:FREQ=SECONDLY",
        "FREQ=WEEKLY;UNTIL=20260401 EXDATE:20260309T100000",
        "FREQ=WEEKLY;COUNT=\u0663",
        "FREQ=WEEKLY;BYDAY=2MO;COUNT=3",
        "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=2;COUNT=3",
        "FREQ=MONTHLY;BYMONTHDAY=2;BYSETPOS=2;COUNT=3",
        "FREQ=MONTHLY;BYDAY=5MO;BYMONTHDAY=2;COUNT=3",
        "FREQ=MONTHLY;BYDAY=1MO,TU;COUNT=3",
        "FREQ=MONTHLY;BYDAY=6MO;COUNT=3",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6;COUNT=3",
        "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=9;COUNT=3",
        "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31;COUNT=2",
    ],
)
def test_what_is_no_rule_of_appointments_is_refused(rule: str) -> None:
    with pytest.raises(InvalidRule):
        occurrences(rule, MONDAY)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=WEEKLY;COUNT=53",
        "FREQ=WEEKLY;COUNT=99999999999999999999",
        "FREQ=WEEKLY;UNTIL=20280101",
        "FREQ=MONTHLY;UNTIL=99991231",
        "FREQ=MONTHLY;COUNT=40",
        "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;UNTIL=20260801",
    ],
)
def test_more_than_fifty_two_or_two_years_are_refused(rule: str) -> None:
    with pytest.raises(SeriesTooLong):
        occurrences(rule, MONDAY)


@given(
    st.from_regex(
        r"FREQ=(WEEKLY|MONTHLY);COUNT=2(;(INTERVAL=12|BYDAY=[+-]?[1-5]?(MO|SU)|BYMONTHDAY=-?(31|29)|BYSETPOS=-?(5|1))){0,3}",
        fullmatch=True,
    ),
    st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001 - wall-clock
)
def test_no_rule_looks_for_its_days_longer_than_a_request_may_take(rule: str, first: datetime) -> None:
    began = process_time()
    with suppress(InvalidRule, SeriesTooLong):
        occurrences(rule, first)
    assert process_time() - began < 0.5


@given(
    st.text(alphabet="FREQINTVALCOUBYDMHSP=;,0123456789WKLMT-:", max_size=60)
    | st.builds(
        "FREQ={};{}={}".format,
        st.sampled_from(["WEEKLY", "MONTHLY"]),
        st.sampled_from(["COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYSETPOS", "INTERVAL"]),
        st.text(max_size=12),
    )
)
def test_whatever_is_sent_gives_at_most_fifty_two_starts_or_a_refusal(rule: str) -> None:
    try:
        found = occurrences(rule, MONDAY)
    except (InvalidRule, SeriesTooLong):
        return
    assert found[0] == MONDAY
    assert len(found) <= MOST
    assert found == sorted(set(found))
    assert found[-1] - MONDAY <= timedelta(days=732)


def test_the_others_go_as_many_days_on_and_to_the_same_time_of_day() -> None:
    there, after = (datetime.fromisoformat(each) for each in ("2026-03-04T17:30", "2026-03-11T17:30"))
    assert moved_by(MONDAY + timedelta(weeks=1), MONDAY, there) == after
