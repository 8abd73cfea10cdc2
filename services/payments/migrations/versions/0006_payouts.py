"""Payouts: where providers are paid, what was paid, what the bank shows; ledger entries that are of no payment.

The version before knows none of it: its entries go on naming an intent, and it reads none that does not.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from common.migration import application_role, run_script

revision = "0006"
down_revision = "0005"

INSTANT = postgresql.TIMESTAMP(timezone=True)
NOW = sa.text("app_now()")
_OPEN = sa.text("status = ANY (ARRAY['due', 'awaiting_approval', 'approved', 'batched', 'sent'])")


def upgrade() -> None:
    for name in ("intent_id", "booking_id", "charge_id"):
        op.alter_column("ledger_transaction", name, nullable=True)
    _create_accounts()
    _create_payouts()
    _create_movements()
    tables = "payout_account, payout_batch, payout, bank_movement, bank_cursor"
    run_script(f'REVOKE DELETE ON {tables} FROM "{application_role()}"')


def _create_accounts() -> None:
    op.create_table(
        "payout_account",
        sa.Column("provider_id", sa.UUID(), primary_key=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("cbu", sa.Text()),
        sa.Column("alias", sa.Text()),
        sa.Column("cuit", sa.Text(), nullable=False),
        sa.Column("schedule", sa.Text(), nullable=False),
        sa.Column("minimum_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("usable_from", INSTANT),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("check_due_at", INSTANT),
        sa.Column("checks", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.CheckConstraint("cbu IS NOT NULL OR alias IS NOT NULL", name="an_account_has_a_name"),
        sa.CheckConstraint("minimum_minor >= 0", name="a_minimum_is_not_negative"),
    )
    op.create_index("payout_account_due", "payout_account", ["due_at"])
    _create_partial("payout_account_check_due", "payout_account", "check_due_at", "check_due_at IS NOT NULL")


def _create_payouts() -> None:
    op.create_table(
        "payout_batch",
        sa.Column("id", sa.UUID(), primary_key=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("due_at", INSTANT),
        sa.Column("tries", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("problem", sa.Text()),
        sa.Column("made_at", INSTANT, nullable=False, server_default=NOW),
    )
    _create_partial("payout_batch_due", "payout_batch", "due_at", "due_at IS NOT NULL")
    op.create_table(
        "payout",
        sa.Column("id", sa.UUID(), primary_key=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("provider_id", sa.UUID(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("batch_id", sa.UUID(), sa.ForeignKey("payout_batch.id"), index=True),
        sa.Column("cbu", sa.Text()),
        sa.Column("first_approver", sa.UUID()),
        sa.Column("second_approver", sa.UUID()),
        sa.Column("reason", sa.Text()),
        sa.Column("made_at", INSTANT, nullable=False, server_default=NOW),
        sa.CheckConstraint("amount_minor > 0", name="a_payout_is_of_something"),
    )
    op.create_index("payout_open_of_provider", "payout", ["provider_id"], unique=True, postgresql_where=_OPEN)
    op.create_index("payout_of_provider", "payout", ["provider_id", "id"])
    op.create_index("payout_by_status", "payout", ["status", "id"])


def _create_movements() -> None:
    op.create_table(
        "bank_movement",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("item", sa.Text()),
        sa.Column("reference", sa.Text()),
        sa.Column("origin_cbu", sa.Text()),
        sa.Column("origin_cuit", sa.Text()),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("due_at", INSTANT),
        sa.Column("tries", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("seen_at", INSTANT, nullable=False, server_default=NOW),
    )
    op.create_index(
        "bank_movement_explained_once",
        "bank_movement",
        ["item", "kind"],
        unique=True,
        postgresql_where=sa.text("status = 'explained'::text"),
    )
    _create_partial("bank_movement_due", "bank_movement", "due_at", "due_at IS NOT NULL")
    _create_partial("bank_movement_unmatched", "bank_movement", "at", "status = 'unmatched'::text")
    op.create_table(
        "bank_cursor",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("after", sa.Text()),
    )


def _create_partial(name: str, table: str, column: str, where: str) -> None:
    op.create_index(name, table, [column], postgresql_where=sa.text(where))
