"""The judge's reading of clients' credit, by its movements."""

from uuid import UUID

import pytest

from localstack.reading import Row
from localstack.verify.credit import as_payment, wrongs

CLIENT = UUID("11111111-1111-7111-8111-111111111111")


def move(kind: str, minor: int, reference: str = "credit:p-1") -> Row:
    return {"payment_id": "p-1", "kind": kind, "reference": reference, "amount_minor": minor}


@pytest.mark.parametrize(("back", "left", "status"), [(50_000, 100_000, "approved"), (150_000, 0, "refunded")])
def test_what_was_spent_is_shown_as_a_payment_less_what_came_back(back: int, left: int, status: str) -> None:
    moves = [move("spent", -150_000), move("returned", back, "credit:refund:r-1")]
    (payment,) = as_payment("barber.p-1", "p-1", moves)
    assert (payment["id"], payment["status"], payment["external_reference"]) == ("credit:p-1", status, "barber.p-1")
    assert payment["sandbox"] == {"captured_minor": left, "refunded_minor": back}
    assert payment["refunds"] == [{"id": "credit:refund:r-1", "amount": back / 100}]


def test_what_only_came_back_is_no_payment() -> None:
    assert list(as_payment("barber.p-1", "p-1", [move("returned", 1)])) == []


@pytest.mark.parametrize(("balance", "moved", "count"), [(5, 5, 0), (0, 0, 0), (6, 5, 1), (-1, -1, 1), (-1, 0, 2)])
def test_a_credit_is_the_sum_of_what_changed_it_and_never_below_zero(balance: int, moved: int, count: int) -> None:
    assert len(list(wrongs({"client_id": CLIENT, "balance_minor": balance, "moved_minor": moved}))) == count
