"""Who may approve what another asked for."""

from uuid import uuid4

import pytest

from common.money import Money
from contracts.ids import AccountId
from payments.domain.approval import SamePerson, must_be_another, needs_second_person

LIMIT = Money(100_000_00, "ARS")


def test_one_person_may_move_up_to_the_limit_alone() -> None:
    assert not needs_second_person(LIMIT, LIMIT)
    assert needs_second_person(Money(LIMIT.minor + 1, "ARS"), LIMIT)


def test_nobody_approves_what_they_asked_for() -> None:
    one = AccountId(uuid4())
    with pytest.raises(SamePerson):
        must_be_another(one, one)
    must_be_another(one, AccountId(uuid4()))
