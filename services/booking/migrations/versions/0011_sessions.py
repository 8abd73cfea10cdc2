"""Group sessions, whose claims stand beside the bookings'. The version before finds the claims, and makes no session.

Each step may be taken again: what gave up half-way is gone on with.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from common.migration import build_index, online

revision = "0011"
down_revision = "0010"

_INSTANT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "session",
        sa.Column("id", sa.UUID(), primary_key=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("provider_id", sa.UUID(), nullable=False),
        sa.Column("place_id", sa.UUID(), nullable=False),
        sa.Column("service_id", sa.UUID(), nullable=False),
        sa.Column("staff_id", sa.UUID(), nullable=False),
        sa.Column("resource_ids", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column("starts_at", _INSTANT, nullable=False),
        sa.Column("ends_at", _INSTANT, nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("province", sa.Text(), nullable=False),
        sa.Column("starts_local", sa.TIMESTAMP(), nullable=False),
        sa.Column("seats", sa.SmallInteger(), nullable=False),
        sa.Column("minimum", sa.SmallInteger(), nullable=False),
        sa.Column("decide_at", _INSTANT, nullable=False),
        sa.Column("due_at", _INSTANT),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("cancelled_by", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.CheckConstraint("minimum BETWEEN 1 AND seats", name="a_minimum_can_be_reached"),
        if_not_exists=True,
    )
    for name, on in {
        "session_due": "session (due_at) WHERE due_at IS NOT NULL",
        "session_ahead": "session (starts_at)",
        "session_of_provider_day": "session (provider_id, local_date)",
        "session_of_service_day": "session (service_id, local_date)",
    }.items():
        op.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {on}")
    _let_sessions_claim()
    with online():
        op.execute("ALTER TABLE claim VALIDATE CONSTRAINT claim_session_id_fkey")
        op.execute("ALTER TABLE claim VALIDATE CONSTRAINT a_claim_is_of_one")
        build_index("claim_of_session", "claim (session_id) WHERE session_id IS NOT NULL")


def _let_sessions_claim() -> None:
    """The rows there are, all of which are bookings', are looked through afterwards: nobody waits for that."""
    for change in (
        "ADD COLUMN IF NOT EXISTS session_id uuid",
        "ALTER COLUMN booking_id DROP NOT NULL",
        "DROP CONSTRAINT IF EXISTS claim_session_id_fkey",
        "ADD CONSTRAINT claim_session_id_fkey FOREIGN KEY (session_id) REFERENCES session (id) NOT VALID",
        "DROP CONSTRAINT IF EXISTS a_claim_is_of_one",
        "ADD CONSTRAINT a_claim_is_of_one CHECK (num_nonnulls(booking_id, session_id) = 1) NOT VALID",
    ):
        op.execute(f"ALTER TABLE claim {change}")
