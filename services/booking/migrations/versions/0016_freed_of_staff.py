"""What came free says whose time it is: it ends when that time is taken. The version before leaves it open."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("freed", sa.Column("staff_id", sa.UUID(), nullable=True), if_not_exists=True)
