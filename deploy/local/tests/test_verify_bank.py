"""The judge's comparison of our payouts and movements with the bank's."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from localstack.verify.bank import Bank, movement_wrongs, payout_wrongs

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(minutes=5)
NAME = "barber.1"
Row = dict[str, Any]


def an_item(minor: int = 1000) -> Row:
    return {"id": NAME, "sandbox": {"amount_minor": minor}}


def a_movement(kind: str, minor: int, at: datetime = LONG_AGO) -> Row:
    return {
        "id": "7",
        "at": at.isoformat(),
        "kind": kind,
        "batch_item": NAME,
        "sandbox": {"amount_minor": minor},
    }


OUT = a_movement("transfer_out", -1000)
BACK = a_movement("transfer_returned", 1000)


def bank(*movements: Row, items: tuple[Row, ...] = (an_item(),)) -> Bank:
    return Bank.of([{"items": [one]} for one in items], movements, NOW)


def a_payout(status: str, minor: int = 1000) -> Row:
    return {"id": "1", "status": status, "amount_minor": minor}


@pytest.mark.parametrize(
    ("status", "there"),
    [
        ("approved", bank(items=())),
        ("sent", bank()),
        ("sent", bank(OUT)),
        ("executed", bank(OUT)),
        ("executed", bank(OUT, a_movement("transfer_returned", 1000, NOW))),
        ("reversed", bank(OUT, BACK)),
        ("failed", bank()),
        ("failed", bank(items=())),
        ("cancelled", bank(items=())),
    ],
)
def test_a_payout_agrees_with_the_bank(status: str, there: Bank) -> None:
    assert list(payout_wrongs(NAME, a_payout(status), there)) == []


@pytest.mark.parametrize(
    ("status", "there", "finding"),
    [
        ("executed", bank(), "never left the bank"),
        ("executed", bank(OUT, OUT), "paid it 2 times"),
        ("executed", bank(OUT, items=(an_item(), an_item())), "has it 2 times"),
        ("executed", bank(OUT, BACK), "it is executed, and came back"),
        ("executed", bank(a_movement("transfer_out", -999)), "and of [999] at the bank"),
        ("sent", bank(items=(an_item(1001),)), "and of [1001] at the bank"),
        ("failed", bank(OUT), "it is failed, and left the bank"),
        ("reversed", bank(OUT), "never came back"),
    ],
)
def test_a_payout_that_differs_from_the_bank_is_found(status: str, there: Bank, finding: str) -> None:
    (found,) = payout_wrongs(NAME, a_payout(status), there)
    assert finding in found


def test_a_transfer_that_we_know_nothing_of_is_found() -> None:
    assert list(payout_wrongs(NAME, None, bank(OUT))) == ["the bank has it, we do not"]


def ours(kind: str, minor: int, status: str) -> Row:
    return {"id": "7", "kind": kind, "amount_minor": minor, "status": status}


WITHDRAWN = a_movement("mp_withdrawal", 500)


@pytest.mark.parametrize(
    ("kept", "theirs", "booked", "findings"),
    [
        (ours("transfer_out", -1000, "explained"), OUT, 0, 0),
        (ours("mp_withdrawal", 500, "explained"), WITHDRAWN, 500, 0),
        (ours("other", 500, "suspense"), a_movement("other", 500), 500, 0),
        (None, a_movement("transfer_in", 500, NOW), 0, 0),
        (ours("mp_withdrawal", 500, "explained"), WITHDRAWN, 0, 1),
        (ours("transfer_out", -1000, "explained"), OUT, -1000, 1),
        (ours("mp_withdrawal", 501, "explained"), WITHDRAWN, 500, 1),
        (None, WITHDRAWN, 0, 1),
        (ours("mp_withdrawal", 500, "explained"), None, 500, 1),
        (None, None, 500, 1),
    ],
)
def test_a_movement_is_the_banks_and_booked_where_no_payout_accounts_for_it(
    kept: Row | None, theirs: Row | None, booked: int, findings: int
) -> None:
    assert len(list(movement_wrongs(kept, theirs, booked, NOW))) == findings
