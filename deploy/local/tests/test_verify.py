"""The judge's reading of what others wrote down."""

import pytest

from localstack.verify.evidence import taken_and_returned


@pytest.mark.parametrize(
    ("left", "returned", "figures"), [(4000, 0, (4000, 0)), (2000, 2000, (4000, 2000)), (0, 4000, (4000, 4000))]
)
def test_a_payment_given_back_was_taken_whole(left: int, returned: int, figures: tuple[int, int]) -> None:
    payment = {"sandbox": {"captured_minor": left, "refunded_minor": returned}}
    assert taken_and_returned(payment) == figures
