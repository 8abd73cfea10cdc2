"""Approval, moves and fees. The version before makes no booking that waits for approval, and moves none."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_ASKED = "status <> 'pending' OR (hold_number IS NOT NULL AND due_at IS NOT NULL)"


def upgrade() -> None:
    op.add_column("booking", sa.Column("approved_at", sa.TIMESTAMP(timezone=True)))
    op.add_column("booking", sa.Column("rescheduled", sa.SmallInteger(), nullable=False, server_default=sa.text("0")))
    op.add_column("booking", sa.Column("fee_owed_minor", sa.BigInteger()))
    # The rows there are, none of which waits, are looked through afterwards: nobody waits for that.
    op.execute(f"ALTER TABLE booking ADD CONSTRAINT a_request_falls_due CHECK ({_ASKED}) NOT VALID")
