"""The wall-clock start, which stays when a zone's offset changes. The version before leaves it out: such a booking
keeps the instant it was made with."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("booking", sa.Column("starts_local", sa.TIMESTAMP()))
