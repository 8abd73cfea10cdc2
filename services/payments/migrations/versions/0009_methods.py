"""Cards and cash: how an intent is paid, its ticket, and what an undecided attempt is paid with.

The version before leaves `way` at MercadoPago's page, which is all that it knows. What it hears of a card it takes for
the page's: keep the other ways in PAYMENTS_PAUSED_METHODS until it serves no more.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from common.migration import run_script

revision = "0009"
down_revision = "0008"

# The version before decides attempts too while both serve, and knows nothing of tokens and payers.
FORGET_MEANS = """
CREATE FUNCTION forget_means() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.means := NULL;
    RETURN NEW;
END $$;
CREATE TRIGGER means_go_once_an_attempt_is_decided BEFORE INSERT OR UPDATE ON attempt
    FOR EACH ROW WHEN (NEW.means IS NOT NULL AND NEW.status <> ALL (ARRAY['new', 'unknown']))
    EXECUTE FUNCTION forget_means();
"""


def upgrade() -> None:
    op.add_column("payable", sa.Column("starts_at", sa.TIMESTAMP(timezone=True)))
    op.add_column("intent", sa.Column("way", sa.Text(), nullable=False, server_default=sa.text("'checkout_pro'")))
    op.add_column("intent", sa.Column("ticket_url", sa.Text()))
    op.add_column("intent", sa.Column("ticket_code", sa.Text()))
    op.add_column("attempt", sa.Column("means", postgresql.JSONB()))
    op.add_column("attempt", sa.Column("token_print", sa.LargeBinary()))
    run_script(FORGET_MEANS)
