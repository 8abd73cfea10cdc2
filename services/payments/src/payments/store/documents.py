"""Documents for disputes; their bytes stay until MercadoPago has them or the dispute is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Final

from sqlalchemy import text

from common.db import Row, Session, statement
from payments.domain.dispute import Dispute, DisputeId
from payments.domain.document import Document, DocumentStatus, MediaType
from payments.store.disputes import dispute_of

INSERT_DOCUMENT: Final = statement(
    text("""
        INSERT INTO dispute_document (id, dispute_id, media_type, content, sha256, size, status)
        VALUES (:id, :dispute_id, :media_type, :content, :sha256, :size, 'waiting')
        ON CONFLICT (dispute_id, sha256) DO NOTHING
    """)
)
COUNT_DOCUMENTS: Final = statement(
    text("SELECT count(*) FROM dispute_document WHERE dispute_id = :dispute_id AND status <> 'refused'")
)
# What else comes in a while goes along; near the deadline nothing waits.
SEND_SOON: Final = statement(
    text("""
        UPDATE dispute SET send_due_at = CASE WHEN deadline IS NULL THEN app_now() + CAST(:wait AS interval)
            ELSE least(app_now() + CAST(:wait AS interval), greatest(deadline - interval '1 hour', app_now())) END
        WHERE id = :dispute_id
    """)
)
CLAIM_SENDING: Final = statement(
    text("""
        UPDATE dispute SET send_tries = send_tries + 1, send_due_at = app_now() + :lease
        WHERE id = ANY (ARRAY(SELECT id FROM dispute WHERE send_due_at <= app_now()
                              ORDER BY send_due_at LIMIT :most FOR UPDATE SKIP LOCKED))
        RETURNING *
    """)
)
FIND_UNSENT: Final = statement(
    text("""
        SELECT id, dispute_id, media_type, content, status FROM dispute_document
        WHERE dispute_id = :dispute_id AND status = ANY (ARRAY['waiting', 'sent']) ORDER BY id LIMIT 10
    """)
)
MARK_SENT: Final = statement(
    text("UPDATE dispute_document SET status = 'sent' WHERE id = ANY (CAST(:ids AS uuid[])) AND status = 'waiting'")
)
END_DOCUMENTS: Final = statement(
    text("""
        UPDATE dispute_document SET status = :status, content = CAST('' AS bytea)
        WHERE id = ANY (CAST(:ids AS uuid[])) AND status = ANY (ARRAY['waiting', 'sent'])
    """)
)
# What came while others were being sent is due at once.
SENDING_DONE: Final = statement(
    text("""
        UPDATE dispute SET send_tries = 0, send_due_at = CASE WHEN EXISTS (
            SELECT FROM dispute_document WHERE dispute_id = dispute.id AND status = ANY (ARRAY['waiting', 'sent'])
        ) THEN app_now() END
        WHERE id = :dispute_id
    """)
)
SEND_LATER: Final = statement(text("UPDATE dispute SET send_due_at = app_now() + :wait WHERE id = :dispute_id"))
COUNT_BY_STATUS: Final = statement(
    text("SELECT status, count(*) AS count FROM dispute_document WHERE dispute_id = :dispute_id GROUP BY status")
)


@dataclass(frozen=True, slots=True)
class Sending:
    """A dispute whose documents are in our hands, and how often that was tried."""

    dispute: Dispute
    tries: int


async def insert_document(session: Session, document: Document) -> bool:
    """Keep a file; False when the dispute has the very same one."""
    count = await session.run(
        INSERT_DOCUMENT,
        id=document.id,
        dispute_id=document.dispute_id,
        media_type=document.media_type,
        content=document.content,
        sha256=sha256(document.content).digest(),
        size=len(document.content),
    )
    return count > 0


async def count_documents(session: Session, dispute_id: DisputeId) -> int:
    """How many files the dispute has, without those refused."""
    return int(await session.value(COUNT_DOCUMENTS, dispute_id=dispute_id))


async def find_document_counts(session: Session, dispute_id: DisputeId) -> dict[str, int]:
    """How many files the dispute has, by status."""
    return {row["status"]: row["count"] for row in await session.all(COUNT_BY_STATUS, dispute_id=dispute_id)}


async def send_soon(session: Session, dispute_id: DisputeId, wait: timedelta) -> None:
    """Have the dispute's documents sent in a while, an hour before the deadline at the latest."""
    await session.run(SEND_SOON, dispute_id=dispute_id, wait=wait)


async def claim_sendings(session: Session, most: int, lease: timedelta) -> list[Sending]:
    """Disputes whose documents are to be sent now; nobody else takes them up within `lease`."""
    rows = await session.all(CLAIM_SENDING, most=most, lease=lease)
    return [Sending(dispute_of(row), row["send_tries"]) for row in rows]


async def find_unsent(session: Session, dispute_id: DisputeId) -> tuple[list[Document], list[Document]]:
    """At most ten files to send, and those of them that may have arrived before."""
    rows = await session.all(FIND_UNSENT, dispute_id=dispute_id)
    unclear = [_document(row) for row in rows if row["status"] == DocumentStatus.SENT]
    return [_document(row) for row in rows], unclear


async def mark_sent(session: Session, documents: Sequence[Document]) -> None:
    """They are about to leave."""
    await session.run(MARK_SENT, ids=[each.id for each in documents])


async def end_documents(session: Session, documents: Sequence[Document], status: DocumentStatus) -> None:
    """Nothing more is done about them: their bytes go."""
    await session.run(END_DOCUMENTS, ids=[each.id for each in documents], status=status)


async def sending_done(session: Session, dispute_id: DisputeId) -> None:
    """Nothing is left to send, but for what came meanwhile."""
    await session.run(SENDING_DONE, dispute_id=dispute_id)


async def send_later(session: Session, dispute_id: DisputeId, wait: timedelta) -> None:
    """Try again in a while."""
    await session.run(SEND_LATER, dispute_id=dispute_id, wait=wait)


def _document(row: Row) -> Document:
    return Document(row["id"], row["dispute_id"], MediaType(row["media_type"]), row["content"])
