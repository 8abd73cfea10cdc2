"""How answers are counted."""

import httpx
import pytest
from tests.faults.recorded import Outcome, Recorded, Request, is_refused_by_a_rule, outcome_of


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (httpx.Response(201), Outcome.OK),
        (httpx.Response(409), Outcome.OK),
        (httpx.Response(429), Outcome.FAIL),
        (httpx.Response(503), Outcome.FAIL),
        (httpx.Response(502), Outcome.UNKNOWN),
        (httpx.Response(504), Outcome.UNKNOWN),
        (httpx.Response(500), Outcome.BROKEN),
        (httpx.ConnectError("refused"), Outcome.FAIL),
        (httpx.ReadTimeout("silent"), Outcome.UNKNOWN),
        (httpx.ReadError("reset"), Outcome.UNKNOWN),
    ],
)
def test_an_answer_or_its_absence_counts_as_what_its_sender_can_know(
    answer: httpx.Response | httpx.TransportError, outcome: Outcome
) -> None:
    assert outcome_of(answer) is outcome


def problem(status: int, slug: str) -> httpx.Response:
    return httpx.Response(
        status, json={"type": f"urn:barberpro:problem:{slug}"}, headers={"content-type": "application/problem+json"}
    )


@pytest.mark.parametrize(
    ("answer", "is_one"),
    [
        (problem(409, "already-cancelled"), True),
        (problem(422, "too-late"), True),
        (problem(409, "in-progress"), False),
        (problem(409, "booking-not-visible"), False),
        (problem(401, "unauthenticated"), False),
        (problem(429, "too-many-requests"), False),
        (problem(500, "internal-error"), False),
        (problem(503, "busy"), False),
        (httpx.Response(404), False),
        (httpx.Response(503, text="ConnectError"), False),
    ],
)
def test_only_a_rule_by_name_is_a_refusal_in_the_end(answer: httpx.Response, is_one: bool) -> None:
    assert is_refused_by_a_rule(answer) is is_one


def request(began: float, ended: float, outcome: Outcome = Outcome.OK, service: str = "booking") -> Request:
    return Request("see", service, began, ended, outcome, None)


def test_recovery_lasts_until_the_last_bad_end_of_what_began_after_the_healing() -> None:
    ends = [(1.0, 9.0, Outcome.FAIL), (5.0, 6.0, Outcome.UNKNOWN), (6.5, 7.0, Outcome.FAIL), (8.0, 8.1, Outcome.OK)]
    recorded = Recorded([request(*one) for one in ends])
    assert recorded.recovery(4.0) == pytest.approx(3.0)
    assert recorded.recovery(7.5) == 0


def test_it_is_calm_once_everything_has_ended_well_for_long_enough() -> None:
    recorded = Recorded([request(11, 12, Outcome.FAIL), request(12.5, 12.6)])
    assert unrest(recorded, 14.9) == "requests ended badly 2.9 s ago"
    assert unrest(recorded, 15.1) == ""


def test_it_is_not_calm_while_nothing_is_answered() -> None:
    assert unrest(Recorded([request(11, 12, Outcome.FAIL)]), 60) == "booking has not answered"


def test_it_is_not_calm_while_a_request_waits_for_longer_than_a_slow_answer_takes() -> None:
    recorded = Recorded([request(12, 12.1)])
    recorded.begin(11.5, "see")
    assert unrest(recorded, 16) == ""
    assert unrest(recorded, 16.5) == "see waits for an answer"
    recorded.end(request(11.5, 16.5))
    assert unrest(recorded, 16.5) == ""


def test_it_is_not_calm_before_each_service_has_answered() -> None:
    recorded = Recorded([request(12, 12.1)])
    assert unrest(recorded, 15, "booking", "identity") == "identity has not answered"
    recorded.requests.append(request(14, 14.1, service="identity"))
    assert unrest(recorded, 15, "booking", "identity") == ""


def unrest(recorded: Recorded, now: float, *services: str) -> str:
    """Healed at second 10, and to be calm for three."""
    return recorded.unrest(10, now, 3, services or ("booking",))
