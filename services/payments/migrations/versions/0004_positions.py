"""What a charge costs and who has earned it, so that the ledger can follow. The version before leaves them at rest.

Columns only, which take an instant; their indexes, and what was booked before, are left to 0012. A trigger names the
provider of what the version before books meanwhile.
"""

import sqlalchemy as sa
from alembic import op

from common.migration import run_script

revision = "0004"
down_revision = "0003"

NAME_PROVIDER = """
CREATE FUNCTION name_provider() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT provider_id INTO NEW.provider_id FROM intent WHERE id = NEW.intent_id;
    RETURN NEW;
END $$;
CREATE TRIGGER provider_is_named BEFORE INSERT ON ledger_transaction
FOR EACH ROW WHEN (NEW.provider_id IS NULL AND NEW.intent_id IS NOT NULL) EXECUTE FUNCTION name_provider();
"""


def upgrade() -> None:
    for name in ("commission_bps", "vat_bps"):
        op.add_column("intent", sa.Column(name, sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.add_column("intent", sa.Column("earned", sa.Boolean(), nullable=False, server_default=sa.text("false")))
    op.add_column("intent", sa.Column("earn_due_at", sa.TIMESTAMP(timezone=True)))
    for name in ("fee_minor", "withheld_minor", "lost_minor"):
        op.add_column("charge", sa.Column(name, sa.BigInteger(), nullable=False, server_default=sa.text("0")))
    op.add_column("charge", sa.Column("released", sa.Boolean(), nullable=False, server_default=sa.text("false")))
    op.add_column("charge", sa.Column("entries", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.add_column("payable", sa.Column("service_id", sa.UUID()))
    op.add_column("payable", sa.Column("price_minor", sa.BigInteger()))
    op.add_column("ledger_transaction", sa.Column("provider_id", sa.UUID()))
    run_script(NAME_PROVIDER)
