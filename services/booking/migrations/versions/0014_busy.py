"""Who is taken when is told as it changes. The version before claims and lets go; the triggers note it all the same.

Each step may be taken again: what gave up half-way is gone on with.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSTZRANGE

from common.migration import build_index, online, run_script

revision = "0014"
down_revision = "0013"

# Counts are no time of anybody's.
_TRIGGERS = """
    CREATE OR REPLACE FUNCTION note_touched() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO touched (resource, during) SELECT resource, during FROM changed WHERE NOT counts;
        RETURN NULL;
    END $$;
    CREATE OR REPLACE FUNCTION note_touched_both_ways() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO touched (resource, during)
        SELECT resource, during FROM before WHERE NOT counts UNION SELECT resource, during FROM after WHERE NOT counts;
        RETURN NULL;
    END $$;
    CREATE OR REPLACE TRIGGER claimed_is_touched AFTER INSERT ON claim REFERENCING NEW TABLE AS changed
        FOR EACH STATEMENT EXECUTE FUNCTION note_touched();
    CREATE OR REPLACE TRIGGER let_go_is_touched AFTER DELETE ON claim REFERENCING OLD TABLE AS changed
        FOR EACH STATEMENT EXECUTE FUNCTION note_touched();
    CREATE OR REPLACE TRIGGER changed_is_touched AFTER UPDATE ON claim
        REFERENCING OLD TABLE AS before NEW TABLE AS after
        FOR EACH STATEMENT EXECUTE FUNCTION note_touched_both_ways();
"""


def upgrade() -> None:
    op.create_table(
        "touched",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("resource", sa.UUID(), nullable=False),
        sa.Column("during", TSTZRANGE(), nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "busy",
        sa.Column("id", sa.UUID(), primary_key=True),
        sa.Column("provider_id", sa.UUID(), nullable=False),
        sa.Column("staff_id", sa.UUID(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("bits", sa.Text(), nullable=False),
        if_not_exists=True,
    )
    op.execute("CREATE INDEX IF NOT EXISTS busy_of_day ON busy (day)")
    run_script(_TRIGGERS)
    with online():
        build_index("provider_staff", "provider USING gin ((state -> 'staff') jsonb_path_ops)")
        # What is ahead already was touched by nobody who noted it.
        op.execute("""
            INSERT INTO touched (resource, during)
            SELECT resource, during FROM claim WHERE live AND NOT counts AND upper(during) > app_now()
        """)
