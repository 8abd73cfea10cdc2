"""Reconciliation cases: what a person has to look at."""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import UUID

from payments.store.tables.base import INSTANT, METADATA, NOW

RECONCILIATION_CASE: Final = Table(
    "reconciliation_case",
    METADATA,
    Column("id", UUID, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("intent_id", UUID),
    Column("booking_id", UUID),
    Column("found", Text, nullable=False),
    Column("times", Integer, nullable=False, server_default=text("1")),
    Column("opened_at", INSTANT, nullable=False, server_default=NOW),
    Column("seen_at", INSTANT, nullable=False, server_default=NOW),
    Column("closed_at", INSTANT),
    Column("ours_minor", BigInteger),
    Column("theirs_minor", BigInteger),
    Column("currency", Text),
    Column("outcome", Text),
    Column("note", Text),
    Column("settled_by", UUID),
    Index("case_open", "kind", "subject", unique=True, postgresql_where=text("closed_at IS NULL")),
    Index("case_of_subject", "subject"),
    Index("case_of_intent", "intent_id"),
)
