"""A fault is not survived when one of these rules is broken: shown without a stack."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final

from tests.faults.catalogue import Fault
from tests.faults.recorded import Outcome, Recorded, Request
from tests.faults.rules import Course, wrongs
from tests.faults.site import Site


@asynccontextmanager
async def nothing(_site: Site) -> AsyncIterator[None]:
    yield


FAULT: Final = Fault("kill:thing", nothing)
BAD: Final = Request("see", "booking", 101.0, 112.0, Outcome.FAIL, 503)


def course(*requests: Request, unrest: str = "") -> Course:
    """Begun at second 90, healed at second 100."""
    return Course(Recorded(list(requests)), 90.0, 100.0, 100.0, unrest)


def told(fault: Fault, seen: Course) -> Sequence[str]:
    return tuple(wrongs(fault, seen))


def test_what_recovers_in_time_is_survived() -> None:
    assert told(FAULT, course(BAD)) == ()


def test_what_recovers_later_than_promised_is_broken() -> None:
    assert told(replace(FAULT, recovery=10.0), course(BAD)) == ("recovery took 12.0 s, promised are 10",)


def test_what_is_not_seen_to_be_well_again_is_broken() -> None:
    late = "all was not well again in the 60 s that are promised: identity has not answered"
    assert told(FAULT, course(BAD, unrest="identity has not answered")) == (late,)


def test_one_bad_end_is_too_many_where_nobody_may_notice() -> None:
    assert told(replace(FAULT, seamless=True), course(BAD)) == ("clients noticed: see 503",)


def test_a_service_that_was_hardly_asked_meanwhile_has_shown_nothing() -> None:
    good = [Request("me", "identity", 80.0 + 5 * number, 99.0, Outcome.OK, 200) for number in range(5)]
    rolling = replace(FAULT, seamless=True, asks="identity")
    assert told(rolling, course(*good)) == ()
    assert told(rolling, course(*good[:4])) == ("identity was asked 2 times while it lasted",)
