"""The wall-clock start, which stays when a zone's offset changes. Of bookings ahead it is worked out; older need none.

The version before leaves it out: such a booking keeps the instant it was made with.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("booking", sa.Column("starts_local", sa.TIMESTAMP()))
    # Rows lie in the order in which they were made, and so nearly in that of their starts: a few pages say where.
    op.create_index("booking_ahead", "booking", ["starts_at"], postgresql_using="brin")
    op.execute("UPDATE booking SET starts_local = starts_at AT TIME ZONE zone WHERE starts_at > app_now()")
