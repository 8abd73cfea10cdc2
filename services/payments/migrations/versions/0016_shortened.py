"""Whether an old movement was cut to what is needed: of what payers wrote only our own references are kept.

What the version before has shortened is looked at once more, for its text.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column(
        "bank_movement", sa.Column("shortened", sa.Boolean(), nullable=False, server_default=sa.text("false"))
    )
