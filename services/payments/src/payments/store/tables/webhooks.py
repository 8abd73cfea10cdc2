"""Notifications as they came; written in `shared` only."""

from typing import Final

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, Table, Text, text
from sqlalchemy.dialects.postgresql import UUID

from payments.store.tables.base import INSTANT, METADATA, NOW

WEBHOOK: Final = Table(
    "webhook",
    METADATA,
    Column("id", UUID, primary_key=True),
    Column("resource_key", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("resource_id", Text, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("hint", Boolean, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("status", Text, nullable=False),
    Column("deliveries", Integer, nullable=False, server_default=text("1")),
    Column("received_at", INSTANT, nullable=False, server_default=NOW),
    Column("due_at", INSTANT),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    Column("problem", Text),
    Index(
        "webhook_delivered_once",
        "resource_key",
        "request_id",
        unique=True,
        postgresql_where=text("request_id <> ''::text"),
    ),
    Index(
        "webhook_hinted_once",
        "resource_key",
        unique=True,
        postgresql_where=text("hint AND status = 'due'::text"),
    ),
    Index("webhook_due", "hint", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    Index("webhook_hint_ended", "id", postgresql_where=text("hint AND status <> 'due'::text")),
    Index("webhook_ended", "status", "received_at", postgresql_where=text("NOT hint AND status <> 'due'::text")),
    Index("webhook_unfinished", "status", postgresql_where=text("status = ANY (ARRAY['dead', 'orphan'])")),
)
