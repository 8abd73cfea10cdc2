"""How many appointments a message is about. The version before plans none of those."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("notification", sa.Column("many", sa.SmallInteger))
