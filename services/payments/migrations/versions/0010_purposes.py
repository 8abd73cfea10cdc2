"""Balances, tips and money taken at the place. What there is was due; the version before makes nothing else."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("intent", sa.Column("purpose", sa.Text(), nullable=False, server_default=sa.text("'due'")))
    _create_at_place()


def _create_at_place() -> None:
    op.create_table(
        "at_place",
        sa.Column("id", sa.UUID(), primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.UUID(), nullable=False),
        sa.Column("provider_id", sa.UUID(), nullable=False),
        sa.Column("client_id", sa.UUID(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.UUID(), nullable=False),
        sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("voided_at", sa.TIMESTAMP(timezone=True)),
        sa.CheckConstraint("amount_minor > 0", name="at_place_is_of_something"),
    )
    op.create_index("at_place_of_booking", "at_place", ["booking_id", "id"])
