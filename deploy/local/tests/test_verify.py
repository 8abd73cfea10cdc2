"""The judge's reading of what others wrote down."""

from collections.abc import Sequence

import pytest

from localstack.verify.evidence import taken_and_returned
from localstack.verify.judge import MOST_LOOKS, look_until_sure
from localstack.verify.verdict import Verdict, verdict


@pytest.mark.parametrize(
    ("left", "returned", "figures"), [(4000, 0, (4000, 0)), (2000, 2000, (4000, 2000)), (0, 4000, (4000, 4000))]
)
def test_a_payment_given_back_was_taken_whole(left: int, returned: int, figures: tuple[int, int]) -> None:
    payment = {"sandbox": {"captured_minor": left, "refunded_minor": returned}}
    assert taken_and_returned(payment) == figures


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
