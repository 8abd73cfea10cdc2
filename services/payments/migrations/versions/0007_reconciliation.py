"""Reconciliation: the hourly search, MercadoPago's reports, cases that a person settles, and how long webhooks stay."""

import sqlalchemy as sa
from alembic import op

from common.migration import application_role, run_script

revision = "0007"
down_revision = "0006"

INSTANT = sa.TIMESTAMP(timezone=True)
NOW = sa.text("app_now()")

# A month is the least that evidence is kept, whatever the settings say; what is due is never deleted.
ONLY_WHAT_HAS_ENDED = """
CREATE OR REPLACE FUNCTION only_ended_hints_go() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT OLD.hint AND OLD.status <> 'due' AND OLD.received_at < app_now() - interval '30 days' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'only an ended hint or an old webhook is deleted' USING ERRCODE = 'insufficient_privilege';
END $$;
"""


def upgrade() -> None:
    _create_search()
    _create_reports()
    _widen_cases()
    op.add_column("refund", sa.Column("retries", sa.Integer(), nullable=False, server_default=sa.text("0")))
    run_script(ONLY_WHAT_HAS_ENDED)
    role = application_role()
    run_script(f'REVOKE DELETE ON search_window, report, report_row FROM "{role}"')
    run_script(f'REVOKE UPDATE ON report_row FROM "{role}"')


def _create_search() -> None:
    op.create_table(
        "search_window",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("reached_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False, server_default=NOW),
        sa.Column("version", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
        sa.Column("start_at", INSTANT),
        sa.Column("page_offset", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("stop_at", INSTANT),
        sa.Column("end_at", INSTANT),
    )


def _create_reports() -> None:
    op.create_table(
        "report",
        sa.Column("id", sa.UUID(), primary_key=True),
        sa.Column("day", sa.Date(), nullable=False, unique=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text()),
        sa.Column("lines", sa.Integer()),
        sa.Column("tries", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("due_at", INSTANT),
        sa.Column("missing_due_at", INSTANT),
        sa.Column("problem", sa.Text()),
        sa.Column("made_at", INSTANT, nullable=False, server_default=NOW),
    )
    for name in ("due_at", "missing_due_at"):
        op.create_index(f"report_{name}", "report", [name], postgresql_where=sa.text(f"{name} IS NOT NULL"))
    op.create_table(
        "report_row",
        sa.Column("report_id", sa.UUID(), sa.ForeignKey("report.id"), primary_key=True),
        sa.Column("line", sa.Integer(), primary_key=True),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("vertical", sa.Text()),
        sa.Column("intent_id", sa.UUID()),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
    )
    op.create_index("report_row_of_source", "report_row", ["source_id"])
    op.create_index("report_row_of_report", "report_row", ["report_id", "source_id"])


def _widen_cases() -> None:
    for column in (
        sa.Column("ours_minor", sa.BigInteger()),
        sa.Column("theirs_minor", sa.BigInteger()),
        sa.Column("currency", sa.Text()),
        sa.Column("outcome", sa.Text()),
        sa.Column("note", sa.Text()),
        sa.Column("settled_by", sa.UUID()),
    ):
        op.add_column("reconciliation_case", column)
