"""Notifications: signed ones raw and kept, hints until they end; what falls due is taken up by resource."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text

from common.db import Session, statement
from contracts.ids import new_id
from payments.domain.notice import TOPICS, Notice, Topic

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
# Anybody can send a hint: a bounded number of them waits, and nothing of what was sent is kept but the id. One that
# arrives while its subject is being fetched is counted, so that the fetch, which may have come too early, is repeated.
INSERT_HINT: Final = statement(
    text("""
        INSERT INTO webhook AS known (id, resource_key, topic, resource_id, request_id, hint, body, status, due_at)
        SELECT CAST(:id AS uuid), :resource_key, :topic, :resource_id, '', true, CAST('' AS bytea), 'due', app_now()
        WHERE (SELECT count(*) FROM (SELECT FROM webhook WHERE hint AND status = 'due' LIMIT :most) AS waiting) < :most
           OR EXISTS (SELECT FROM webhook WHERE hint AND status = 'due' AND resource_key = :resource_key)
        ON CONFLICT (resource_key) WHERE hint AND status = 'due' DO UPDATE SET deliveries = known.deliveries + 1
    """)
)
FORGET_HINTS: Final = statement(
    text("""
        DELETE FROM webhook
        WHERE id = ANY (ARRAY(SELECT id FROM webhook WHERE hint AND status <> 'due' LIMIT :most))
    """)
)
# What MercadoPago signed comes before what anybody may have sent. What else is due about the same comes along:
# in a burst one fetch then serves all of them.
CLAIM_WEBHOOKS: Final = statement(
    text("""
        WITH oldest AS (
            SELECT id, resource_key FROM webhook WHERE due_at <= app_now()
            ORDER BY hint, due_at, id LIMIT :most FOR UPDATE SKIP LOCKED
        ), same AS (
            SELECT id FROM webhook
            WHERE resource_key = ANY (ARRAY(SELECT resource_key FROM oldest)) AND request_id <> ''
              AND due_at <= app_now() LIMIT :more FOR UPDATE SKIP LOCKED
        )
        UPDATE webhook SET tries = tries + 1, due_at = app_now() + :lease
        WHERE id = ANY (ARRAY(SELECT id FROM oldest UNION SELECT id FROM same))
        RETURNING id, topic, resource_id, hint, tries, deliveries
    """)
)
SETTLE_WEBHOOKS: Final = statement(
    text("""
        UPDATE webhook SET
            status = CASE WHEN webhook.deliveries = told.deliveries THEN :status ELSE 'due' END,
            due_at = CASE WHEN webhook.deliveries <> told.deliveries THEN app_now() END,
            tries = CASE WHEN webhook.deliveries = told.deliveries THEN webhook.tries ELSE 0 END,
            problem = :problem
        FROM unnest(CAST(:ids AS uuid[]), CAST(:deliveries AS integer[])) AS told (id, deliveries)
        WHERE webhook.id = told.id AND webhook.status = 'due'
    """)
)
RETRY_WEBHOOKS: Final = statement(
    text("""
        UPDATE webhook SET due_at = app_now() + told.wait, problem = :problem
        FROM unnest(CAST(:ids AS uuid[]), CAST(:waits AS interval[])) AS told (id, wait)
        WHERE webhook.id = told.id AND webhook.status = 'due'
    """)
)
# The database itself keeps what is younger than a month, whatever the settings say.
FORGET_WEBHOOKS: Final = statement(
    text("""
        DELETE FROM webhook
        WHERE id = ANY (ARRAY(SELECT id FROM webhook
                              WHERE NOT hint AND status <> 'due' AND status = :status
                                AND received_at < app_now() - CAST(:older AS interval)
                              ORDER BY received_at LIMIT :most FOR UPDATE SKIP LOCKED))
    """)
)
REPLAY_WEBHOOKS: Final = statement(
    text("""
        UPDATE webhook SET status = 'due', due_at = app_now(), tries = 0, problem = NULL
        WHERE id = ANY(CAST(:ids AS uuid[])) AND NOT hint AND status = ANY (ARRAY['done', 'dead', 'orphan'])
    """)
)
REPLAY_WEBHOOKS_OF: Final = statement(
    text("""
        UPDATE webhook SET status = 'due', due_at = app_now(), tries = 0, problem = NULL
        WHERE id = ANY (ARRAY(SELECT id FROM webhook
                              WHERE NOT hint AND status <> 'due' AND status = :status
                                AND received_at >= :first AND received_at < :last
                              ORDER BY received_at LIMIT :most FOR UPDATE SKIP LOCKED))
    """)
)
COUNT_UNFINISHED: Final = statement(
    text("""
        SELECT status, count(*) AS count FROM webhook WHERE status = ANY (ARRAY['dead', 'orphan']) GROUP BY status
    """)
)


@dataclass(frozen=True, slots=True)
class Notification:
    """One that is due. `hint`: nobody signed it; `deliveries`: how often it had come when it was taken up."""

    id: UUID
    hint: bool
    tries: int
    deliveries: int


@dataclass(frozen=True, slots=True)
class Bundle:
    """The due notifications about one thing; `about` is None for a topic of another version of the service."""

    about: Topic | None
    resource_id: str
    told: tuple[Notification, ...]

    @property
    def name(self) -> str:
        """For logs."""
        return f"{self.about or 'unknown'}:{self.resource_id}"


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
    """Note where an unsigned notification points, unless `most` of them wait; one that waits is counted."""
    await session.run(
        INSERT_HINT,
        id=new_id(),
        resource_key=notice.resource_key,
        topic=notice.topic,
        resource_id=notice.resource_id,
        most=most,
    )


async def claim_webhooks(session: Session, most: int, more: int, lease: timedelta) -> list[Bundle]:
    """Due notifications, coalesced by what they are about; nobody else takes them up within `lease`.

    The `most` that have waited longest, and up to `more` about the same.
    """
    found: dict[tuple[Topic | None, str], list[Notification]] = {}
    rows = await session.all(CLAIM_WEBHOOKS, most=most, more=more, lease=lease)
    for row in sorted(rows, key=lambda row: row["id"].int):
        told = Notification(row["id"], row["hint"], row["tries"], row["deliveries"])
        found.setdefault((TOPICS.get(row["topic"]), row["resource_id"]), []).append(told)
    return [Bundle(about, resource_id, tuple(told)) for (about, resource_id), told in found.items()]


async def settle_webhooks(
    session: Session, told: Sequence[Notification], status: str, problem: str | None = None
) -> None:
    """Nothing more is done about them, unless they came once more meanwhile: then they are due again."""
    deliveries = [each.deliveries for each in told]
    ids = [each.id for each in told]
    await session.run(SETTLE_WEBHOOKS, ids=ids, deliveries=deliveries, status=status, problem=problem)


async def retry_webhooks(
    session: Session, told: Sequence[Notification], waits: Sequence[timedelta], problem: str
) -> None:
    """Take them up again, each after its own wait."""
    await session.run(RETRY_WEBHOOKS, ids=[each.id for each in told], waits=waits, problem=problem)


async def forget_hints(session: Session, most: int) -> int:
    """Delete hints that have ended, at most so many; how many."""
    return await session.run(FORGET_HINTS, most=most)


async def forget_webhooks(session: Session, status: str, older: timedelta, most: int) -> int:
    """Delete signed notifications that ended so and are that old, at most so many; how many."""
    return await session.run(FORGET_WEBHOOKS, status=status, older=older, most=most)


async def replay_webhooks(session: Session, ids: Sequence[UUID]) -> int:
    """Have these looked into once more with fresh tries; how many were there and at an end."""
    return await session.run(REPLAY_WEBHOOKS, ids=ids)


async def replay_webhooks_of(session: Session, status: str, span: tuple[datetime, datetime], most: int) -> int:
    """The same for those in a state that came in that time, at most so many; how many."""
    return await session.run(REPLAY_WEBHOOKS_OF, status=status, first=span[0], last=span[1], most=most)


async def count_unfinished(session: Session) -> dict[str, int]:
    """How many wait for a person, by state (`dead`, `orphan`)."""
    return {row["status"]: row["count"] for row in await session.all(COUNT_UNFINISHED)}
