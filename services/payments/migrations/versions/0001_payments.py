"""Intents, attempts, charges, refunds; the ledger; raw webhooks; cases; read models of bookings and providers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from common.migration import application_role, lay_road, run_script

revision = "0001"
down_revision = None

INSTANT = postgresql.TIMESTAMP(timezone=True)
NOW = sa.text("app_now()")

# Each entry sums to zero per currency when its transaction commits, whoever wrote it.
LEDGER_RULES = """
CREATE FUNCTION ledger_check() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    entry uuid;
BEGIN
    IF TG_TABLE_NAME = 'ledger_posting' THEN
        entry := NEW.transaction_id;
    ELSE
        entry := NEW.id;
    END IF;
    IF (SELECT count(*) FROM ledger_posting WHERE transaction_id = entry) < 2
       OR EXISTS (SELECT FROM ledger_posting WHERE transaction_id = entry
                  GROUP BY currency HAVING sum(amount_minor) <> 0) THEN
        RAISE EXCEPTION 'a ledger transaction does not balance' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_transaction_balances AFTER INSERT ON ledger_transaction
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_check();
CREATE CONSTRAINT TRIGGER ledger_posting_balances AFTER INSERT ON ledger_posting
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_check();
"""


def upgrade() -> None:
    lay_road()
    _create_read_models()
    _create_intents()
    _create_charges()
    _create_refunds()
    _create_ledger()
    _create_cases()
    _create_webhooks()
    run_script(LEDGER_RULES)
    role = application_role()
    run_script(
        f'REVOKE UPDATE, DELETE ON ledger_transaction, ledger_posting FROM "{role}";'
        f'REVOKE DELETE ON intent, attempt, charge, refund, reconciliation_case, webhook FROM "{role}"'
    )


def _create_read_models() -> None:
    op.create_table(
        "provider",
        sa.Column("id", sa.UUID(), primary_key=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.UUID(), nullable=False),
    )
    op.create_table(
        "payable",
        sa.Column("booking_id", sa.UUID(), primary_key=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("client_id", sa.UUID(), nullable=False),
        sa.Column("provider_id", sa.UUID(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("due_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("hold_expires_at", INSTANT),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("province", sa.Text(), nullable=False),
        sa.Column("traceparent", sa.Text()),
    )


def _create_intents() -> None:
    op.create_table(
        "intent",
        sa.Column("id", sa.UUID(), primary_key=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("booking_id", sa.UUID(), nullable=False),
        sa.Column("client_id", sa.UUID(), nullable=False),
        sa.Column("provider_id", sa.UUID(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("captured_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("collector_id", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("province", sa.Text(), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("method", sa.Text()),
        sa.Column("paid_at", INSTANT),
        sa.Column("init_point", sa.Text()),
        sa.Column("traceparent", sa.Text()),
        sa.Column("request_key", sa.Text()),
        sa.Column("look_due_at", INSTANT),
        sa.Column("looks", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("close_due_at", INSTANT),
        sa.Column("close_tries", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("close_reason", sa.Text()),
        sa.CheckConstraint(
            "captured_minor >= refunded_minor AND refunded_minor >= 0", name="no_more_back_than_captured"
        ),
        sa.CheckConstraint("amount_minor >= 0", name="an_amount_is_not_negative"),
    )
    op.create_index(
        "intent_open_of_booking",
        "intent",
        ["booking_id"],
        unique=True,
        postgresql_where=sa.text("status = ANY (ARRAY['created', 'awaiting_payer', 'processing', 'authorized'])"),
    )
    op.create_index("intent_of_booking", "intent", ["booking_id", "id"])
    _create_partial("intent_of_request", "intent", "request_key")
    _create_partial("intent_look_due", "intent", "look_due_at")
    _create_partial("intent_close_due", "intent", "close_due_at")


def _create_charges() -> None:
    op.create_table(
        "attempt",
        sa.Column("intent_id", sa.UUID(), sa.ForeignKey("intent.id"), primary_key=True),
        sa.Column("n", sa.SmallInteger(), primary_key=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("preference_id", sa.Text()),
        sa.Column("busy_until", INSTANT),
        sa.Column("problem", sa.Text()),
    )
    op.create_table(
        "charge",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("intent_id", sa.UUID(), sa.ForeignKey("intent.id"), nullable=False, index=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("method", sa.Text()),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("captured_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("surplus", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "captured_minor >= refunded_minor AND refunded_minor >= 0", name="no_more_back_than_captured"
        ),
    )
    op.create_index(
        "charge_that_counts",
        "charge",
        ["intent_id"],
        unique=True,
        postgresql_where=sa.text("captured_minor > 0 AND NOT surplus"),
    )


def _create_refunds() -> None:
    op.create_table(
        "refund",
        sa.Column("id", sa.UUID(), primary_key=True),
        sa.Column("intent_id", sa.UUID(), sa.ForeignKey("intent.id"), nullable=False, index=True),
        sa.Column("charge_id", sa.Text(), sa.ForeignKey("charge.id")),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("found_id", sa.Text()),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", INSTANT),
        sa.Column("problem", sa.Text()),
        sa.Column("created_at", INSTANT, nullable=False, server_default=NOW),
        sa.CheckConstraint("amount_minor > 0", name="a_refund_is_of_something"),
    )
    _create_partial("refund_found_once", "refund", "found_id", unique=True)
    op.create_index(
        "refund_one_in_flight", "refund", ["charge_id"], unique=True, postgresql_where=sa.text("status = 'sent'::text")
    )
    _create_partial("refund_due", "refund", "due_at")


def _create_ledger() -> None:
    op.create_table(
        "ledger_transaction",
        sa.Column("id", sa.UUID(), primary_key=True),
        sa.Column("reference", sa.Text(), nullable=False, unique=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("intent_id", sa.UUID(), sa.ForeignKey("intent.id"), nullable=False, index=True),
        sa.Column("booking_id", sa.UUID(), nullable=False),
        sa.Column("charge_id", sa.Text(), nullable=False),
        sa.Column("booked_at", INSTANT, nullable=False, server_default=NOW),
    )
    op.create_table(
        "ledger_posting",
        sa.Column("transaction_id", sa.UUID(), sa.ForeignKey("ledger_transaction.id"), primary_key=True),
        sa.Column("line", sa.SmallInteger(), primary_key=True),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
    )
    op.create_index("ledger_posting_of_account", "ledger_posting", ["account", "currency"])


def _create_cases() -> None:
    op.create_table(
        "reconciliation_case",
        sa.Column("id", sa.UUID(), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("intent_id", sa.UUID()),
        sa.Column("booking_id", sa.UUID()),
        sa.Column("found", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False, server_default=sa.text("1")),
        sa.Column("opened_at", INSTANT, nullable=False, server_default=NOW),
        sa.Column("seen_at", INSTANT, nullable=False, server_default=NOW),
        sa.Column("closed_at", INSTANT),
    )
    op.create_index(
        "case_open",
        "reconciliation_case",
        ["kind", "subject"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )


def _create_webhooks() -> None:
    op.create_table(
        "webhook",
        sa.Column("id", sa.UUID(), primary_key=True),
        sa.Column("resource_key", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("hint", sa.Boolean(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("deliveries", sa.Integer(), nullable=False, server_default=sa.text("1")),
        sa.Column("received_at", INSTANT, nullable=False, server_default=NOW),
        sa.Column("due_at", INSTANT),
        sa.Column("tries", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("problem", sa.Text()),
    )
    op.create_index(
        "webhook_delivered_once",
        "webhook",
        ["resource_key", "request_id"],
        unique=True,
        postgresql_where=sa.text("request_id <> ''::text"),
    )
    op.create_index(
        "webhook_hinted_once",
        "webhook",
        ["resource_key"],
        unique=True,
        postgresql_where=sa.text("hint AND status = 'due'::text"),
    )
    _create_partial("webhook_due", "webhook", "due_at")
    op.create_index(
        "webhook_unfinished",
        "webhook",
        ["status"],
        postgresql_where=sa.text("status = ANY (ARRAY['dead', 'orphan'])"),
    )


def _create_partial(name: str, table: str, column: str, *, unique: bool = False) -> None:
    op.create_index(name, table, [column], unique=unique, postgresql_where=sa.text(f"{column} IS NOT NULL"))
