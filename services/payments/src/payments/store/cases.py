"""Cases as a person sees and settles them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text

from common.db import Row, Session, statement
from common.money import Money
from contracts.ids import AccountId, BookingId, PaymentId, RefundId, new_id
from payments.domain.settling import Settlement, SettlementOutcome
from payments.store.ledger import Case

# What a person has settled with the very same figures is no news.
OPEN_DIFFERENCE: Final = statement(
    text("""
        INSERT INTO reconciliation_case AS known
               (id, kind, subject, intent_id, booking_id, found, currency, ours_minor, theirs_minor)
        SELECT CAST(:id AS uuid), CAST(:kind AS text), CAST(:subject AS text), CAST(:intent_id AS uuid),
               CAST(:booking_id AS uuid), CAST(:found AS text), CAST(:currency AS text), CAST(:ours AS bigint),
               CAST(:theirs AS bigint)
        WHERE NOT EXISTS (SELECT FROM reconciliation_case WHERE subject = :subject AND kind = :kind AND found = :found)
        ON CONFLICT (kind, subject) WHERE closed_at IS NULL
        DO UPDATE SET times = known.times + 1, seen_at = app_now(), found = excluded.found,
               ours_minor = excluded.ours_minor, theirs_minor = excluded.theirs_minor
    """)
)
PAGE_CASES: Final = statement(
    text("""
        SELECT * FROM reconciliation_case
        WHERE (closed_at IS NULL) = :open AND (CAST(:kind AS text) IS NULL OR kind = :kind) AND id > :after
        ORDER BY id LIMIT :most
    """)
)
CASES_ABOUT: Final = statement(
    text("""
        SELECT * FROM reconciliation_case
        WHERE subject = ANY(CAST(:subjects AS text[])) OR intent_id = ANY(CAST(:intent_ids AS uuid[]))
        ORDER BY id DESC LIMIT :most
    """)
)
FIND_CASE: Final = statement(text("SELECT * FROM reconciliation_case WHERE id = :id"))
LOCK_CASE: Final = statement(text("SELECT * FROM reconciliation_case WHERE id = :id FOR UPDATE"))
SETTLE_CASE: Final = statement(
    text("""
        UPDATE reconciliation_case SET closed_at = app_now(), outcome = :outcome, note = :note, settled_by = :settled_by
        WHERE id = :id AND closed_at IS NULL
    """)
)
FIND_SETTLER: Final = statement(
    text("""
        SELECT settled_by FROM reconciliation_case
        WHERE kind = :kind AND subject = :subject AND settled_by IS NOT NULL ORDER BY closed_at DESC LIMIT 1
    """)
)
CLOSE_CASES: Final = statement(
    text("""
        UPDATE reconciliation_case SET closed_at = app_now()
        WHERE subject = :subject AND kind = ANY (CAST(:kinds AS text[])) AND closed_at IS NULL
    """)
)
SLOW_REFUND: Final = "refund_fails"
"""The case of one that is tried and tried."""
ABOUT_REFUNDS: Final = ("refund_refused", "refund_failed", "refund_exceeds_capture", "refund_by_bank")
"""Cases whose subject is a refund that was given up, or left to people."""


@dataclass(frozen=True, slots=True)
class KnownCase:
    """A case with its history. `ours` and `theirs` are the figures that differ, of those that have any."""

    id: UUID
    kind: str
    subject: str
    intent_id: PaymentId | None
    booking_id: BookingId | None
    found: str
    times: int
    opened_at: datetime
    seen_at: datetime
    closed_at: datetime | None
    ours: Money | None
    theirs: Money | None
    settlement: Settlement | None


async def open_difference(session: Session, case: Case, ours: Money | None, theirs: Money | None) -> None:
    """Open a case with both figures, or count the open one once more; nothing when it is known with those figures."""
    figure = ours or theirs
    await session.run(
        OPEN_DIFFERENCE,
        id=new_id(),
        kind=case.kind,
        subject=case.subject,
        intent_id=case.intent.id if case.intent is not None else None,
        booking_id=case.intent.booking_id if case.intent is not None else None,
        found=case.found,
        currency=figure.currency if figure is not None else None,
        ours=ours.minor if ours is not None else None,
        theirs=theirs.minor if theirs is not None else None,
    )


async def page_cases(session: Session, *, is_open: bool, kind: str | None, after: UUID, most: int) -> list[KnownCase]:
    """The next cases, oldest first."""
    rows = await session.all(PAGE_CASES, open=is_open, kind=kind, after=after, most=most)
    return [_case(row) for row in rows]


async def find_cases_about(
    session: Session, subjects: Sequence[str], intent_ids: Sequence[PaymentId], most: int
) -> list[KnownCase]:
    """Cases about any of these, newest first."""
    rows = await session.all(CASES_ABOUT, subjects=subjects, intent_ids=intent_ids, most=most)
    return [_case(row) for row in rows]


async def find_case(session: Session, case_id: UUID) -> KnownCase | None:
    """One case."""
    row = await session.one(FIND_CASE, id=case_id)
    return _case(row) if row is not None else None


async def lock_case(session: Session, case_id: UUID) -> KnownCase | None:
    """One case, to be settled."""
    row = await session.one(LOCK_CASE, id=case_id)
    return _case(row) if row is not None else None


async def settle_case(session: Session, case_id: UUID, settlement: Settlement) -> None:
    """A person is done with it."""
    await session.run(
        SETTLE_CASE,
        id=case_id,
        outcome=settlement.outcome,
        note=settlement.note,
        settled_by=settlement.settled_by,
    )


async def find_settler(session: Session, kind: str, subject: str) -> AccountId | None:
    """Who settled such a case last; None when nobody did."""
    found: UUID | None = await session.value(FIND_SETTLER, kind=kind, subject=subject)
    return AccountId(found) if found is not None else None


async def close_case(session: Session, kind: str, subject: str) -> None:
    """What a person was to settle has settled itself."""
    await session.run(CLOSE_CASES, subject=subject, kinds=[kind])


async def close_cases_of_refund(session: Session, refund_id: RefundId) -> None:
    """The refund was made after all: nobody has to look any more."""
    await session.run(CLOSE_CASES, subject=str(refund_id), kinds=[*ABOUT_REFUNDS, SLOW_REFUND])


def _case(row: Row) -> KnownCase:
    names = ("id", "kind", "subject", "intent_id", "booking_id", "found", "times", "opened_at", "seen_at", "closed_at")
    return KnownCase(
        **{name: row[name] for name in names},
        ours=_figure(row, "ours_minor"),
        theirs=_figure(row, "theirs_minor"),
        settlement=_settlement(row) if row["outcome"] is not None else None,
    )


def _figure(row: Row, name: str) -> Money | None:
    return Money(row[name], row["currency"]) if row[name] is not None else None


def _settlement(row: Row) -> Settlement:
    return Settlement(SettlementOutcome(row["outcome"]), row["note"], AccountId(row["settled_by"]))
