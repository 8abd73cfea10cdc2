"""What a charge's changes post: every step by its own name, and in the end what the charge shows."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from services.payments.tests.test_domain import an_intent

from common.money import Money
from contracts.ids import PaymentId, new_id
from payments.domain.charge import CONTESTED, Charge, ChargeId, ChargeStatus, RefundSeen
from payments.domain.intent import Intent
from payments.domain.ledger import Entry, earn, entries_of, lacks_hold, position_of

_NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
_ZERO = Money(0)


def a_charge(minor: int = 100_000) -> Charge:
    """Captured, and nothing else has happened."""
    return Charge(
        ChargeId("1"),
        PaymentId(new_id()),
        ChargeStatus.APPROVED,
        "accredited",
        "visa",
        _NOW,
        Money(minor),
        refunded=_ZERO,
        fee=_ZERO,
        withheld=_ZERO,
        lost=_ZERO,
    )


@st.composite
def next_states(draw: st.DrawFn, before: Charge) -> tuple[Charge, list[RefundSeen]]:
    """What may have become of a charge, and the refunds that were made meanwhile."""
    refunds, left = [], before.left.minor
    for _ in range(draw(st.integers(0, 2))):
        amount = draw(st.integers(0, left))
        left -= amount
        if amount:
            refunds.append(RefundSeen(str(new_id()), Money(amount), done=True))
    lost = draw(st.sampled_from([0, left]))
    after = replace(
        before,
        status=draw(st.sampled_from([ChargeStatus.APPROVED, *CONTESTED])),
        updated_at=before.updated_at + timedelta(seconds=1),
        refunded=before.refunded + Money(sum(refund.amount.minor for refund in refunds)),
        fee=Money(draw(st.integers(0, 10_000))),
        withheld=Money(draw(st.integers(0, 10_000))),
        lost=before.lost + Money(lost),
        released=draw(st.booleans()),
    )
    return after, refunds


def posted(entries: list[Entry]) -> dict[str, int]:
    """The accounts' balances."""
    sums: Counter[str] = Counter()
    for entry in entries:
        for line in entry.postings:
            sums[line.account.value] += line.amount.minor
    return {account: minor for account, minor in sums.items() if minor}


def shown(intent: Intent, charge: Charge) -> dict[str, int]:
    return {account.value: amount.minor for account, amount in position_of(intent, charge).balances().items()}


@given(st.data(), st.integers(1, 10**9), st.booleans(), st.integers(0, 3))
def test_the_ledger_ends_where_the_charge_stands(
    data: st.DataObject, minor: int, surplus: bool, earned_before: int
) -> None:
    intent, charge = an_intent(), replace(a_charge(minor), surplus=surplus)
    charge, first = entries_of(intent, None, charge, [])
    entries = list(first)
    for step in range(4):
        if step == earned_before:
            entries += earn(intent, charge)
            intent = replace(intent, earned=True)
        after, refunds = data.draw(next_states(charge))
        charge, more = entries_of(intent, charge, after, refunds)
        entries += more
        assert posted(entries) == shown(intent, charge)
    references = [entry.reference for entry in entries]
    assert len(set(references)) == len(references)


def test_each_step_is_booked_under_the_name_of_its_effect() -> None:
    intent, refund = an_intent(), RefundSeen("r7", Money(25_000), done=True)
    seen = replace(a_charge(), fee=Money(6_290), refunded=Money(25_000), released=True)
    charge, entries = entries_of(intent, None, seen, [refund])
    assert [entry.reference for entry in entries] == ["capture:1", "fees:1:1", "refund:r7", "release:1:2"]
    again, nothing = entries_of(intent, charge, replace(charge, detail="another word"), [])
    assert nothing == ()
    assert again.entries == charge.entries == 2


def test_a_dispute_takes_what_was_earned_back_until_it_is_decided() -> None:
    intent = replace(an_intent(), earned=True)
    charge, _ = entries_of(intent, None, a_charge(), [])
    contested, (hold,) = entries_of(intent, charge, replace(charge, status=ChargeStatus.IN_MEDIATION), [])
    assert posted([hold])["provider_payable"] == 87_900
    won, (back,) = entries_of(intent, contested, replace(contested, status=ChargeStatus.APPROVED), [])
    assert posted([hold, back]) == {}
    assert won.entries == 2


def test_what_is_surplus_is_nobodys_to_earn() -> None:
    assert earn(an_intent(), replace(a_charge(), surplus=True)) == ()


def test_a_service_that_brought_nothing_shares_out_nothing() -> None:
    assert earn(an_intent(), replace(a_charge(), refunded=Money(100_000))) == ()


def test_a_hold_that_an_older_version_did_not_book_is_not_taken_back() -> None:
    intent, known = an_intent(), a_charge()
    _, captured = entries_of(intent, None, known, [])
    contested = replace(known, status=ChargeStatus.IN_MEDIATION)
    assert lacks_hold(contested)
    _, won = entries_of(intent, contested, known, [])
    assert posted([*captured, *won]) == shown(intent, known)


def test_a_hold_that_an_older_version_did_not_book_is_booked_with_what_changes_next() -> None:
    intent, known = an_intent(), a_charge()
    _, captured = entries_of(intent, None, known, [])
    contested = replace(known, status=ChargeStatus.IN_MEDIATION)
    after, booked = entries_of(intent, contested, replace(contested, fee=Money(500)), [])
    assert not lacks_hold(after)
    assert posted([*captured, *booked]) == shown(intent, after)
