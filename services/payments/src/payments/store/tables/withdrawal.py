"""Withdrawals, and keyed hashes of the contacts by which their askers are known."""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, SmallInteger, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from payments.store.tables.base import INSTANT, METADATA, NOW

CONTACT: Final = Table(
    "contact",
    METADATA,
    Column("account_id", UUID, primary_key=True),
    Column("version", BigInteger, nullable=False),
    # Hashes under a key that this database does not hold: nobody who reads it learns whose they are.
    Column("marks", ARRAY(LargeBinary), nullable=False),
    Column("key_id", Text),
    Column("erased", Boolean, nullable=False),
)
WITHDRAWAL: Final = Table(
    "withdrawal",
    METADATA,
    Column("id", UUID, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("tracking_code", Text, nullable=False),
    Column("booking_id", UUID, nullable=False),
    Column("channel", Text, nullable=False),
    Column("marks", ARRAY(LargeBinary), nullable=False),
    Column("slot_of", LargeBinary),
    Column("slot", SmallInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("refusal", Text),
    Column("client_id", UUID),
    Column("provider_id", UUID),
    Column("code_mark", LargeBinary),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    Column("looks", Integer, nullable=False, server_default=text("0")),
    Column("due_at", INSTANT),
    Column("traceparent", Text),
    Column("created_at", INSTANT, nullable=False, server_default=NOW),
    Column("confirmed_at", INSTANT),
    # So many requests may be open for one booking and contact: each may send a message to somebody.
    Index(
        "withdrawal_slot",
        "booking_id",
        "slot_of",
        "slot",
        unique=True,
        postgresql_where=text("status = 'open'"),
    ),
    # A booking is withdrawn from once, whoever confirms what.
    Index(
        "withdrawal_of_booking",
        "booking_id",
        unique=True,
        postgresql_where=text("status = ANY (ARRAY['confirmed', 'refunding', 'done'])"),
    ),
    Index("withdrawal_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    Index("withdrawal_expired", "created_at", postgresql_where=text("status = 'expired'")),
)
