"""The pure rules: which state follows which, signatures, references, entries, waiting times."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from common.money import Money
from contracts.ids import AccountId, BookingId, PaymentId, ProviderId, RefundId, new_id
from payments.domain import attempt as attempts
from payments.domain.attempt import Attempt, AttemptStatus
from payments.domain.backoff import delay, spread
from payments.domain.charge import ChargeId, ChargeStatus, RefundSeen, Snapshot, may_follow
from payments.domain.intent import MOVES, IllegalMoveError, Intent, IntentStatus
from payments.domain.ledger import Entry, EntryKind, Posting, UnbalancedEntryError
from payments.domain.position import Account
from payments.domain.reference import Reference, parse_reference
from payments.domain.refund import Refund, RefundOrigin, RefundStatus, match_refunds
from payments.domain.signature import BadSignature, check_signature, manifest, parse_signature
from payments.domain.tariff import Tariff

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
# As written in the facts the project builds on, arrow by arrow, and how a dispute may end and be decided anew.
INTENT_TABLE = {
    "created": "awaiting_payer processing cancelled",
    "awaiting_payer": "processing authorized paid cancelled expired",
    "processing": "authorized paid awaiting_payer cancelled",
    "authorized": "paid cancelled",
    "paid": "disputed partially_refunded refunded",
    "partially_refunded": "partially_refunded refunded disputed",
    "disputed": "paid partially_refunded refunded dispute_lost",
    "cancelled": "paid_late",
    "expired": "paid_late",
    "paid_late": "paid refunded",
    "refunded": "",
    "dispute_lost": "disputed",
}
ATTEMPT_TABLE = {
    "new": "sent unknown declined cancelled",
    "sent": "pending authorized succeeded declined unknown cancelled",
    "unknown": "sent pending authorized succeeded declined cancelled",
    "pending": "sent pending authorized succeeded declined cancelled",
    "authorized": "succeeded cancelled",
    "cancelled": "succeeded",
    "declined": "",
    "succeeded": "",
}


def an_intent(status: IntentStatus = IntentStatus.AWAITING_PAYER, minor: int = 100_000) -> Intent:
    return Intent(
        id=PaymentId(new_id()),
        version=1,
        booking_id=BookingId(new_id()),
        client_id=AccountId(new_id()),
        provider_id=ProviderId(new_id()),
        status=status,
        amount=Money(minor),
        captured=Money.zero(),
        refunded=Money.zero(),
        collector_id="1",
        city="Córdoba",
        province="X",
        expires_at=NOW,
        created_at=NOW,
        tariff=Tariff(1000, 2100),
    )


@pytest.mark.parametrize("before", IntentStatus)
def test_an_intent_moves_only_as_written(before: IntentStatus) -> None:
    assert {after.value for after in MOVES[before]} == set(INTENT_TABLE[before.value].split())
    for after in IntentStatus:
        with nullcontext() if after in MOVES[before] else pytest.raises(IllegalMoveError):
            assert an_intent(before).to(after).status is after


@pytest.mark.parametrize("before", AttemptStatus)
def test_an_attempt_moves_only_as_written(before: AttemptStatus) -> None:
    assert {after.value for after in attempts.MOVES[before]} == set(ATTEMPT_TABLE[before.value].split())
    attempt = Attempt(PaymentId(new_id()), 1, before)
    for after in AttemptStatus:
        allowed = after is before or after in attempts.MOVES[before]
        with nullcontext() if allowed else pytest.raises(IllegalMoveError):
            assert attempt.to(after).status is after


@pytest.mark.parametrize(
    ("before", "after", "allowed"),
    [
        ("pending", "approved", True),
        ("in_process", "refunded", True),
        ("pending", "charged_back", True),
        ("authorized", "cancelled", True),
        ("approved", "refunded", True),
        ("charged_back", "approved", True),
        ("rejected", "approved", False),
        ("cancelled", "approved", False),
        ("refunded", "approved", False),
        ("approved", "pending", False),
        ("authorized", "rejected", False),
    ],
)
def test_a_charge_may_skip_states_but_never_go_back(before: str, after: str, *, allowed: bool) -> None:
    assert may_follow(ChargeStatus(before), ChargeStatus(after)) is allowed


def test_money_for_a_given_up_intent_is_late_and_may_still_go_back() -> None:
    late = an_intent(IntentStatus.EXPIRED).paid("visa", NOW)
    assert (late.status, late.captured) == (IntentStatus.PAID_LATE, Money(100_000))
    assert late.gave_back(Money(100_000)).status is IntentStatus.REFUNDED
    part = late.gave_back(Money(40_000))
    assert (part.status, part.gave_back(Money(60_000)).status) == (
        IntentStatus.PARTIALLY_REFUNDED,
        IntentStatus.REFUNDED,
    )


def test_a_payment_seen_before_our_own_call_was_answered_opens_the_intent() -> None:
    assert an_intent(IntentStatus.CREATED).paid("visa", NOW).status is IntentStatus.PAID


def test_the_published_vector_of_the_signature_is_accepted() -> None:
    assert manifest("123456", "rq-1", "1704908010") == "id:123456;request-id:rq-1;ts:1704908010;"
    header = "ts=1704908010,v1=c5c69e0851bafb54356bdb0da6fe70b7909e294c3130a34b3567d307c3317b12"
    made = check_signature(header, "123456", "rq-1", ["s3cr3t"])
    assert made.signed_at == datetime(2024, 1, 10, 17, 33, 30, tzinfo=UTC)
    assert check_signature(header, "123456", "rq-1", ["the new one", "s3cr3t"]) == made


@pytest.mark.parametrize(
    ("header", "data_id", "request_id"),
    [
        ("ts=1704908010,v1=c5c69e0851bafb54356bdb0da6fe70b7909e294c3130a34b3567d307c3317b12", "123457", "rq-1"),
        ("ts=1704908010,v1=c5c69e0851bafb54356bdb0da6fe70b7909e294c3130a34b3567d307c3317b12", "123456", "rq-2"),
        ("ts=1704908011,v1=c5c69e0851bafb54356bdb0da6fe70b7909e294c3130a34b3567d307c3317b12", "123456", "rq-1"),
        ("ts=1704908010,v1=c5c69e0851bafb54356bdb0da6fe70b7909e294c3130a34b3567d307c3317b13", "123456", "rq-1"),
        ("ts=1704908010,v1=", "123456", "rq-1"),
        ("ts=1704908010", "123456", "rq-1"),
        ("v1=c5c69e0851bafb54356bdb0da6fe70b7909e294c3130a34b3567d307c3317b12", "123456", "rq-1"),
        ("ts=٣,v1=c5c69e08", "123456", "rq-1"),
        ("ts=1704908010,v1=ñandú", "123456", "rq-1"),
        ("", "123456", "rq-1"),
        ("ts=" + "9" * 400 + ",v1=00", "123456", "rq-1"),
    ],
)
def test_any_other_signature_is_refused(header: str, data_id: str, request_id: str) -> None:
    with pytest.raises(BadSignature):
        check_signature(header, data_id, request_id, ["s3cr3t"])


def test_a_missing_part_is_left_out_of_the_manifest_whole() -> None:
    assert manifest("", "rq-1", "1") == "request-id:rq-1;ts:1;"
    assert manifest("1", "", "2") == "id:1;ts:2;"


def test_the_age_is_read_in_seconds_or_milliseconds_and_counts_in_days() -> None:
    seconds, milliseconds = parse_signature("ts=1795176000,v1=00"), parse_signature("ts=1795176000123,v1=00")
    assert milliseconds.signed_at - seconds.signed_at == timedelta(milliseconds=123)
    seconds.must_be_current(seconds.signed_at + timedelta(days=6))
    with pytest.raises(BadSignature):
        seconds.must_be_current(seconds.signed_at + timedelta(days=8))


def test_a_reference_comes_back_as_it_went() -> None:
    reference = Reference("barber", PaymentId(new_id()))
    assert parse_reference(str(reference)) == reference


@pytest.mark.parametrize("text", [None, "", "barber", "barber.", "barber.1", ".x", "barber." + "0" * 32, "a.b.c"])
def test_what_we_did_not_write_is_no_reference(text: str | None) -> None:
    assert parse_reference(text) is None


def test_an_entry_that_does_not_sum_to_zero_cannot_be_made() -> None:
    lines = (Posting(Account.PSP_CLEARING, Money(100)), Posting(Account.BOOKING_HELD, Money(-99)))
    with pytest.raises(UnbalancedEntryError):
        Entry(EntryKind.CAPTURE, "capture:1", lines)


def test_waiting_doubles_up_to_a_limit() -> None:
    waits = [delay(tries, timedelta(seconds=1), timedelta(seconds=10)).seconds for tries in (0, 1, 2, 3, 4, 5, 10**6)]
    assert waits == [1, 1, 2, 4, 8, 10, 10]


def test_what_failed_together_comes_back_apart_and_the_same_one_always_at_the_same_time() -> None:
    ids = [new_id() for _ in range(200)]
    waits = [spread(timedelta(seconds=100), each) for each in ids]
    assert waits == [spread(timedelta(seconds=100), each) for each in ids]
    assert all(timedelta(seconds=100) <= wait < timedelta(seconds=120) for wait in waits)
    assert len(set(waits)) > 100


def a_refund(minor: int, status: RefundStatus, found_id: str | None = None) -> Refund:
    refund_id, intent_id = RefundId(new_id()), PaymentId(new_id())
    made = Refund(refund_id, intent_id, ChargeId("1"), Money(minor), RefundOrigin.BOOKING, "policy", status)
    return replace(made, found_id=found_id)


def test_refunds_found_are_told_by_their_id_else_by_the_amount_of_the_one_in_flight() -> None:
    done = a_refund(100, RefundStatus.DONE, "r1")
    sent = a_refund(200, RefundStatus.SENT)
    named = a_refund(300, RefundStatus.SENT, "r3")
    found = tuple(RefundSeen(f"r{n}", Money(n * 100), done=n != 5) for n in (1, 2, 3, 4, 5))
    seen = Snapshot(
        ChargeId("1"),
        None,
        "1",
        ChargeStatus.APPROVED,
        "",
        Money(9_900),
        Money(1_000),
        "visa",
        NOW,
        Money(0),
        Money(0),
        refunds=found,
    )
    assert [(match.seen.id, match.refund) for match in match_refunds(seen, [done, sent, named])] == [
        ("r2", sent),
        ("r3", named),
        ("r4", None),
    ]
