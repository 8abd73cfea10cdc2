"""The last payment that was closed: news of its beginning must not outlive it. The version before knows none."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("booking", sa.Column("closed_payment_id", sa.UUID()))
