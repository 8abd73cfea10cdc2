"""Series, and bookings that another one's payment is for. The version before makes neither."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("booking", sa.Column("payer_id", sa.UUID()))
    op.add_column("booking", sa.Column("share_minor", sa.BigInteger()))
    op.create_table(
        "series",
        sa.Column("id", sa.UUID(), primary_key=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("provider_id", sa.UUID(), nullable=False),
        sa.Column("client_id", sa.UUID(), nullable=False),
        sa.Column("leader_id", sa.UUID(), sa.ForeignKey("booking.id"), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("charge", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("starts_local", sa.TIMESTAMP(), nullable=False),
        sa.Column("size", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
    )
