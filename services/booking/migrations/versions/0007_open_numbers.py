"""What waits for approval counts as an open hold.

The wider index stands before the narrower one goes: the version before finds either for its ON CONFLICT.
"""

from alembic import op
from sqlalchemy import text

revision = "0007"
down_revision = "0006"

_NUMBERS = "booking (client_id, hold_number) WHERE status = ANY (ARRAY['pending'::text, 'held'::text])"

_IS_VALID = text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('booking_open_numbers')")


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # However big the table: nobody waits for it.
        allowed = op.get_bind().scalar(text("SHOW statement_timeout"))
        op.execute("SET statement_timeout TO 0")
        op.execute("ALTER TABLE booking VALIDATE CONSTRAINT a_request_falls_due")
        # One that gave up half-way leaves an invalid index behind; a valid one may be the only judge there is by now.
        if not op.get_bind().scalar(_IS_VALID):
            op.execute("DROP INDEX CONCURRENTLY IF EXISTS booking_open_numbers")
            op.execute(f"CREATE UNIQUE INDEX CONCURRENTLY booking_open_numbers ON {_NUMBERS}")
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS booking_open_holds")
        op.execute(f"SET statement_timeout TO '{allowed}'")
