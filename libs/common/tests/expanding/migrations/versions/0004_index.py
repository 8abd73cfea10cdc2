"""An index on a table that is being written to."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # One that gave up half-way leaves an invalid index behind.
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS thing_by_seen")
        op.execute("CREATE INDEX CONCURRENTLY thing_by_seen ON thing (seen)")
