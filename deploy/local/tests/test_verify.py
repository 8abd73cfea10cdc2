"""The judge's reading of what others wrote down."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from localstack.verify.bookings import _expected
from localstack.verify.cancellations import Cancellation, may_keep
from localstack.verify.evidence import taken_and_returned
from localstack.verify.judge import MOST_LOOKS, look_until_sure
from localstack.verify.verdict import Verdict, verdict


@pytest.mark.parametrize(
    ("left", "returned", "figures"), [(4000, 0, (4000, 0)), (2000, 2000, (4000, 2000)), (0, 4000, (4000, 4000))]
)
def test_a_payment_given_back_was_taken_whole(left: int, returned: int, figures: tuple[int, int]) -> None:
    payment = {"sandbox": {"captured_minor": left, "refunded_minor": returned}}
    assert taken_and_returned(payment) == figures


START = datetime(2026, 11, 20, 15, tzinfo=UTC)
POLICY = json.dumps({"steps": [{"minutes": 720, "percent": 100}, {"minutes": 180, "percent": 50}]})


@pytest.mark.parametrize(
    ("by", "hours", "withdrawn", "kept"),
    [
        ("client", 13, False, 0),
        ("client", 4, False, 150_000),
        ("client", 1, False, 300_000),
        ("client", 1, True, 0),
        ("provider", 1, False, 0),
    ],
)
def test_a_cancelled_booking_keeps_what_its_policy_says_unless_it_was_withdrawn_from(
    by: str, hours: int, withdrawn: bool, kept: int
) -> None:
    booking = {"cancelled_by": by, "policy": POLICY, "starts_at": START, "due_minor": 300_000}
    called_off = Cancellation(START - timedelta(hours=hours), 300_000, 0, withdrawn)
    assert may_keep(booking, called_off) == kept


@pytest.mark.parametrize(("before", "total", "held"), [(0, 0, 150_000), (0, 1000, 149_000), (1000, 1000, 150_000)])
def test_what_others_gave_back_after_a_cancellation_is_not_held(before: int, total: int, held: int) -> None:
    policy = {"policy": POLICY, "starts_at": START, "due_minor": 300_000}
    booking = {"status": "cancelled", "cancelled_by": "client", **policy}
    called_off = Cancellation(START - timedelta(hours=4), 300_000, before, withdrawn=False)
    assert _expected(booking, called_off, total) == held


def test_what_others_gave_back_of_a_confirmed_booking_is_not_held() -> None:
    booking = {"status": "confirmed", "due_minor": 300_000, "balance_minor": 100_000}
    assert _expected(booking, None, 50_000) == 350_000


class Looks:
    """What each look finds, `broken` or not, and whether something `moved` meanwhile; the last is found for ever."""

    def __init__(self, *found: str) -> None:
        self.left, self.taken = list(found), 0

    async def __call__(self) -> tuple[Sequence[Verdict], bool]:
        self.taken += 1
        found = self.left.pop(0) if len(self.left) > 1 else self.left[0]
        return [verdict("I5", "promise", 1, ["lost"] if "broken" in found else [])], "moved" in found


@pytest.mark.parametrize(
    ("found", "looks", "kept"),
    [
        (["well"], 1, True),
        (["broken", "well"], 2, True),
        (["broken, moved", "broken, moved", "well"], 3, True),
        (["broken, moved", "broken"], 2, False),
        (["broken"], 2, False),
        (["broken, moved"], MOST_LOOKS, False),
    ],
)
async def test_what_seems_broken_is_looked_at_again_while_something_moves(
    found: list[str], looks: int, kept: bool
) -> None:
    look = Looks(*found)
    (one,) = await look_until_sure(look)
    assert (look.taken, one.kept) == (looks, kept)
