"""The hourly search and MercadoPago's reports; written in `shared` only."""

from typing import Final

from sqlalchemy import BigInteger, Column, Date, ForeignKey, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import UUID

from payments.store.tables.base import INSTANT, METADATA, NOW

SEARCH_WINDOW: Final = Table(
    "search_window",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("reached_at", INSTANT, nullable=False),
    Column("due_at", INSTANT, nullable=False, server_default=NOW),
    Column("version", BigInteger, nullable=False, server_default=text("0")),
    Column("start_at", INSTANT),
    Column("page_offset", Integer, nullable=False, server_default=text("0")),
    Column("stop_at", INSTANT),
    Column("end_at", INSTANT),
)
REPORT: Final = Table(
    "report",
    METADATA,
    Column("id", UUID, primary_key=True),
    Column("day", Date, nullable=False, unique=True),
    Column("status", Text, nullable=False),
    Column("file_name", Text),
    Column("lines", Integer),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    Column("due_at", INSTANT),
    Column("missing_due_at", INSTANT),
    Column("problem", Text),
    Column("made_at", INSTANT, nullable=False, server_default=NOW),
    Index("report_due_at", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    Index("report_missing_due_at", "missing_due_at", postgresql_where=text("missing_due_at IS NOT NULL")),
)
REPORT_ROW: Final = Table(
    "report_row",
    METADATA,
    Column("report_id", UUID, ForeignKey("report.id"), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("source_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("vertical", Text),
    Column("intent_id", UUID),
    Column("currency", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("fee_minor", BigInteger, nullable=False),
    Column("tax_minor", BigInteger, nullable=False),
    Column("net_minor", BigInteger, nullable=False),
    Index("report_row_of_source", "source_id"),
    Index("report_row_of_report", "report_id", "source_id"),
)
