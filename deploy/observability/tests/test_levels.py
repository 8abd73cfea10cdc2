"""The table of service levels, from answers alone."""

import math

import pytest

from localstack.layout import CHECKOUT
from observability.objectives import LEVELS, MEMORY_LIMIT_MIB, OBJECTIVES, Counted, Level, Objective, Ready
from observability.observe.levels import Line, Verdict, exit_status, questions, table

REQUESTS = Objective("requests", 0.999, Counted("everything", bad="bad"))
FAST = Objective("fast", 0.95, Counted("everything", good="good"), minimum=50, above=False)
UP = Objective("up", 0.999, Ready("ready"), above=False)
AGE = Level("age", 60, "max(age)", "s")


def line_of(indicator: Objective | Level, answers: dict[str, float | None]) -> Line:
    (line,) = table(answers, [indicator])
    return line


def counted(everything: float | None, **part: float | None) -> dict[str, float | None]:
    return {"sum(everything)": everything, **{f"sum({which})": count for which, count in part.items()}}


def test_a_promise_kept_is_ok() -> None:
    line = line_of(REQUESTS, counted(10_000, bad=1))
    assert (line.verdict, line.value, line.events, line.shown) == (Verdict.OK, 0.9999, 10_000, "99.990 %")


def test_a_promise_broken_is_missed() -> None:
    assert line_of(REQUESTS, counted(1_000, bad=2)).verdict is Verdict.MISSED


def test_more_than_is_not_exactly() -> None:
    assert line_of(REQUESTS, counted(1_000, bad=1)).verdict is Verdict.MISSED
    assert line_of(FAST, counted(100, good=95)).verdict is Verdict.OK


@pytest.mark.parametrize("everything", [None, 0.0, math.nan])
@pytest.mark.parametrize("objective", [REQUESTS, FAST], ids=["bad", "good"])
def test_without_events_nothing_is_known(objective: Objective, everything: float | None) -> None:
    line = line_of(objective, counted(everything))
    assert (line.verdict, line.value, line.events) == (Verdict.UNKNOWN, None, None)


def test_a_counter_that_nothing_has_touched_is_no_event_of_its_kind() -> None:
    assert line_of(REQUESTS, counted(100)).verdict is Verdict.OK
    assert line_of(FAST, counted(100)).verdict is Verdict.MISSED


def test_a_share_of_a_few_is_shown_and_proves_nothing() -> None:
    line = line_of(FAST, counted(FAST.minimum - 1, good=3))
    assert (line.verdict, line.events) == (Verdict.UNKNOWN, FAST.minimum - 1)
    assert line.value == pytest.approx(3 / (FAST.minimum - 1))


def test_readiness_is_the_watched_part_of_the_worst_service() -> None:
    watched: dict[str, float | None] = {"sum(count_over_time(ready[5m]))": 60.0, "min(avg_over_time(ready[5m]))": 0.95}
    line = line_of(UP, watched)
    assert (line.verdict, line.value, line.events) == (Verdict.MISSED, 0.95, 60)
    assert line_of(UP, {}).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("value", [None, math.nan, math.inf])
def test_a_level_without_a_figure_is_unknown(value: float | None) -> None:
    assert line_of(AGE, {"max(age)": value}).verdict is Verdict.UNKNOWN


def test_the_memory_of_a_program_is_held_against_what_it_may_have() -> None:
    template = CHECKOUT / "deploy" / "k8s" / "base" / "template"
    for told in (template / "api.yaml", template / "worker.yaml"):
        assert f"limits: {{memory: {MEMORY_LIMIT_MIB}Mi," in told.read_text()
    assert f"mem_limit: {MEMORY_LIMIT_MIB}m" in (CHECKOUT / "docker-compose.yml").read_text()


def test_a_level_is_kept_up_to_its_limit() -> None:
    assert line_of(AGE, {"max(age)": 60}).verdict is Verdict.OK
    assert line_of(AGE, {"max(age)": 61}).verdict is Verdict.MISSED


def test_no_answers_at_all_pass_nothing() -> None:
    lines = table({})
    assert len(lines) == len(OBJECTIVES) + len(LEVELS)
    assert {line.verdict for line in lines} == {Verdict.UNKNOWN}
    assert exit_status(lines) == 3


def test_good_answers_to_every_question_miss_nothing_and_leave_nothing_unknown() -> None:
    answers: dict[str, float | None] = {one.expr: 0.0 for one in LEVELS}
    for one in OBJECTIVES:
        everything, part = questions([one])
        perfect = 1.0 if isinstance(one.of, Ready) else 0.0 if one.of.bad else 1000.0
        answers |= {everything: 1000.0, part: perfect}
    assert {line.verdict for line in table(answers)} == {Verdict.OK}


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
