"""The audit chain: a job links what was put on record since, and publishes the head as `audit.sealed`.

Each link's hash covers the entry and the hash before it, so nothing linked can be changed, taken out or put between
without changing every later hash; and the heads lie in Kafka, where the database's owner cannot reach them. Linking
afterwards gives nothing away: whoever owns the database could rewrite what was not published yet in any case.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from sqlalchemy import text

from common.db import Row, Session, statement
from common.uow import UnitOfWork
from contracts.audit import AuditSealed

LINK_SECONDS: Final = 60.0
NOTHING: Final = bytes(32)
"""What stands before the first link."""
_AT_ONCE: Final = 1_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

# One at a time: two workers would link the same entries. It goes with the transaction.
TRY_LOCK: Final = statement(text("SELECT pg_try_advisory_xact_lock(hashtextextended('audit:' || current_schema(), 0))"))
FIND_HEAD: Final = statement(text("SELECT sequence, hash FROM audit_link ORDER BY sequence DESC LIMIT 1"))
# A transaction that took its time commits entries older than the last link; none takes an hour. One that claims to be
# older is never linked, and the verifier tells.
UNLINKED: Final = statement(
    text("""
        WITH last AS (
            SELECT least(at, now()) - interval '1 hour' AS at
            FROM audit_link JOIN audit_entry ON id = entry_id ORDER BY sequence DESC LIMIT 1)
        SELECT id, at, action, actor, CAST(subject AS text) AS subject, vertical, trace_id,
               CAST(detail AS text) AS detail
        FROM audit_entry e
        WHERE at > coalesce((SELECT at FROM last), '-infinity')
          AND NOT EXISTS (SELECT FROM audit_link WHERE entry_id = e.id)
        ORDER BY at, id LIMIT :most
    """)
)
INSERT_LINKS: Final = statement(
    text("""
        INSERT INTO audit_link (sequence, entry_id, hash)
        SELECT * FROM unnest(CAST(:sequences AS bigint[]), CAST(:entry_ids AS uuid[]), CAST(:hashes AS bytea[]))
    """)
)


async def link_entries(uow: UnitOfWork, service: str, scope: str) -> int:
    """Link at most a thousand entries, publish the head, and tell how many they were."""
    async with uow.begin(scope) as work:
        if not await work.value(TRY_LOCK):
            return 0
        entries = await work.all(UNLINKED, most=_AT_ONCE)
        if not entries:
            return 0
        head = await work.one(FIND_HEAD)
        sequence, before = (head["sequence"], head["hash"]) if head is not None else (0, NOTHING)
        hashes = _hashes(before, entries)
        last = sequence + len(entries)
        await work.run(
            INSERT_LINKS,
            sequences=list(range(sequence + 1, last + 1)),
            entry_ids=[entry["id"] for entry in entries],
            hashes=hashes,
        )
        await work.publish(AuditSealed(version=last, service=service, scope=scope, head=hashes[-1].hex()))
        return len(entries)


async def present_head(session: Session, service: str, scope: str) -> AuditSealed | None:
    """The head as a fact, for a new Kafka: until then nothing there tells how long the chain was."""
    head = await session.one(FIND_HEAD)
    if head is None:
        return None
    return AuditSealed(version=head["sequence"], service=service, scope=scope, head=head["hash"].hex())


def hash_of(before: bytes, entry: Row) -> bytes:
    """The link's hash: SHA-256 over the hash before and the entry's fields, each with its length before it."""
    at = (entry["at"] - _EPOCH) // timedelta(microseconds=1)
    names = ("action", "actor", "subject", "vertical", "trace_id", "detail")
    return sha256(
        _joined((before.hex(), str(entry["id"]), str(at), *(entry[name] for name in names))).encode()
    ).digest()


def _joined(fields: Iterable[str | None]) -> str:
    # With its length no two lists of fields read alike.
    return "".join(("-" if field is None else f"{len(field)}:{field}") + "," for field in fields)


def _hashes(before: bytes, entries: Sequence[Row]) -> list[bytes]:
    made: list[bytes] = []
    for entry in entries:
        made.append(hash_of(made[-1] if made else before, entry))
    return made
