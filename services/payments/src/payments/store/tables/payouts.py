"""Where providers are paid, what was paid to them, and what our own bank account shows.

`cbu`, `alias`, `cuit` and what a movement says of its origin are personal: nothing but payments reads them.
`bank_movement` and `bank_cursor` are written in `shared` only: the account is of all verticals.
"""

from typing import Final

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Date, ForeignKey, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import UUID

from payments.store.tables.base import INSTANT, METADATA, NOW

PAYOUT_ACCOUNT: Final = Table(
    "payout_account",
    METADATA,
    Column("provider_id", UUID, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("cbu", Text),
    Column("alias", Text),
    Column("cuit", Text, nullable=False),
    Column("schedule", Text, nullable=False),
    Column("minimum_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text),
    Column("usable_from", INSTANT),
    Column("due_at", INSTANT, nullable=False),
    Column("check_due_at", INSTANT),
    Column("checks", Integer, nullable=False, server_default=text("0")),
    CheckConstraint("cbu IS NOT NULL OR alias IS NOT NULL", name="an_account_has_a_name"),
    CheckConstraint("minimum_minor >= 0", name="a_minimum_is_not_negative"),
    Index("payout_account_due", "due_at"),
    Index("payout_account_check_due", "check_due_at", postgresql_where=text("check_due_at IS NOT NULL")),
)
PAYOUT_BATCH: Final = Table(
    "payout_batch",
    METADATA,
    Column("id", UUID, primary_key=True),
    Column("status", Text, nullable=False),
    Column("due_at", INSTANT),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    Column("problem", Text),
    Column("made_at", INSTANT, nullable=False, server_default=NOW),
    Index("payout_batch_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
)
PAYOUT: Final = Table(
    "payout",
    METADATA,
    Column("id", UUID, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("provider_id", UUID, nullable=False),
    Column("currency", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("batch_id", UUID, ForeignKey("payout_batch.id"), index=True),
    Column("cbu", Text),
    Column("first_approver", UUID),
    Column("second_approver", UUID),
    Column("reason", Text),
    Column("made_at", INSTANT, nullable=False, server_default=NOW),
    CheckConstraint("amount_minor > 0", name="a_payout_is_of_something"),
    # What is under way is not paid a second time, whatever two workers believe.
    Index(
        "payout_open_of_provider",
        "provider_id",
        unique=True,
        postgresql_where=text("status = ANY (ARRAY['due', 'awaiting_approval', 'approved', 'batched', 'sent'])"),
    ),
    Index("payout_of_provider", "provider_id", "id"),
    Index("payout_by_status", "status", "id"),
)
BANK_MOVEMENT: Final = Table(
    "bank_movement",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("at", INSTANT, nullable=False),
    Column("kind", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("item", Text),
    Column("reference", Text),
    Column("origin_cbu", Text),
    Column("origin_cuit", Text),
    Column("status", Text, nullable=False),
    Column("due_at", INSTANT),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    Column("seen_at", INSTANT, nullable=False, server_default=NOW),
    Column("match_due_at", INSTANT, server_default=NOW),
    Column("match_tries", Integer, nullable=False, server_default=text("0")),
    Column("vertical", Text),
    Column("matched_id", UUID),
    Column("shortened", Boolean, nullable=False, server_default=text("false")),
    # One transfer leaves once and comes back once: a second one is nobody's.
    Index(
        "bank_movement_explained_once", "item", "kind", unique=True, postgresql_where=text("status = 'explained'::text")
    ),
    Index("bank_movement_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    Index(
        "bank_movement_match_due",
        "match_due_at",
        postgresql_where=text("status = ANY (ARRAY['unmatched', 'matching'])"),
    ),
    Index("bank_movement_of_clients", "at", "id", postgresql_where=text("kind = 'transfer_in'::text")),
    Index("bank_movement_unmatched", "at", postgresql_where=text("status = 'unmatched'::text")),
)
BANK_CURSOR: Final = Table(
    "bank_cursor",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("after", Text),
)
