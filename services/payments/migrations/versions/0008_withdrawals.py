"""Withdrawals and the marks of contacts; who asked for a refund and who decided; when a booking was made.

The version before writes none of it: its refunds were asked for by nobody in person, its bookings' day is read from
their ids.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from common.migration import application_role, run_script

revision = "0008"
down_revision = "0007"

_INSTANT = sa.TIMESTAMP(timezone=True)
_ENDED_WELL = "status = ANY (ARRAY['confirmed', 'refunding', 'done'])"


def upgrade() -> None:
    op.add_column("refund", sa.Column("asked_by", sa.UUID()))
    op.add_column("refund", sa.Column("decided_by", sa.UUID()))
    op.add_column("refund", sa.Column("decided_at", _INSTANT))
    op.add_column("payable", sa.Column("created_at", _INSTANT))
    op.create_table(
        "contact",
        sa.Column("account_id", sa.UUID(), primary_key=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("marks", ARRAY(sa.LargeBinary()), nullable=False),
        sa.Column("key_id", sa.Text()),
        sa.Column("erased", sa.Boolean(), nullable=False),
    )
    _create_withdrawals()
    run_script(f'REVOKE DELETE ON withdrawal FROM "{application_role()}"')


def _create_withdrawals() -> None:
    op.create_table(
        "withdrawal",
        sa.Column("id", sa.UUID(), primary_key=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("tracking_code", sa.Text(), nullable=False),
        sa.Column("booking_id", sa.UUID(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("marks", ARRAY(sa.LargeBinary()), nullable=False),
        sa.Column("slot_of", sa.LargeBinary()),
        sa.Column("slot", sa.SmallInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("refusal", sa.Text()),
        sa.Column("client_id", sa.UUID()),
        sa.Column("provider_id", sa.UUID()),
        sa.Column("code_mark", sa.LargeBinary()),
        sa.Column("tries", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("looks", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("due_at", _INSTANT),
        sa.Column("traceparent", sa.Text()),
        sa.Column("created_at", _INSTANT, nullable=False, server_default=sa.text("app_now()")),
        sa.Column("confirmed_at", _INSTANT),
    )
    op.create_index(
        "withdrawal_slot",
        "withdrawal",
        ["booking_id", "slot_of", "slot"],
        unique=True,
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_index(
        "withdrawal_of_booking", "withdrawal", ["booking_id"], unique=True, postgresql_where=sa.text(_ENDED_WELL)
    )
    op.create_index("withdrawal_due", "withdrawal", ["due_at"], postgresql_where=sa.text("due_at IS NOT NULL"))
