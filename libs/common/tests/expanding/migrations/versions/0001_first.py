"""The road, and one table of things."""

from alembic import op

from common.migration import lay_road

revision = "0001"
down_revision = None


def upgrade() -> None:
    lay_road()
    op.execute("CREATE TABLE thing (id uuid PRIMARY KEY, version bigint NOT NULL, seen integer NOT NULL DEFAULT 0)")
