"""What a captured payment was for. All there is was due; the version before takes nothing else."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("capture", sa.Column("purpose", sa.Text(), nullable=False, server_default=sa.text("'due'")))
