"""Indexes of tables that are being written to, and the provider of what was booked before 0004. Nobody waits for it.

Each step may be repeated: one that gave up half-way (an index that is not valid) is begun anew.
"""

from typing import Final

from alembic import op
from sqlalchemy import text

revision = "0012"
down_revision = "0011"

_OPEN: Final = "status = ANY (ARRAY['created', 'awaiting_payer', 'processing', 'authorized'])"
INDEXES: Final = {
    "intent_earn_due": "ON intent (earn_due_at) WHERE earn_due_at IS NOT NULL",
    "intent_running_out": f"ON intent (expires_at) WHERE purpose <> 'due' AND {_OPEN}",
    "ledger_transaction_of_provider": "ON ledger_transaction (provider_id, id)",
    "refund_of_charge": "ON refund (charge_id, id)",
    "webhook_ended": "ON webhook (status, received_at) WHERE NOT hint AND status <> 'due'::text",
    "case_of_subject": "ON reconciliation_case (subject)",
    "case_of_intent": "ON reconciliation_case (intent_id)",
}
UNIQUE: Final = {
    "intent_open_for_purpose": f"ON intent (booking_id, purpose) WHERE {_OPEN}",
    "intent_of_transfer": "ON intent (transfer_code) WHERE transfer_code IS NOT NULL",
}
_BROKEN: Final = """
    SELECT count(*) FROM pg_index WHERE indexrelid = to_regclass(:name) AND NOT indisvalid
"""
_NAME_SOME: Final = """
    WITH named AS (
        UPDATE ledger_transaction t SET provider_id = intent.provider_id FROM intent
        WHERE intent.id = t.intent_id AND t.id = ANY (ARRAY(
            SELECT id FROM ledger_transaction WHERE provider_id IS NULL AND intent_id IS NOT NULL LIMIT 5000))
        RETURNING 1)
    SELECT count(*) FROM named
"""


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # However big the table: nobody waits for it.
        allowed = op.get_bind().scalar(text("SHOW statement_timeout"))
        op.execute("SET statement_timeout TO 0")
        for name, index in INDEXES.items():
            _make("INDEX", name, index)
        for name, index in UNIQUE.items():
            _make("UNIQUE INDEX", name, index)
        # Only now: until here it kept the version before from opening a second one.
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS intent_open_of_booking")
        op.execute(f"SET statement_timeout TO '{allowed}'")
        while op.get_bind().scalar(text(_NAME_SOME)):
            pass


def _make(kind: str, name: str, index: str) -> None:
    if op.get_bind().scalar(text(_BROKEN), {"name": name}):
        op.execute(f"DROP INDEX CONCURRENTLY {name}")
    op.execute(f"CREATE {kind} CONCURRENTLY IF NOT EXISTS {name} {index}")
