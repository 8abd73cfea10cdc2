"""The fee function alone: what calling off and not coming cost, and how that is explained."""

from datetime import UTC, datetime, timedelta

import pytest

from booking.domain.policy import Code, Fee, Kept, Occasion, Party, Policy, Step, fee
from booking.domain.refusals import TooLateToMove, TooManyMoves
from common.errors import Refusal
from common.money import Money

START = datetime(2026, 12, 1, 13, tzinfo=UTC)
PRICE = Money(1_000_000)
POLICY = Policy(
    "barber-2",
    [Step(timedelta(hours=12), 100), Step(timedelta(hours=3), 50)],
    no_show_percent=60,
    max_reschedules=2,
    reschedule_notice=timedelta(hours=3),
)


def paid(due: int = 300_000, beyond: int = 0) -> Kept:
    return Kept(Money(due), Money(beyond))


def cancelled(hours: float, kept: Kept | None = None, by: Party = Party.CLIENT, policy: Policy = POLICY) -> Fee:
    return fee(policy, PRICE, kept or paid(), Occasion.CANCEL, START, START - timedelta(hours=hours), by)


def missed(kept: Kept, percent: int) -> Fee:
    policy = Policy("v", POLICY.steps, no_show_percent=percent)
    return fee(policy, PRICE, kept, Occasion.NO_SHOW, START, START, Party.PROVIDER)


def in_pesos(due: Fee) -> tuple[int, int, int, int]:
    return due.amount.minor // 100, due.kept.minor // 100, due.refund.minor // 100, due.owed.minor // 100


@pytest.mark.parametrize(
    ("hours", "amounts", "rule"),
    [
        (13, (0, 0, 3000, 0), "notice-of-12-h"),
        (12, (0, 0, 3000, 0), "notice-of-12-h"),
        (11.9, (1500, 1500, 1500, 0), "notice-of-3-h"),
        (3, (1500, 1500, 1500, 0), "notice-of-3-h"),
        (2.9, (3000, 3000, 0, 0), "notice-too-short"),
        (-1, (3000, 3000, 0, 0), "notice-too-short"),
    ],
)
def test_a_client_who_cancels_pays_by_notice(hours: float, amounts: tuple[int, ...], rule: str) -> None:
    due = cancelled(hours)
    assert (in_pesos(due), due.rule) == (amounts, rule)


def test_what_was_paid_beyond_the_due_goes_back_whole_and_that_is_said() -> None:
    due = cancelled(4, paid(beyond=700_000))
    assert in_pesos(due) == (1500, 1500, 8500, 0)
    assert Code.BEYOND in [step.code for step in due.explain]


@pytest.mark.parametrize("by", [Party.PROVIDER, Party.STAFF, Party.SYSTEM])
def test_whoever_else_cancels_gives_all_of_it_back(by: Party) -> None:
    due = cancelled(1, paid(beyond=700_000), by)
    assert (in_pesos(due), due.rule) == ((0, 0, 10_000, 0), f"cancelled-by-{by.side.value}")


def test_a_cancellation_of_what_was_not_paid_costs_nothing() -> None:
    assert in_pesos(cancelled(1, paid(0))) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("kept", "percent", "amounts"),
    [
        (paid(), 100, (10_000, 3000, 0, 7000)),
        (paid(beyond=700_000), 100, (10_000, 10_000, 0, 0)),
        (paid(), 20, (2000, 2000, 1000, 0)),
        (paid(), 30, (3000, 3000, 0, 0)),
        (paid(beyond=700_000), 50, (5000, 5000, 5000, 0)),
        (paid(0), 50, (5000, 0, 0, 5000)),
        (paid(), 0, (0, 0, 3000, 0)),
    ],
)
def test_what_was_paid_covers_a_missed_appointment_first_and_the_rest_goes_back_or_is_owed(
    kept: Kept, percent: int, amounts: tuple[int, ...]
) -> None:
    assert in_pesos(missed(kept, percent)) == amounts


@pytest.mark.parametrize("hours", [20, 5, 1])
@pytest.mark.parametrize("kept", [paid(0), paid(1), paid(), paid(beyond=700_000)])
def test_nothing_is_lost_or_made_up(hours: float, kept: Kept) -> None:
    for due in (cancelled(hours, kept), cancelled(hours, kept, Party.SYSTEM), missed(kept, 33)):
        assert (due.kept + due.refund, due.kept + due.owed) == (kept.whole, due.amount)


def test_the_steps_of_a_late_cancellation_are_told_in_order_with_their_numbers() -> None:
    steps = [(step.code, step.amount, step.percent, step.hours) for step in cancelled(4).explain]
    assert steps == [
        (Code.PAID, Money(300_000), None, None),
        (Code.NOTICE, None, 50, 3),
        (Code.KEPT, Money(150_000), None, None),
        (Code.REFUND, Money(150_000), None, None),
    ]


def test_a_policy_without_steps_gives_nothing_back() -> None:
    assert in_pesos(cancelled(99, policy=Policy("v", []))) == (3000, 3000, 0, 0)


@pytest.mark.parametrize(("moved", "hours"), [(0, 3), (1, 30)])
def test_a_client_may_move_it_so_often_and_so_late(moved: int, hours: float) -> None:
    POLICY.allow_move(moved, START, START - timedelta(hours=hours))


@pytest.mark.parametrize(
    ("moved", "hours", "refusal"), [(2, 30, TooManyMoves), (0, 2.9, TooLateToMove), (0, -1, TooLateToMove)]
)
def test_a_client_moves_it_no_oftener_and_no_later(moved: int, hours: float, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        POLICY.allow_move(moved, START, START - timedelta(hours=hours))


def test_a_booking_from_before_there_was_a_cap_moves_freely_until_it_starts() -> None:
    before = Policy("barber-1", POLICY.steps)
    before.allow_move(99, START, START - timedelta(seconds=1))
    with pytest.raises(TooLateToMove):
        before.allow_move(0, START, START)
