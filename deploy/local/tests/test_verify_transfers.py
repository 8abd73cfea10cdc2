"""The judge's reading of clients' transfers, by the bank's own movements."""

import pytest

from localstack.reading import Row
from localstack.verify.transfers import as_payment, wrongs


def line(minor: int, kind: str = "transfer_in", name: str = "m-1") -> Row:
    return {"id": name, "kind": kind, "sandbox": {"amount_minor": minor}}


def test_a_transfer_is_shown_as_a_payment_less_what_was_transferred_back() -> None:
    lines = {"m-1": line(150_000), "m-2": line(-50_000, "transfer_out", "m-2")}
    (payment,) = as_payment("bank:m-1", "barber.1", ["bank:m-2", "bank:nowhere"], lines)
    assert payment["sandbox"] == {"captured_minor": 100_000, "refunded_minor": 50_000}
    assert (payment["status"], payment["refunds"]) == ("approved", [{"id": "bank:m-2", "amount": 500.0}])


def test_all_of_it_back_is_refunded() -> None:
    lines = {"m-1": line(150_000), "m-2": line(-150_000, "transfer_out", "m-2")}
    (payment,) = as_payment("bank:m-1", "barber.1", ["bank:m-2"], lines)
    assert payment["status"] == "refunded"


@pytest.mark.parametrize("lines", [{}, {"m-1": line(-150_000, "transfer_out")}])
def test_a_charge_without_its_movement_is_no_payment(lines: dict[str, Row]) -> None:
    assert list(as_payment("bank:m-1", "barber.1", [], lines)) == []


@pytest.mark.parametrize(
    ("status", "captures", "suspended", "is_wrong"),
    [
        (None, 0, 0, False),
        ("unmatched", 0, 0, False),
        ("matching", 1, 0, False),
        ("matched", 1, 0, False),
        ("suspense", 0, 150_000, False),
        ("matched", 0, 0, True),
        ("suspense", 0, 0, True),
        ("matched", 2, 0, True),
        ("matched", 2, -150_000, True),
        ("matched", 1, 150_000, True),
        ("suspense", 0, 149_999, True),
        (None, 1, 1, True),
    ],
)
def test_a_transfer_is_counted_once_or_in_suspense(
    status: str | None, captures: int, suspended: int, is_wrong: bool
) -> None:
    ours = {"id": "m-1", "status": status, "amount_minor": 150_000} if status is not None else None
    assert bool(list(wrongs(line(150_000), ours, captures, suspended))) == is_wrong


def test_another_amount_than_the_banks_shows() -> None:
    ours = {"id": "m-1", "status": "matched", "amount_minor": 149_999}
    assert list(wrongs(line(150_000), ours, 1, 0)) == ["we read 149999, the bank says 150000"]
