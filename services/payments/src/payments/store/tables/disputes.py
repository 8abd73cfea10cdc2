"""Disputes about charges, and the documents for them."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import UUID

from payments.store.tables.base import INSTANT, METADATA, NOW

DISPUTE: Final = Table(
    "dispute",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("key", UUID, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("charge_id", Text, nullable=False, index=True),
    Column("intent_id", UUID, ForeignKey("intent.id"), nullable=False, index=True),
    Column("booking_id", UUID, nullable=False),
    Column("provider_id", UUID, nullable=False),
    Column("currency", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("papers", Text, nullable=False),
    Column("wanted", Boolean, nullable=False),
    Column("eligible", Boolean, nullable=False),
    Column("coverage", Boolean),
    Column("deadline", INSTANT),
    Column("contested", Boolean, nullable=False),
    Column("opened_at", INSTANT, nullable=False),
    Column("updated_at", INSTANT, nullable=False),
    Column("decided_at", INSTANT),
    Column("told", Text, nullable=False, server_default=text("''::text")),
    Column("look_due_at", INSTANT),
    Column("send_due_at", INSTANT),
    Column("send_tries", Integer, nullable=False, server_default=text("0")),
    Index("dispute_of_status", "status", "key"),
    Index("dispute_of_provider", "provider_id", "key"),
    Index("dispute_look_due", "look_due_at", postgresql_where=text("look_due_at IS NOT NULL")),
    Index("dispute_send_due", "send_due_at", postgresql_where=text("send_due_at IS NOT NULL")),
)
DISPUTE_SEARCH: Final = Table(
    "dispute_search",
    METADATA,
    Column("charge_id", Text, primary_key=True),
    Column("intent_id", UUID, ForeignKey("intent.id"), nullable=False),
    Column("due_at", INSTANT, nullable=False, server_default=NOW),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    Index("dispute_search_due", "due_at"),
)
DISPUTE_DOCUMENT: Final = Table(
    "dispute_document",
    METADATA,
    Column("id", UUID, primary_key=True),
    Column("dispute_id", Text, ForeignKey("dispute.id"), nullable=False),
    Column("media_type", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("size", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("created_at", INSTANT, nullable=False, server_default=NOW),
    CheckConstraint("status = ANY (ARRAY['waiting', 'sent']) OR content = ''::bytea", name="what_ended_has_no_bytes"),
    Index("dispute_document_once", "dispute_id", "sha256", unique=True),
)
