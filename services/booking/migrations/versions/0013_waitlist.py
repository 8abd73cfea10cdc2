"""The waitlist. The version before frees slots without offering them to anybody: nothing of it reads these tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"

_INSTANT = postgresql.TIMESTAMP(timezone=True)
_OPEN = sa.text("status = ANY (ARRAY['waiting'::text, 'offered'::text])")


def upgrade() -> None:
    op.create_table(
        "waiting",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("client_id", sa.UUID(), nullable=False),
        sa.Column("provider_id", sa.UUID(), nullable=False),
        sa.Column("service_ids", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column("staff_id", sa.UUID()),
        sa.Column("place_id", sa.UUID()),
        sa.Column("wanted", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("offer_booking_id", sa.UUID()),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("due_at", _INSTANT, nullable=False),
        sa.CheckConstraint("(status = 'offered') = (offer_booking_id IS NOT NULL)", name="an_offer_is_a_booking"),
        sa.ForeignKeyConstraint(["offer_booking_id"], ["booking.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("waiting_due", "waiting", ["due_at"], postgresql_where=sa.text("status = 'waiting'::text"))
    op.create_index("waiting_in_line", "waiting", ["provider_id", "id"], postgresql_where=_OPEN)
    op.create_index("waiting_numbers", "waiting", ["client_id", "number"], unique=True, postgresql_where=_OPEN)
    op.create_index("waiting_of_client", "waiting", ["client_id", "id"])
    op.create_table(
        "freed",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("origin_id", sa.UUID(), nullable=False),
        sa.Column("provider_id", sa.UUID(), nullable=False),
        sa.Column("booking_id", sa.UUID(), nullable=False),
        sa.Column("freed_by", sa.UUID()),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("during", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("due_at", _INSTANT, nullable=False),
        sa.Column("passed_id", sa.UUID()),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("freed_due", "freed", ["due_at"])
    op.create_index("freed_of_provider", "freed", ["provider_id"])
    op.create_table(
        "offer",
        sa.Column("origin_id", sa.UUID(), nullable=False),
        sa.Column("client_id", sa.UUID(), nullable=False),
        sa.Column("waiting_id", sa.UUID(), nullable=False),
        sa.Column("booking_id", sa.UUID(), nullable=False),
        sa.Column("freed_by", sa.UUID()),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["waiting_id"], ["waiting.id"]),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"]),
        sa.PrimaryKeyConstraint("origin_id", "client_id"),
        sa.UniqueConstraint("booking_id", name="offer_of_booking"),
    )
