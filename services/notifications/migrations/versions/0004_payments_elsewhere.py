"""What is paid at a counter or at the bank, and which payment a message is about. The version before plans none."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import UUID

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "payment",
        sa.Column("payment_id", UUID, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("pay_until", sa.DateTime(timezone=True)),
        sa.Column("ticket_method", sa.Text),
        sa.Column("ticket_url", sa.Text),
        sa.Column("ticket_code", sa.Text),
        sa.Column("transfer_cbu", sa.Text),
        sa.Column("transfer_alias", sa.Text),
        sa.Column("transfer_reference", sa.Text),
    )
    op.add_column("notification", sa.Column("payment_id", UUID))
