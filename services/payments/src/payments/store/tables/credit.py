"""Clients' credit: one balance each, and what changed it."""

from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Table, Text, text
from sqlalchemy.dialects.postgresql import UUID

from payments.store.tables.base import INSTANT, METADATA

CREDIT_ACCOUNT: Final = Table(
    "credit_account",
    METADATA,
    Column("client_id", UUID, primary_key=True),
    Column("balance_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    CheckConstraint("balance_minor >= 0", name="no_more_spent_than_there_is"),
)
CREDIT_MOVEMENT: Final = Table(
    "credit_movement",
    METADATA,
    Column("id", UUID, primary_key=True),
    Column("client_id", UUID, ForeignKey("credit_account.client_id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("reference", Text, nullable=False, unique=True),
    Column("status", Text, nullable=False),
    Column("payment_id", UUID, ForeignKey("intent.id")),
    Column("reason", Text),
    Column("granted_by", UUID),
    Column("approved_by", UUID),
    Column("decided_at", INSTANT),
    Column("created_at", INSTANT, nullable=False),
    CheckConstraint(
        "CASE WHEN kind = ANY (ARRAY['granted', 'returned']) THEN amount_minor > 0 ELSE amount_minor < 0 END",
        name="a_movement_goes_its_kinds_way",
    ),
    CheckConstraint("status = 'done' OR kind = 'granted'", name="only_a_grant_waits"),
    CheckConstraint("approved_by <> granted_by", name="another_person_decides"),
    Index("credit_movement_of_client", "client_id", "id"),
    Index("credit_movement_of_payment", "payment_id", postgresql_where=text("payment_id IS NOT NULL")),
)
