"""Which transfer of ours the first of two persons named for a refund.

The version before keeps only who it was: its word counts for no transfer, and both persons say it once more.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("refund", sa.Column("sent_as", sa.Text()))
