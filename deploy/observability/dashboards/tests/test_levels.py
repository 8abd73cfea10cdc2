"""The table of service levels, from answers alone."""

import math

import pytest

from dashboards.observe.levels import Line, Verdict, exit_status, questions, table
from dashboards.promises import CACHE_HITS, PROMISES, Level, Share, promised

REQUESTS = Share("requests", 0.999, "good", "everything")
FAST = Share("fast", 0.95, "good", "everything", above=False)
AGE = Level("age", 60, "max(age)", "s")


def line_of(indicator: Share | Level, answers: dict[str, float | None]) -> Line:
    (line,) = table(answers, [indicator])
    return line


def counted(good: float | None, everything: float | None) -> dict[str, float | None]:
    return {"sum(good)": good, "sum(everything)": everything}


def test_a_promise_kept_is_ok() -> None:
    line = line_of(REQUESTS, counted(9_999, 10_000))
    assert (line.verdict, line.value, line.events, line.shown) == (Verdict.OK, 0.9999, 10_000, "99.990 %")


def test_a_promise_broken_is_missed() -> None:
    assert line_of(REQUESTS, counted(998, 1_000)).verdict is Verdict.MISSED


def test_more_than_is_not_exactly() -> None:
    assert line_of(REQUESTS, counted(999, 1_000)).verdict is Verdict.MISSED
    assert line_of(FAST, counted(95, 100)).verdict is Verdict.OK


@pytest.mark.parametrize("everything", [None, 0.0, math.nan])
def test_without_events_nothing_is_known(everything: float | None) -> None:
    line = line_of(REQUESTS, counted(None, everything))
    assert (line.verdict, line.value, line.events) == (Verdict.UNKNOWN, None, None)


def test_events_of_which_none_was_good_are_a_miss_and_not_unknown() -> None:
    assert line_of(REQUESTS, counted(None, 3)).verdict is Verdict.MISSED


@pytest.mark.parametrize("value", [None, math.nan, math.inf])
def test_a_level_without_a_figure_is_unknown(value: float | None) -> None:
    assert line_of(AGE, {"max(age)": value}).verdict is Verdict.UNKNOWN


def test_a_level_is_kept_up_to_its_limit() -> None:
    assert line_of(AGE, {"max(age)": 60}).verdict is Verdict.OK
    assert line_of(AGE, {"max(age)": 61}).verdict is Verdict.MISSED


def test_what_no_program_counts_is_unknown_and_says_why() -> None:
    line = line_of(Share("cache", 0.85, None, None), {})
    assert (line.verdict, line.shown) == (Verdict.UNKNOWN, "not counted")


def test_no_answers_at_all_pass_nothing() -> None:
    lines = table({})
    assert len(lines) == len(PROMISES)
    assert {line.verdict for line in lines} == {Verdict.UNKNOWN}
    assert exit_status(lines) == 3


def test_good_answers_to_every_question_miss_nothing() -> None:
    at_rest = {one.expr: 0.0 for one in PROMISES if isinstance(one, Level)}
    answers = {expr: at_rest.get(expr, 100.0) for expr in questions()}
    unknown = [line.indicator for line in table(answers) if line.verdict is not Verdict.OK]
    assert unknown == [CACHE_HITS.name]


@pytest.mark.parametrize(
    ("verdicts", "status"),
    [
        ([Verdict.OK], 0),
        ([Verdict.OK, Verdict.UNKNOWN], 3),
        ([Verdict.UNKNOWN, Verdict.MISSED], 1),
        ([], 3),
    ],
)
def test_the_exit_status_tells_missed_from_unknown(verdicts: list[Verdict], status: int) -> None:
    assert exit_status([Line("one", "", None, "", None, verdict) for verdict in verdicts]) == status


def test_what_no_program_counts_gets_no_panel() -> None:
    with pytest.raises(ValueError, match="no program counts Cache hits"):
        promised(CACHE_HITS)
