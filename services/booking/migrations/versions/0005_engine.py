"""Time off, visits of several services, and counts of a day. The version before makes bookings without them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "time_off",
        sa.Column("id", sa.UUID(), primary_key=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("provider_id", sa.UUID(), nullable=False),
        sa.Column("ends", sa.TIMESTAMP(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("state", JSONB(), nullable=False),
    )
    op.create_index("time_off_of_provider", "time_off", ["provider_id", "ends"])
    op.add_column("booking", sa.Column("also", JSONB(), nullable=False, server_default=sa.text("'[]'")))
    op.add_column("booking", sa.Column("net_minor", sa.BigInteger()))
    op.add_column("claim", sa.Column("counts", sa.Boolean(), nullable=False, server_default=sa.text("false")))
