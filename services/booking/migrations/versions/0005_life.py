"""Approval, moves and fees. The version before makes none that waits for approval, and its holds count with these.

The wider index stands before the narrower one goes: the version before finds either for its ON CONFLICT.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_ASKED = "status <> 'pending' OR (hold_number IS NOT NULL AND due_at IS NOT NULL)"
_NUMBERS = "booking (client_id, hold_number) WHERE status = ANY (ARRAY['pending'::text, 'held'::text])"


def upgrade() -> None:
    op.add_column("booking", sa.Column("approved_at", sa.TIMESTAMP(timezone=True)))
    op.add_column("booking", sa.Column("rescheduled", sa.SmallInteger(), nullable=False, server_default=sa.text("0")))
    op.add_column("booking", sa.Column("fee_owed_minor", sa.BigInteger()))
    # No row waits for approval yet: there is nothing to look through.
    op.execute(f"ALTER TABLE booking ADD CONSTRAINT a_request_falls_due CHECK ({_ASKED}) NOT VALID")
    with op.get_context().autocommit_block():
        # One that gave up half-way leaves an invalid index behind.
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS booking_open_numbers")
        op.execute(f"CREATE UNIQUE INDEX CONCURRENTLY booking_open_numbers ON {_NUMBERS}")
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS booking_open_holds")
        op.execute("ALTER TABLE booking VALIDATE CONSTRAINT a_request_falls_due")
