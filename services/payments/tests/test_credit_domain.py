"""Credit without a database: what a charge of it is, where its money stands, and who decides on a grant."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from services.payments.tests.test_domain import an_intent

from common.money import Money
from contracts.ids import AccountId, CreditId, RefundId, new_id
from payments.domain.approval import NotAwaitingApproval, SamePerson
from payments.domain.charge import RefundSeen
from payments.domain.credit import (
    CreditAccount,
    CreditKind,
    CreditMovement,
    CreditStatus,
    NotEnoughCredit,
    credit_entry,
    paid_with,
    refund_name,
    returned,
    spent,
    taken_back,
    went_back,
)
from payments.domain.judgement import Outcome, judge
from payments.domain.position import Account, Place

INTENT = an_intent()
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
ALL = INTENT.amount.minor
ONE, OTHER = AccountId(new_id()), AccountId(new_id())
GRANT = CreditMovement(
    id=CreditId(new_id()),
    client_id=INTENT.client_id,
    kind=CreditKind.GRANTED,
    amount=Money(ALL),
    reference="credit:1",
    created_at=NOW,
    status=CreditStatus.AWAITING_APPROVAL,
    granted_by=ONE,
)


def test_what_was_paid_with_credit_is_owed_to_the_client_no_more_and_no_fee_is_kept() -> None:
    ruling = judge(INTENT, [], [], paid_with("barber", INTENT, NOW), NOW)
    assert ruling.charge is not None
    assert (ruling.outcome, ruling.charge.at, ruling.charge.id) == (
        Outcome.APPLIED,
        Place.CREDIT,
        f"credit:{INTENT.id}",
    )
    (entry,) = ruling.entries
    assert entry.reference == f"capture:credit:{INTENT.id}"
    assert [(line.account, line.amount.minor) for line in entry.postings] == [
        (Account.BOOKING_HELD, -ALL),
        (Account.CLIENT_CREDIT, ALL),
    ]


def test_what_goes_back_is_owed_to_the_client_again() -> None:
    paid = judge(INTENT, [], [], paid_with("barber", INTENT, NOW), NOW)
    assert paid.intent is not None
    assert paid.charge is not None
    name = refund_name(RefundId(new_id()))
    seen = went_back("barber", INTENT, paid.charge, [], RefundSeen(name, Money(ALL), done=True), NOW)
    ruling = judge(paid.intent, [paid.charge], [], seen, NOW + timedelta(days=1))
    (entry,) = ruling.entries
    assert entry.reference == f"refund:{name}"
    assert [(line.account, line.amount.minor) for line in entry.postings] == [
        (Account.BOOKING_HELD, ALL),
        (Account.CLIENT_CREDIT, -ALL),
    ]


def test_a_grant_is_given_up_revenue_and_what_is_taken_back_is_revenue_again() -> None:
    account = CreditAccount(INTENT.client_id, Money(ALL))
    given, back = credit_entry(GRANT), credit_entry(taken_back(CreditId(new_id()), account, NOW))
    assert [(line.account, line.amount.minor) for line in given.postings] == [
        (Account.CLIENT_CREDIT, -ALL),
        (Account.COMMISSION_REVENUE, ALL),
    ]
    assert [line.amount.minor for line in back.postings] == [ALL, -ALL]


def test_what_is_spent_and_what_comes_back_are_named_after_the_payment_and_the_refund() -> None:
    refund_id = RefundId(new_id())
    out, back = spent(CreditId(new_id()), INTENT, NOW), returned(CreditId(new_id()), INTENT, refund_id, Money(1), NOW)
    assert (out.amount, out.reference, out.payment_id) == (Money(-ALL), f"credit:{INTENT.id}", INTENT.id)
    assert (back.amount, back.reference, back.payment_id) == (Money(1), f"credit:refund:{refund_id}", INTENT.id)


@pytest.mark.parametrize("there", [Money(0), Money(ALL - 1), Money(10 * ALL, "USD")])
def test_it_covers_all_or_nothing(there: Money) -> None:
    with pytest.raises(NotEnoughCredit) as refused:
        CreditAccount(ONE, there).must_cover(Money(ALL))
    assert refused.value.extra == {
        "credit": there.minor / 100 if there.currency == "ARS" else 0,
        "wanted": ALL / 100,
    }
    CreditAccount(ONE, Money(ALL)).must_cover(Money(ALL))


def test_another_person_decides_on_a_grant_that_waits_and_once() -> None:
    approved = GRANT.approved(OTHER)
    assert (approved.status, approved.approved_by) == (CreditStatus.DONE, OTHER)
    assert GRANT.rejected(OTHER).status is CreditStatus.REJECTED
    for decide in (GRANT.approved, GRANT.rejected):
        with pytest.raises(SamePerson):
            decide(ONE)
    for known in (approved, replace(GRANT, status=CreditStatus.DONE)):
        with pytest.raises(NotAwaitingApproval):
            known.approved(OTHER)
