"""The audit chain: who did what to whom, append-only, each entry hashed over the one before it.

`audit.sql` creates it (a migration calls `common.migration.lay_audit`). A transaction queues its entries with
`Work.audit` and they are appended as its last statement: the chain's head is locked from there to the commit, and
nothing else is waited for meanwhile. The head itself is published as `audit.sealed`, so that what is cut off the end
of the table is missed; `common.audit_check` looks for that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias
from uuid import UUID

import structlog
from sqlalchemy import text

from common.db import Session, statement
from contracts.audit import AuditSealed
from contracts.ids import AccountId

log = structlog.get_logger()
Actor: TypeAlias = AccountId | Literal["system", "guest"]
"""An account, the product itself, or whoever came without an account."""
SYSTEM: Final[Actor] = "system"
GUEST: Final[Actor] = "guest"
SEAL_SECONDS: Final = 30.0

APPEND: Final = statement(text("SELECT audit_append(:vertical, :entries)"))
FIND_HEAD: Final = statement(text("SELECT sequence, hash FROM audit_head"))
PAGE_ENTRIES: Final = statement(
    text("""
        SELECT sequence, at, action, actor, CAST(subject AS text) AS subject, vertical, trace_id,
               CAST(detail AS text) AS detail, previous, hash
        FROM audit_entry WHERE sequence > :after ORDER BY sequence LIMIT :most
    """)
)
LOCK_SEAL: Final = statement(
    text("""
        SELECT audit_seal.sequence AS sealed, audit_head.sequence, audit_head.hash FROM audit_seal, audit_head
        FOR UPDATE OF audit_seal
    """)
)
MOVE_SEAL: Final = statement(text("UPDATE audit_seal SET sequence = :sequence"))


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


async def append(session: Session, scope: str, queued: Sequence[Queued]) -> None:
    """All of them, in their order, in one statement."""
    entries = [
        {
            "action": each.entry.action,
            "actor": str(each.entry.actor),
            "subject": str(each.entry.subject) if each.entry.subject is not None else None,
            "trace_id": each.trace_id,
            "detail": dict(each.entry.detail),
        }
        for each in queued
    ]
    await session.value(APPEND, vertical=scope, entries=entries)


async def seal_head(session: Session, service: str, scope: str, *, again: bool = False) -> AuditSealed | None:
    """The fact that tells of the head if it has moved since the last one, or (`again`) wherever it is; else None."""
    row = await session.one(LOCK_SEAL)
    if row is None or row["sequence"] == 0 or (row["sequence"] == row["sealed"] and not again):
        return None
    if row["sequence"] < row["sealed"]:
        # Published again, the shortened chain would look sealed.
        log.error("audit.shortened", scope=scope, sequence=row["sequence"], sealed=row["sealed"])
        return None
    await session.run(MOVE_SEAL, sequence=row["sequence"])
    return AuditSealed(version=row["sequence"], service=service, scope=scope, head=row["hash"].hex())
