"""The ledger: only added to."""

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Index, SmallInteger, Table, Text
from sqlalchemy.dialects.postgresql import UUID

from payments.store.tables.base import INSTANT, METADATA, NOW

LEDGER_TRANSACTION: Final = Table(
    "ledger_transaction",
    METADATA,
    Column("id", UUID, primary_key=True),
    Column("reference", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("intent_id", UUID, ForeignKey("intent.id"), index=True),
    Column("booking_id", UUID),
    Column("charge_id", Text),
    Column("provider_id", UUID),
    Column("booked_at", INSTANT, nullable=False, server_default=NOW),
    Index("ledger_transaction_booked", "booked_at"),
    Index("ledger_transaction_of_provider", "provider_id", "id"),
)
LEDGER_POSTING: Final = Table(
    "ledger_posting",
    METADATA,
    Column("transaction_id", UUID, ForeignKey("ledger_transaction.id"), primary_key=True),
    Column("line", SmallInteger, primary_key=True),
    Column("account", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Index("ledger_posting_of_account", "account", "currency"),
)
