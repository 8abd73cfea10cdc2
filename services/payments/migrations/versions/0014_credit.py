"""Clients' credit: balances, and the movements that change them.

The version before knows no payment by credit: keep `credit` in PAYMENTS_PAUSED_METHODS until it serves no more.
"""

import sqlalchemy as sa
from alembic import op

from common.migration import application_role, run_script

revision = "0014"
down_revision = "0013"

_INSTANT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "credit_account",
        sa.Column("client_id", sa.UUID(), primary_key=True),
        sa.Column("balance_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("balance_minor >= 0", name="no_more_spent_than_there_is"),
    )
    _create_movements()
    role = application_role()
    run_script(
        f'REVOKE DELETE ON credit_account, credit_movement FROM "{role}";'
        f'REVOKE UPDATE ON credit_movement FROM "{role}";'
        f'GRANT UPDATE (status, approved_by, decided_at) ON credit_movement TO "{role}"'
    )
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS payable_of_client")
        op.execute("CREATE INDEX CONCURRENTLY payable_of_client ON payable (client_id)")


def _create_movements() -> None:
    op.create_table(
        "credit_movement",
        sa.Column("id", sa.UUID(), primary_key=True),
        sa.Column("client_id", sa.UUID(), sa.ForeignKey("credit_account.client_id"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False, unique=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.UUID(), sa.ForeignKey("intent.id")),
        sa.Column("reason", sa.Text()),
        sa.Column("granted_by", sa.UUID()),
        sa.Column("approved_by", sa.UUID()),
        sa.Column("decided_at", _INSTANT),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.CheckConstraint(
            "CASE WHEN kind = ANY (ARRAY['granted', 'returned']) THEN amount_minor > 0 ELSE amount_minor < 0 END",
            name="a_movement_goes_its_kinds_way",
        ),
        sa.CheckConstraint("status = 'done' OR kind = 'granted'", name="only_a_grant_waits"),
        sa.CheckConstraint("approved_by <> granted_by", name="another_person_decides"),
    )
    op.create_index("credit_movement_of_client", "credit_movement", ["client_id", "id"])
    op.create_index(
        "credit_movement_of_payment",
        "credit_movement",
        ["payment_id"],
        postgresql_where=sa.text("payment_id IS NOT NULL"),
    )
