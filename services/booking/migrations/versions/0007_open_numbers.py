"""What waits for approval counts as an open hold.

The wider index stands before the narrower one goes: the version before finds either for its ON CONFLICT.
"""

from alembic import op

from common.migration import build_index, online

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    with online():
        op.execute("ALTER TABLE booking VALIDATE CONSTRAINT a_request_falls_due")
        open_ones = "status = ANY (ARRAY['pending'::text, 'held'::text])"
        build_index("booking_open_numbers", f"booking (client_id, hold_number) WHERE {open_ones}", "UNIQUE INDEX")
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS booking_open_holds")
