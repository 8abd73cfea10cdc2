"""A refund says whose share of a payment for several bookings it is; until now only the end of its reason did."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("refund", sa.Column("share_of", sa.UUID(), nullable=True), if_not_exists=True)
    op.execute("""
        UPDATE refund SET share_of = CAST(substring(reason FROM ':([0-9a-f-]{36})$') AS uuid)
        WHERE share_of IS NULL AND reason NOT LIKE 'given-back-by-%' AND reason ~ ':[0-9a-f-]{36}$'
    """)
