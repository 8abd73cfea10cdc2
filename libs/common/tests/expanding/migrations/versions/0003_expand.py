"""What an expand migration may do while the previous version serves."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("ALTER TABLE thing ADD COLUMN colour text")
    op.execute("CREATE TABLE thing_note (thing_id uuid PRIMARY KEY REFERENCES thing, note text NOT NULL)")
