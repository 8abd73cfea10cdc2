"""Withdrawals that nobody proved go after a month: anybody may ask for one, so they must not pile up."""

from alembic import op

from common.migration import application_role, run_script

revision = "0013"
down_revision = "0012"

ONLY_UNPROVED = """
CREATE FUNCTION only_unproved_withdrawals_go() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'only a withdrawal that nobody proved is deleted, after a month'
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER withdrawal_is_kept BEFORE DELETE ON withdrawal FOR EACH ROW
WHEN (OLD.status <> 'expired' OR OLD.created_at > app_now() - interval '30 days')
EXECUTE FUNCTION only_unproved_withdrawals_go();
"""


def upgrade() -> None:
    run_script(ONLY_UNPROVED)
    run_script(f'GRANT DELETE ON withdrawal TO "{application_role()}"')
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS withdrawal_expired")
        op.execute("CREATE INDEX CONCURRENTLY withdrawal_expired ON withdrawal (created_at) WHERE status = 'expired'")
