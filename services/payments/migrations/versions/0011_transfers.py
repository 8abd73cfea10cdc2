"""Bank transfers: their references, where a charge's money is, and which payment or refund a movement is about.

The version before keeps clients' transfers as unmatched and looks no further: the new one finds them due. It knows no
charge at the bank, so keep `transfer` in PAYMENTS_PAUSED_METHODS until it serves no more.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"

INSTANT = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.add_column("intent", sa.Column("transfer_code", sa.Text()))
    op.add_column("charge", sa.Column("at", sa.Text(), nullable=False, server_default=sa.text("'mercadopago'")))
    op.add_column("refund", sa.Column("sent_by", sa.UUID()))
    op.add_column("bank_movement", sa.Column("match_due_at", INSTANT, server_default=sa.text("app_now()")))
    op.add_column("bank_movement", sa.Column("match_tries", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.add_column("bank_movement", sa.Column("vertical", sa.Text()))
    op.add_column("bank_movement", sa.Column("matched_id", sa.UUID()))
    op.create_index(
        "bank_movement_match_due",
        "bank_movement",
        ["match_due_at"],
        postgresql_where=sa.text("status = ANY (ARRAY['unmatched', 'matching'])"),
    )
    op.create_index(
        "bank_movement_of_clients",
        "bank_movement",
        ["at", "id"],
        postgresql_where=sa.text("kind = 'transfer_in'::text"),
    )
