"""How a dispute stands, reckoned from what it shows of itself and from its payment; and which files are documents."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import BodyTooLarge, Refusal
from common.money import Money
from contracts.ids import BookingId, PaymentId, ProviderId, new_id
from payments.domain.charge import Charge, ChargeId, ChargeStatus, Contest, Snapshot, contest_of
from payments.domain.dispute import Dispute, DisputeId, DisputeKind, DisputeSeen, DisputeStatus, Papers, decided_by
from payments.domain.document import (
    DocumentsNotWanted,
    DocumentsTooLate,
    MediaType,
    TooManyDocuments,
    UnknownDocument,
    kind_of,
    must_take,
)

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
ZERO, ALL = Money(0), Money(150_000)
APPROVED = (ChargeStatus.APPROVED, "accredited")
OPEN = (ChargeStatus.CHARGED_BACK, "in_process")
LOST = (ChargeStatus.CHARGED_BACK, "settled")
WON = (ChargeStatus.CHARGED_BACK, "reimbursed")
BACK = (ChargeStatus.REFUNDED, "refunded")
MEDIATED = (ChargeStatus.IN_MEDIATION, "pending")


def a_dispute(**changes: Any) -> Dispute:
    made = Dispute(
        id=DisputeId("217"),
        kind=DisputeKind.CHARGEBACK,
        charge_id=ChargeId("880"),
        intent_id=PaymentId(new_id()),
        booking_id=BookingId(new_id()),
        provider_id=ProviderId(new_id()),
        amount=ALL,
        status=DisputeStatus.OPENED,
        papers=Papers.NOT_APPLICABLE,
        wanted=False,
        eligible=False,
        coverage=None,
        deadline=None,
        contested=False,
        opened_at=NOW,
        updated_at=NOW,
    )
    return replace(made, **changes)


def a_charge(state: tuple[ChargeStatus, str]) -> Charge:
    status, detail = state
    return Charge(
        ChargeId("880"), PaymentId(new_id()), status, detail, "visa", NOW, ALL, ZERO, fee=ZERO, withheld=ZERO, lost=ZERO
    )


def a_snapshot(state: tuple[ChargeStatus, str]) -> Snapshot:
    status, detail = state
    return Snapshot(ChargeId("880"), None, "1", status, detail, ALL, ZERO, "visa", NOW, fee=ZERO, withheld=ZERO)


def shown(at: datetime, **changes: Any) -> DisputeSeen:
    seen = DisputeSeen(DisputeId("217"), DisputeKind.CHARGEBACK, (ChargeId("880"),), opened_at=NOW, updated_at=at)
    return replace(seen, **changes)


@pytest.mark.parametrize(
    ("state", "contest"),
    [
        (APPROVED, Contest.NONE),
        (BACK, Contest.NONE),
        (MEDIATED, Contest.OPEN),
        (OPEN, Contest.OPEN),
        ((ChargeStatus.CHARGED_BACK, "a detail of the future"), Contest.OPEN),
        (LOST, Contest.LOST),
        (WON, Contest.WON),
        ((ChargeStatus.APPROVED, "settled"), Contest.NONE),
    ],
)
def test_a_payment_says_by_status_and_detail_whose_the_money_is(
    state: tuple[ChargeStatus, str], contest: Contest
) -> None:
    assert contest_of(*state) is contest


@pytest.mark.parametrize(
    ("known", "state", "status"),
    [
        ({}, OPEN, "opened"),
        ({"wanted": True, "papers": Papers.PENDING}, OPEN, "documents_due"),
        ({"wanted": True, "papers": Papers.REVIEW_PENDING}, OPEN, "in_review"),
        ({"wanted": True, "papers": Papers.NOT_SUPPLIED}, OPEN, "in_review"),
        ({"coverage": True}, OPEN, "won"),
        ({"coverage": False}, OPEN, "lost"),
        ({}, LOST, "lost"),
        ({}, WON, "won"),
        ({"coverage": False}, WON, "won"),
        ({"contested": True}, APPROVED, "won"),
        ({"contested": True}, BACK, "lost"),
        ({}, APPROVED, "opened"),
        ({"kind": DisputeKind.CLAIM}, MEDIATED, "opened"),
        ({"kind": DisputeKind.CLAIM, "coverage": True}, MEDIATED, "won"),
    ],
)
def test_how_a_dispute_stands(known: dict[str, Any], state: tuple[ChargeStatus, str], status: str) -> None:
    after = a_dispute(**known).followed(a_charge(state), NOW)
    assert (after.status, after.is_decided, after.decided_at) == (
        status,
        status in {"won", "lost"},
        NOW if status in {"won", "lost"} else None,
    )


def test_a_decision_keeps_its_date_until_there_is_another_one() -> None:
    won = a_dispute(contested=True).followed(a_charge(WON), NOW)
    later = NOW + timedelta(days=1)
    assert won.followed(a_charge(APPROVED), later).decided_at == NOW
    assert won.followed(a_charge(LOST), later).decided_at == later
    assert won.followed(a_charge(OPEN), later).decided_at is None


def test_what_is_older_than_what_is_known_is_dropped() -> None:
    known = a_dispute(coverage=True)
    assert known.shown(shown(NOW - timedelta(seconds=1), coverage=None)) == known
    assert known.shown(shown(NOW + timedelta(seconds=1), coverage=None)).coverage is None


@given(st.permutations(range(4)), st.integers(1, 3))
def test_whatever_the_order_the_newest_is_what_counts(order: list[int], times: int) -> None:
    told = [shown(NOW + timedelta(hours=hour), papers=papers) for hour, papers in enumerate(list(Papers)[:4])]
    dispute = a_dispute(updated_at=NOW - timedelta(days=1))
    for each in order * times:
        dispute = dispute.shown(told[each])
    assert (dispute.papers, dispute.updated_at) == (told[-1].papers, told[-1].updated_at)


@pytest.mark.parametrize(
    ("coverages", "state", "contest"),
    [
        ([], OPEN, Contest.OPEN),
        ([None], OPEN, Contest.OPEN),
        ([True], OPEN, Contest.WON),
        ([False], OPEN, Contest.LOST),
        ([True, None], OPEN, Contest.OPEN),
        ([True, False], OPEN, Contest.LOST),
        ([False], WON, Contest.WON),
        ([True], LOST, Contest.LOST),
        ([False], APPROVED, Contest.NONE),
    ],
)
def test_a_chargebacks_verdict_counts_only_while_its_payment_has_none(
    coverages: list[bool | None], state: tuple[ChargeStatus, str], contest: Contest
) -> None:
    disputes = [a_dispute(coverage=coverage) for coverage in coverages]
    assert decided_by(a_snapshot(state), disputes).contest is contest


def test_a_claims_verdict_moves_no_money() -> None:
    claim = a_dispute(kind=DisputeKind.CLAIM, coverage=False)
    assert decided_by(a_snapshot(OPEN), [claim]).contest is Contest.OPEN


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.4", MediaType.PDF),
        (b"\x89PNG\r\n\x1a\n", MediaType.PNG),
        (b"\xff\xd8\xff\xe0", MediaType.JPEG),
        (b" %PDF-1.4", None),
        (b"<html>", None),
        (b"", None),
    ],
)
def test_a_file_is_what_its_first_bytes_say(content: bytes, kind: MediaType | None) -> None:
    if kind is None:
        with pytest.raises(UnknownDocument):
            kind_of(content)
    else:
        assert kind_of(content) is kind


@pytest.mark.parametrize(
    ("known", "size", "files", "refusal"),
    [
        ({}, 1, 9, None),
        ({}, 1024 * 1024, 0, None),
        ({}, 1024 * 1024 + 1, 0, BodyTooLarge),
        ({"deadline": NOW}, 1, 0, DocumentsTooLate),
        ({"deadline": None}, 1, 0, None),
        ({"status": DisputeStatus.IN_REVIEW}, 1, 0, DocumentsNotWanted),
        ({}, 1, 10, TooManyDocuments),
    ],
)
def test_which_files_are_taken(known: dict[str, Any], size: int, files: int, refusal: type[Refusal] | None) -> None:
    due = {"status": DisputeStatus.DOCUMENTS_DUE, "deadline": NOW + timedelta(seconds=1)}
    dispute = a_dispute(**(due | known))
    if refusal is None:
        must_take(dispute, b"x" * size, files, NOW)
    else:
        with pytest.raises(refusal):
            must_take(dispute, b"x" * size, files, NOW)
