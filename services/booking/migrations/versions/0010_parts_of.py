"""A booking may be an occurrence of a series, or a seat of a session. The version before makes neither."""

import sqlalchemy as sa
from alembic import op

from common.migration import build_index, online

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("booking", sa.Column("series_id", sa.UUID()), if_not_exists=True)
    op.add_column("booking", sa.Column("session_id", sa.UUID()), if_not_exists=True)
    with online():
        build_index("booking_of_series", "booking (series_id, starts_at) WHERE series_id IS NOT NULL")
        build_index("booking_of_session", "booking (session_id, id) WHERE session_id IS NOT NULL")
