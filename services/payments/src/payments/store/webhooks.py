"""Raw webhooks: one row per notification, kept; what falls due is taken up by resource."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text

from common.db import Session, statement
from contracts.ids import new_id
from payments.domain.charge import ChargeId
from payments.domain.notice import Notice

# Whoever sends the same notification again gets the same row; one given up is taken up once more.
INSERT_WEBHOOK: Final = statement(
    text("""
        INSERT INTO webhook AS known (id, resource_key, topic, resource_id, request_id, hint, body, status, due_at)
        VALUES (:id, :resource_key, :topic, :resource_id, :request_id, false, :body, :status,
                CASE WHEN :status = 'due' THEN app_now() END)
        ON CONFLICT (resource_key, request_id) WHERE request_id <> '' DO UPDATE SET
            deliveries = known.deliveries + 1,
            status = CASE WHEN known.status = ANY (ARRAY['dead', 'orphan']) THEN 'due' ELSE known.status END,
            due_at = CASE WHEN known.status = ANY (ARRAY['dead', 'orphan']) THEN app_now() ELSE known.due_at END,
            tries = CASE WHEN known.status = ANY (ARRAY['dead', 'orphan']) THEN 0 ELSE known.tries END
    """)
)
# Anybody can send a hint, so only a bounded number of them waits.
INSERT_HINT: Final = statement(
    text("""
        INSERT INTO webhook (id, resource_key, topic, resource_id, request_id, hint, body, status, due_at)
        SELECT CAST(:id AS uuid), :resource_key, :topic, :resource_id, '', true, CAST(:body AS bytea), 'due', app_now()
        WHERE (SELECT count(*) FROM (SELECT FROM webhook WHERE hint AND status = 'due' LIMIT :most) AS waiting) < :most
        ON CONFLICT DO NOTHING
    """)
)
CLAIM_WEBHOOKS: Final = statement(
    text("""
        UPDATE webhook SET tries = tries + 1, due_at = app_now() + :lease
        WHERE id = ANY (ARRAY(SELECT id FROM webhook WHERE due_at <= app_now()
                              ORDER BY due_at LIMIT :most FOR UPDATE SKIP LOCKED))
        RETURNING id, resource_id, hint, tries
    """)
)
SETTLE_WEBHOOKS: Final = statement(
    text("""
        UPDATE webhook SET status = :status, due_at = NULL, problem = :problem
        WHERE id = ANY (CAST(:ids AS uuid[]))
    """)
)
RETRY_WEBHOOKS: Final = statement(
    text("""
        UPDATE webhook SET due_at = app_now() + :wait, problem = :problem WHERE id = ANY (CAST(:ids AS uuid[]))
    """)
)
COUNT_UNFINISHED: Final = statement(
    text("""
        SELECT status, count(*) AS count FROM webhook WHERE status = ANY (ARRAY['dead', 'orphan']) GROUP BY status
    """)
)


@dataclass(frozen=True, slots=True)
class Bundle:
    """The due notifications about one payment. `hint`: none of them was signed; `tries` of the one tried most."""

    resource_id: str
    ids: tuple[UUID, ...]
    hint: bool
    tries: int

    @property
    def charge_id(self) -> ChargeId:
        """The payment they are about."""
        return ChargeId(self.resource_id)


async def insert_webhook(session: Session, notice: Notice, *, wanted: bool) -> None:
    """Keep a signed notification; one that is not `wanted` is kept and nothing is done about it."""
    await session.run(
        INSERT_WEBHOOK,
        id=new_id(),
        resource_key=notice.resource_key,
        topic=notice.topic,
        resource_id=notice.resource_id,
        request_id=notice.request_id,
        body=notice.body,
        status="due" if wanted else "ignored",
    )


async def insert_hint(session: Session, notice: Notice, most: int) -> None:
    """Keep an unsigned notification, unless one about the same waits or `most` of them do."""
    await session.run(
        INSERT_HINT,
        id=new_id(),
        resource_key=notice.resource_key,
        topic=notice.topic,
        resource_id=notice.resource_id,
        body=notice.body,
        most=most,
    )


async def claim_webhooks(session: Session, most: int, lease: timedelta) -> list[Bundle]:
    """Due notifications, coalesced by payment; nobody else takes them up within `lease`."""
    found: dict[str, list[Mapping[str, object]]] = {}
    for row in await session.all(CLAIM_WEBHOOKS, most=most, lease=lease):
        found.setdefault(row["resource_id"], []).append(row)
    return [_bundle(resource_id, rows) for resource_id, rows in found.items()]


async def settle_webhooks(session: Session, ids: Sequence[UUID], status: str, problem: str | None = None) -> None:
    """Nothing more is done about them."""
    await session.run(SETTLE_WEBHOOKS, ids=ids, status=status, problem=problem)


async def retry_webhooks(session: Session, ids: Sequence[UUID], wait: timedelta, problem: str) -> None:
    """Take them up again in a while."""
    await session.run(RETRY_WEBHOOKS, ids=ids, wait=wait, problem=problem)


async def count_unfinished(session: Session) -> dict[str, int]:
    """How many wait for a person, by state (`dead`, `orphan`)."""
    return {row["status"]: row["count"] for row in await session.all(COUNT_UNFINISHED)}


def _bundle(resource_id: str, rows: Sequence[Mapping[str, object]]) -> Bundle:
    return Bundle(
        resource_id,
        tuple(UUID(str(row["id"])) for row in rows),
        all(bool(row["hint"]) for row in rows),
        max(int(str(row["tries"])) for row in rows),
    )
