"""A transfer's reference as people type it, and where the ledger has its money."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from services.payments.tests.test_domain import an_intent

from common.money import Money
from contracts.ids import PaymentId
from payments.domain.bank import Movement, MovementKind
from payments.domain.judgement import Outcome, judge
from payments.domain.position import Account, Place
from payments.domain.transfer import arrived, code_of, codes_in, went_back

INTENT = an_intent()
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
CODE = code_of(PaymentId(UUID("01a21a2c-1c61-73d7-bd92-83d7a1176827")))
BODY = CODE.removeprefix("BP")
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def moved(minor: int, kind: MovementKind = MovementKind.TRANSFER_IN) -> Movement:
    return Movement(f"mv-{minor}", NOW, kind, Money(minor))


@pytest.mark.parametrize(
    "text",
    [
        CODE,
        CODE.lower(),
        f"seña {CODE} gracias",
        f"BP {BODY[:4]} {BODY[4:]}",
        f"bp-{BODY[:4]}-{BODY[4:]}.",
        f"TURNO{CODE}ANA",
        f"BP{CODE}",
        CODE.replace("0", "O").replace("1", "l"),
    ],
)
def test_a_reference_is_found_however_it_was_typed(text: str) -> None:
    assert codes_in(text) == [CODE]


@pytest.mark.parametrize("text", [None, "", "BP", "seña", CODE[:-1], BODY, "BP" + "U" * 8, "ß" * 30])
def test_without_a_whole_reference_there_is_none(text: str | None) -> None:
    assert codes_in(text) == []


def test_every_wrong_character_shows() -> None:
    for at, right in enumerate(BODY):
        for wrong in set(LETTERS) - {right}:
            assert codes_in(f"BP{BODY[:at]}{wrong}{BODY[at + 1 :]}") == []


def test_every_swapped_pair_shows() -> None:
    for at in range(len(BODY) - 1):
        swapped = BODY[:at] + BODY[at + 1] + BODY[at] + BODY[at + 2 :]
        assert codes_in(f"BP{swapped}") == ([CODE] if swapped == BODY else [])


def test_two_references_are_both_found_and_one_twice_is_one() -> None:
    other = code_of(PaymentId(UUID("01a21a2c-1c78-7233-b9a4-882006398225")))
    assert codes_in(f"{CODE} {other}") == [CODE, other]
    assert codes_in(f"{CODE} {CODE}") == [CODE]


def test_what_was_transferred_is_at_the_bank_and_no_fee_is_kept() -> None:
    movement = moved(INTENT.amount.minor)
    ruling = judge(INTENT, [], [], arrived("barber", INTENT, movement), NOW)
    assert ruling.charge is not None
    assert (ruling.outcome, ruling.charge.at, ruling.charge.id) == (Outcome.APPLIED, Place.BANK, f"bank:{movement.id}")
    (entry,) = ruling.entries
    assert [(line.account, line.amount.minor) for line in entry.postings] == [
        (Account.BANK, movement.amount.minor),
        (Account.BOOKING_HELD, -movement.amount.minor),
    ]
    assert entry.reference == f"capture:bank:{movement.id}"


def test_what_was_transferred_back_left_the_bank() -> None:
    movement = moved(INTENT.amount.minor)
    paid = judge(INTENT, [], [], arrived("barber", INTENT, movement), NOW)
    assert paid.intent is not None
    assert paid.charge is not None
    back = moved(-INTENT.amount.minor, MovementKind.TRANSFER_OUT)
    seen = went_back("barber", paid.intent, paid.charge, [], replace(back, id="mv-back"))
    ruling = judge(paid.intent, [paid.charge], [], seen, NOW)
    (entry,) = ruling.entries
    assert [(line.account, line.amount.minor) for line in entry.postings] == [
        (Account.BANK, -INTENT.amount.minor),
        (Account.BOOKING_HELD, INTENT.amount.minor),
    ]
    assert entry.reference == "refund:bank:mv-back"


def test_of_many_references_only_so_many_are_read() -> None:
    many = [code_of(PaymentId(UUID(int=number))) for number in range(6)]
    assert codes_in(" ".join(many)) == many[:4]
