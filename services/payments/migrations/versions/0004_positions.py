"""What a charge costs and who has earned it, so that the ledger can follow. The version before leaves them at rest.

Entries that it makes meanwhile are of no provider: they are captures and refunds, which no earnings are made of.
"""

import sqlalchemy as sa
from alembic import op

from common.migration import run_script

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    for name in ("commission_bps", "vat_bps"):
        op.add_column("intent", sa.Column(name, sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.add_column("intent", sa.Column("earned", sa.Boolean(), nullable=False, server_default=sa.text("false")))
    op.add_column("intent", sa.Column("earn_due_at", sa.TIMESTAMP(timezone=True)))
    op.create_index("intent_earn_due", "intent", ["earn_due_at"], postgresql_where=sa.text("earn_due_at IS NOT NULL"))
    for name in ("fee_minor", "withheld_minor", "lost_minor"):
        op.add_column("charge", sa.Column(name, sa.BigInteger(), nullable=False, server_default=sa.text("0")))
    op.add_column("charge", sa.Column("released", sa.Boolean(), nullable=False, server_default=sa.text("false")))
    op.add_column("charge", sa.Column("entries", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.add_column("payable", sa.Column("service_id", sa.UUID()))
    op.add_column("payable", sa.Column("price_minor", sa.BigInteger()))
    op.add_column("ledger_transaction", sa.Column("provider_id", sa.UUID()))
    op.create_index("ledger_transaction_of_provider", "ledger_transaction", ["provider_id", "id"])
    run_script("""
        UPDATE ledger_transaction SET provider_id = intent.provider_id FROM intent WHERE intent.id = intent_id
    """)
