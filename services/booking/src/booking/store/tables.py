"""The tables, described once for the statements and for Alembic.

`claim` is the judge: no two live claims on one unit of one resource overlap (decision 6). `hold_number` bounds a
client's unpaid and unanswered bookings by a unique index instead of a count that two requests could both pass; a day's
bookings of a service, and the seats of a session, are bounded by claims that `counts`.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP, TSTZRANGE, UUID, ExcludeConstraint

METADATA: Final = MetaData()
_INSTANT = TIMESTAMP(timezone=True)

PROVIDER: Final = Table(
    "provider",
    METADATA,
    Column("id", UUID, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("owner_id", UUID, nullable=False),
    Column("state", JSONB, nullable=False),
    Index(
        "provider_staff",
        literal_column("(state -> 'staff')").label("staff"),
        postgresql_using="gin",
        postgresql_ops={"staff": "jsonb_path_ops"},
    ),
)
SERVICE: Final = Table(
    "service",
    METADATA,
    Column("id", UUID, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("provider_id", UUID, nullable=False),
    Column("state", JSONB, nullable=False),
)
SCHEDULE: Final = Table(
    "schedule",
    METADATA,
    Column("id", UUID, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("provider_id", UUID, nullable=False, index=True),
    Column("state", JSONB, nullable=False),
)
TIME_OFF: Final = Table(
    "time_off",
    METADATA,
    Column("id", UUID, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("provider_id", UUID, nullable=False),
    Column("ends", TIMESTAMP, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("state", JSONB, nullable=False),
    Index("time_off_of_provider", "provider_id", "ends"),
)
BOOKING: Final = Table(
    "booking",
    METADATA,
    Column("id", UUID, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("provider_id", UUID, nullable=False),
    Column("place_id", UUID, nullable=False),
    Column("service_id", UUID, nullable=False),
    Column("staff_id", UUID, nullable=False),
    Column("resource_ids", ARRAY(UUID), nullable=False),
    Column("client_id", UUID, nullable=False),
    Column("status", Text, nullable=False),
    Column("starts_at", _INSTANT, nullable=False),
    Column("ends_at", _INSTANT, nullable=False),
    Column("local_date", Date, nullable=False),
    Column("zone", Text, nullable=False),
    Column("city", Text, nullable=False),
    Column("province", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("price_minor", BigInteger, nullable=False),
    Column("due_minor", BigInteger, nullable=False),
    Column("paid_minor", BigInteger, nullable=False),
    Column("refunded_minor", BigInteger, nullable=False),
    Column("policy", JSONB, nullable=False),
    Column("created_at", _INSTANT, nullable=False),
    Column("hold_expires_at", _INSTANT),
    Column("due_at", _INSTANT),
    Column("payment_id", UUID),
    Column("closed_payment_id", UUID),
    Column("close_asked", Boolean, nullable=False),
    Column("cancelled_by", Text),
    Column("hold_number", SmallInteger),
    Column("also", JSONB, nullable=False, server_default=text("'[]'")),
    Column("net_minor", BigInteger),
    Column("starts_local", TIMESTAMP),
    Column("approved_at", _INSTANT),
    Column("rescheduled", SmallInteger, nullable=False, server_default=text("0")),
    Column("fee_owed_minor", BigInteger),
    Column("series_id", UUID),
    Column("session_id", UUID),
    Column("payer_id", UUID),
    Column("share_minor", BigInteger),
    CheckConstraint(
        "status <> 'pending' OR (hold_number IS NOT NULL AND due_at IS NOT NULL)", name="a_request_falls_due"
    ),
    CheckConstraint("status <> 'held' OR (hold_number IS NOT NULL AND due_at IS NOT NULL)", name="a_hold_falls_due"),
    CheckConstraint("paid_minor >= refunded_minor AND refunded_minor >= 0", name="no_more_back_than_paid"),
    Index("booking_ahead", "starts_at", postgresql_using="brin"),
    Index("booking_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    Index("booking_of_client", "client_id", "id"),
    Index("booking_of_series", "series_id", "starts_at", postgresql_where=text("series_id IS NOT NULL")),
    Index("booking_of_session", "session_id", "id", postgresql_where=text("session_id IS NOT NULL")),
    Index("booking_of_provider_day", "provider_id", "local_date"),
    Index(
        "booking_open_numbers",
        "client_id",
        "hold_number",
        unique=True,
        postgresql_where=text("status = ANY (ARRAY['pending'::text, 'held'::text])"),
    ),
)
SERIES: Final = Table(
    "series",
    METADATA,
    Column("id", UUID, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("provider_id", UUID, nullable=False),
    Column("client_id", UUID, nullable=False),
    Column("leader_id", UUID, ForeignKey("booking.id"), nullable=False),
    Column("rule", Text, nullable=False),
    Column("charge", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("starts_local", TIMESTAMP, nullable=False),
    Column("size", SmallInteger, nullable=False),
    Column("created_at", _INSTANT, nullable=False),
)
SESSION: Final = Table(
    "session",
    METADATA,
    Column("id", UUID, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("provider_id", UUID, nullable=False),
    Column("place_id", UUID, nullable=False),
    Column("service_id", UUID, nullable=False),
    Column("staff_id", UUID, nullable=False),
    Column("resource_ids", ARRAY(UUID), nullable=False),
    Column("starts_at", _INSTANT, nullable=False),
    Column("ends_at", _INSTANT, nullable=False),
    Column("local_date", Date, nullable=False),
    Column("zone", Text, nullable=False),
    Column("city", Text, nullable=False),
    Column("province", Text, nullable=False),
    Column("starts_local", TIMESTAMP, nullable=False),
    Column("seats", SmallInteger, nullable=False),
    Column("minimum", SmallInteger, nullable=False),
    Column("decide_at", _INSTANT, nullable=False),
    Column("due_at", _INSTANT),
    Column("status", Text, nullable=False),
    Column("created_at", _INSTANT, nullable=False),
    Column("cancelled_by", Text),
    Column("reason", Text),
    CheckConstraint("minimum BETWEEN 1 AND seats", name="a_minimum_can_be_reached"),
    Index("session_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    Index("session_ahead", "starts_at"),
    Index("session_of_provider_day", "provider_id", "local_date"),
    Index("session_of_service_day", "service_id", "local_date"),
)
CLAIM: Final = Table(
    "claim",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("booking_id", UUID, ForeignKey("booking.id"), index=True),
    Column("resource", UUID, nullable=False),
    Column("unit", SmallInteger, nullable=False),
    Column("during", TSTZRANGE, nullable=False),
    Column("live", Boolean, nullable=False),
    Column("counts", Boolean, nullable=False, server_default=text("false")),
    Column("session_id", UUID, ForeignKey("session.id")),
    CheckConstraint("num_nonnulls(booking_id, session_id) = 1", name="a_claim_is_of_one"),
    Index("claim_of_session", "session_id", postgresql_where=text("session_id IS NOT NULL")),
    ExcludeConstraint(
        ("resource", "="), ("unit", "="), ("during", "&&"), where=text("live"), using="gist", name="claim_no_overlap"
    ),
)
CAPTURE: Final = Table(
    "capture",
    METADATA,
    Column("payment_id", UUID, primary_key=True),
    Column("booking_id", UUID, ForeignKey("booking.id"), nullable=False, index=True),
    Column("amount_minor", BigInteger, nullable=False),
    Column("purpose", Text, nullable=False, server_default=text("'due'")),
)
REFUND: Final = Table(
    "refund",
    METADATA,
    Column("id", UUID, primary_key=True),
    Column("booking_id", UUID, ForeignKey("booking.id"), nullable=False, index=True),
    Column("payment_id", UUID, nullable=False),
    Column("reason", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("share_of", UUID, nullable=True),
    UniqueConstraint("payment_id", "reason", name="refund_once"),
)
TOUCHED: Final = Table(
    "touched",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("resource", UUID, nullable=False),
    Column("during", TSTZRANGE, nullable=False),
)
BUSY: Final = Table(
    "busy",
    METADATA,
    Column("id", UUID, primary_key=True),
    Column("provider_id", UUID, nullable=False),
    Column("staff_id", UUID, nullable=False),
    Column("day", Date, nullable=False),
    Column("zone", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("bits", Text, nullable=False),
    Index("busy_of_day", "day"),
)
