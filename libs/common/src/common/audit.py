"""The audit log: who did what to whom, on record with the transaction it happened in.

A use case queues entries with `Work.audit`; they are inserted with its transaction and wait for nobody. Afterwards
`common.audit_chain` links them by hashes and publishes the head, and `common.audit_check` looks whether it all holds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias
from uuid import UUID

from sqlalchemy import text

from common.db import Session, statement
from contracts.ids import AccountId, new_id

Actor: TypeAlias = AccountId | Literal["system", "guest"]
"""An account, the product itself, or whoever came without an account."""
SYSTEM: Final[Actor] = "system"
GUEST: Final[Actor] = "guest"

INSERT_ENTRIES: Final = statement(
    text("""
        INSERT INTO audit_entry (id, action, actor, subject, vertical, trace_id, detail)
        SELECT *
        FROM unnest(CAST(:ids AS uuid[]), CAST(:actions AS text[]), CAST(:actors AS text[]), CAST(:subjects AS uuid[]),
                    CAST(:verticals AS text[]), CAST(:traces AS text[]), CAST(:details AS jsonb[]))
    """)
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What is put on record: ids and facts, no personal data. `subject` is whose or what it was done to."""

    action: str
    actor: Actor
    subject: UUID | None = None
    detail: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Queued:
    """An entry and the trace it was made in."""

    entry: Entry
    trace_id: str | None


async def insert_entries(session: Session, scope: str, queued: Sequence[Queued]) -> None:
    """All of them in one statement."""
    entries = [each.entry for each in queued]
    await session.run(
        INSERT_ENTRIES,
        ids=[new_id() for _ in entries],
        actions=[entry.action for entry in entries],
        actors=[str(entry.actor) for entry in entries],
        subjects=[entry.subject for entry in entries],
        verticals=[scope] * len(entries),
        traces=[each.trace_id for each in queued],
        details=[dict(entry.detail) for entry in entries],
    )
