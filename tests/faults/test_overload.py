"""An overload counts only when it was one, and everybody who is turned away is told when to come back."""

from dataclasses import replace
from typing import Final

import pytest
from bench.load import Load, Outcome, failure
from tests.faults.overload import endure
from tests.faults.strike import DidNotStrike

WANTED: Final = Load(8080, 600, 30.0, rate=300.0)
CROWD: Final = Outcome(100.0, 900.0, 2100.0, made=3000, sent=9000, failures={"503": 5000, "429": 1000})


def test_who_is_told_when_to_come_back_is_not_let_down() -> None:
    endure(WANTED, CROWD)


def test_less_than_nine_tenths_of_what_was_wanted_is_no_overload() -> None:
    endure(WANTED, replace(CROWD, sent=8100))
    with pytest.raises(DidNotStrike, match="8099 bookings were offered where 300 bookings a second make 9000"):
        endure(WANTED, replace(CROWD, sent=8099))


def test_where_nobody_was_turned_away_it_was_no_overload() -> None:
    with pytest.raises(DidNotStrike, match="nobody was turned away"):
        endure(WANTED, replace(CROWD, failures={}))


@pytest.mark.parametrize("what", ["500", "no answer", "connection lost", failure(503, b"http/1.1 503 x\r\na: b")])
def test_whoever_is_not_told_is_let_down(what: str) -> None:
    with pytest.raises(AssertionError, match=what):
        endure(WANTED, replace(CROWD, failures={"503": 5000, what: 1}))


def test_a_busy_answer_without_retry_after_is_counted_apart() -> None:
    assert failure(503, b"http/1.1 503 busy\r\nretry-after: 1") == "503"
    assert failure(429, b"http/1.1 429 too many\r\nserver: x") == "429 without Retry-After"
    assert failure(500, b"http/1.1 500 oops") == "500"
