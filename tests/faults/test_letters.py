"""What a fault makes a reader put aside is counted against it, unless that was the fault."""

from dataclasses import replace
from typing import Final

from tests.faults.letters import Parked, newly_parked

OLD: Final = Parked("booking", "barber", 1, "payment.confirmed", planted=False, reason="TooSlow after 3 attempts")
NEW: Final = replace(OLD, number=2)


def test_what_was_parked_before_is_nobody_s_fault() -> None:
    assert list(newly_parked(frozenset({OLD}), frozenset({OLD}))) == []


def test_a_valid_event_that_was_parked_meanwhile_is_wrong() -> None:
    (told,) = newly_parked(frozenset({OLD}), frozenset({OLD, NEW}))
    assert told == "booking/barber: an event of payment.confirmed was parked: TooSlow after 3 attempts"


def test_what_the_fault_itself_planted_is_as_it_should_be() -> None:
    assert list(newly_parked(frozenset(), frozenset({replace(NEW, planted=True)}))) == []


def test_many_are_told_as_a_few_and_their_number() -> None:
    many = frozenset(replace(NEW, number=number) for number in range(40))
    assert list(newly_parked(frozenset(), many))[5:] == ["40 events were parked in all"]
