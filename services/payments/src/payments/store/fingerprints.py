"""The ledger beside what the audit log keeps of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text

from common.db import Row, Session, statement

# Entries from before fingerprints were kept have none.
PAGE_BOOKED: Final = statement(
    text("""
        SELECT t.id, t.kind, t.reference, a.detail ->> 'sha256' AS sha256,
               array_agg(p.account ORDER BY p.line) AS accounts, array_agg(p.currency ORDER BY p.line) AS currencies,
               array_agg(p.amount_minor ORDER BY p.line) AS amounts
        FROM ledger_transaction t JOIN ledger_posting p ON p.transaction_id = t.id
             LEFT JOIN audit_entry a ON a.subject = t.id AND a.action = 'ledger.booked'
        WHERE t.id > :after AND t.id >= (
            SELECT subject FROM audit_entry WHERE action = 'ledger.booked' ORDER BY at, id LIMIT 1)
        GROUP BY t.id, a.id ORDER BY t.id LIMIT :most
    """)
)
PAGE_KEPT: Final = statement(
    text("""
        SELECT a.id, a.subject, EXISTS (SELECT FROM ledger_transaction WHERE id = a.subject) AS is_there
        FROM audit_entry a WHERE a.action = 'ledger.booked' AND a.id > :after ORDER BY a.id LIMIT :most
    """)
)


@dataclass(frozen=True, slots=True)
class Booked:
    """An entry as the ledger has it, and the fingerprint the audit log has of it; None when it has none."""

    id: UUID
    kind: str
    reference: str
    lines: Sequence[tuple[str, str, int]]
    fingerprint: str | None


async def page_booked(session: Session, after: UUID, most: int) -> list[Booked]:
    """The next entries by id, since fingerprints are kept."""
    rows = await session.all(PAGE_BOOKED, after=after, most=most)
    return [Booked(row["id"], row["kind"], row["reference"], _lines(row), row["sha256"]) for row in rows]


async def page_vanished(session: Session, after: UUID, most: int) -> tuple[UUID | None, Sequence[UUID]]:
    """The last of at most `most` fingerprints by id, and which of their entries the ledger has no more."""
    rows = await session.all(PAGE_KEPT, after=after, most=most)
    return (rows[-1]["id"] if rows else None), [row["subject"] for row in rows if not row["is_there"]]


def _lines(row: Row) -> list[tuple[str, str, int]]:
    return list(zip(row["accounts"], row["currencies"], row["amounts"], strict=True))
