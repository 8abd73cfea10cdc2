"""Hints leave nothing behind and wait after signed webhooks; refusals of a refund are counted; the ledger by day."""

import sqlalchemy as sa
from alembic import op

from common.migration import application_role, run_script

revision = "0002"
down_revision = "0001"

# A notification that MercadoPago signed is evidence; a hint is anybody's and goes when it has ended.
ONLY_HINTS = """
CREATE FUNCTION only_ended_hints_go() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'only a hint that has ended is deleted' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER webhook_is_kept BEFORE DELETE ON webhook
    FOR EACH ROW WHEN (NOT OLD.hint OR OLD.status = 'due') EXECUTE FUNCTION only_ended_hints_go();
"""


def upgrade() -> None:
    op.add_column("refund", sa.Column("refusals", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.create_index("ledger_transaction_booked", "ledger_transaction", ["booked_at"])
    op.drop_index("webhook_due", "webhook")
    op.create_index("webhook_due", "webhook", ["hint", "due_at"], postgresql_where=sa.text("due_at IS NOT NULL"))
    op.create_index("webhook_hint_ended", "webhook", ["id"], postgresql_where=sa.text("hint AND status <> 'due'::text"))
    run_script("UPDATE webhook SET body = '' WHERE hint AND body <> ''")
    run_script(ONLY_HINTS)
    run_script(f'GRANT DELETE ON webhook TO "{application_role()}"')
