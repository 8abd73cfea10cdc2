"""Disputes about charges, charges whose dispute is still looked for, and documents. The version before sees none."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from common.migration import application_role, run_script

revision = "0005"
down_revision = "0004"

INSTANT = postgresql.TIMESTAMP(timezone=True)
NOW = sa.text("app_now()")
# Disputed payments were told by a case of their own; what is still open of them is looked for.
SEEK = """
INSERT INTO dispute_search (charge_id, intent_id)
SELECT id, intent_id FROM charge WHERE status = 'charged_back' ON CONFLICT DO NOTHING;
"""


def upgrade() -> None:
    _create_disputes()
    _create_searches()
    _create_documents()
    run_script(SEEK)
    run_script(f'REVOKE DELETE ON dispute, dispute_document FROM "{application_role()}"')


def _create_disputes() -> None:
    op.create_table(
        "dispute",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("key", sa.UUID(), nullable=False, unique=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("charge_id", sa.Text(), nullable=False),
        sa.Column("intent_id", sa.UUID(), sa.ForeignKey("intent.id"), nullable=False),
        sa.Column("booking_id", sa.UUID(), nullable=False),
        sa.Column("provider_id", sa.UUID(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("papers", sa.Text(), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("eligible", sa.Boolean(), nullable=False),
        sa.Column("coverage", sa.Boolean()),
        sa.Column("deadline", INSTANT),
        sa.Column("contested", sa.Boolean(), nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("decided_at", INSTANT),
        sa.Column("told", sa.Text(), nullable=False, server_default=sa.text("''::text")),
        sa.Column("look_due_at", INSTANT),
        sa.Column("send_due_at", INSTANT),
        sa.Column("send_tries", sa.Integer(), nullable=False, server_default=sa.text("0")),
    )
    for name in ("charge_id", "intent_id"):
        op.create_index(f"ix_dispute_{name}", "dispute", [name])
    op.create_index("dispute_of_status", "dispute", ["status", "key"])
    op.create_index("dispute_of_provider", "dispute", ["provider_id", "key"])
    for name in ("look", "send"):
        where = sa.text(f"{name}_due_at IS NOT NULL")
        op.create_index(f"dispute_{name}_due", "dispute", [f"{name}_due_at"], postgresql_where=where)


def _create_searches() -> None:
    op.create_table(
        "dispute_search",
        sa.Column("charge_id", sa.Text(), primary_key=True),
        sa.Column("intent_id", sa.UUID(), sa.ForeignKey("intent.id"), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False, server_default=NOW),
        sa.Column("tries", sa.Integer(), nullable=False, server_default=sa.text("0")),
    )
    op.create_index("dispute_search_due", "dispute_search", ["due_at"])


def _create_documents() -> None:
    op.create_table(
        "dispute_document",
        sa.Column("id", sa.UUID(), primary_key=True),
        sa.Column("dispute_id", sa.Text(), sa.ForeignKey("dispute.id"), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False, server_default=NOW),
        sa.CheckConstraint(
            "status = ANY (ARRAY['waiting', 'sent']) OR content = ''::bytea", name="what_ended_has_no_bytes"
        ),
    )
    op.create_index("dispute_document_once", "dispute_document", ["dispute_id", "sha256"], unique=True)
