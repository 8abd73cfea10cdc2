"""What other parts report of themselves. The version before does not look at it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from common.migration import application_role

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "report",
        sa.Column("id", sa.UUID, primary_key=True),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
    )
    op.create_index("report_by_time", "report", ["at"])
    op.execute(f'REVOKE UPDATE ON report FROM "{application_role()}"')
