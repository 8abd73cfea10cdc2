"""The road, the facts, the counters, the feed, tickets and client activity."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from analytics.store import XID8
from common.migration import application_role, lay_road

revision = "0001"
down_revision = None

_INSTANT = postgresql.TIMESTAMP(timezone=True)
_OF_BOOKING = ("bookings_created", "bookings_held", "confirmed", "cancelled", "completed", "no_show", "expired")
_OF_PAYMENT = ("revenue_captured", "revenue_refunded")


def _counters(kind: type[sa.types.TypeEngine[int]], *names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, kind, nullable=False, server_default=sa.text("0")) for name in names]


def upgrade() -> None:
    lay_road()
    _booking_facts()
    _other_facts()
    _daily()
    _feed()
    _activity()
    # Room on each page, so that an update stays there and touches no index.
    for table in ("booking_fact", "payment_fact", "daily"):
        op.execute(f"ALTER TABLE {table} SET (fillfactor = 80)")
    role = application_role()
    op.execute(f'REVOKE UPDATE ON feed, stream_ticket, activity FROM "{role}"')
    op.execute(f'REVOKE DELETE ON booking_fact, payment_fact, provider_fact, daily FROM "{role}"')


def _day_key() -> list[sa.Column[object]]:
    return [
        sa.Column("local_date", sa.Date, nullable=False),
        sa.Column("provider_id", sa.UUID, nullable=False),
        sa.Column("city", sa.Text, nullable=False),
        sa.Column("province", sa.Text, nullable=False),
    ]


def _booking_facts() -> None:
    op.create_table(
        "booking_fact",
        sa.Column("booking_id", sa.UUID, primary_key=True),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        *_day_key(),
        sa.Column("place_id", sa.UUID, nullable=False),
        sa.Column("service_id", sa.UUID, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("starts_at", _INSTANT, nullable=False),
        sa.Column("price", sa.BigInteger, nullable=False),
        sa.Column("paid", sa.BigInteger, nullable=False),
        sa.Column("refunded", sa.BigInteger, nullable=False),
        *_counters(sa.Integer, *_OF_BOOKING),
    )


def _other_facts() -> None:
    op.create_table(
        "payment_fact",
        sa.Column("payment_id", sa.UUID, primary_key=True),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        *_day_key(),
        sa.Column("booking_id", sa.UUID, nullable=False),
        sa.Column("method", sa.Text),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("paid_at", _INSTANT),
        *_counters(sa.BigInteger, *_OF_PAYMENT),
    )
    op.create_table(
        "provider_fact",
        sa.Column("provider_id", sa.UUID, primary_key=True),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("owner_account_id", sa.UUID, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
    )


def _daily() -> None:
    op.create_table(
        "daily",
        *_day_key(),
        *_counters(sa.BigInteger, *_OF_BOOKING, *_OF_PAYMENT),
        sa.PrimaryKeyConstraint("local_date", "provider_id", "city", "province"),
    )
    op.create_index("daily_of_provider", "daily", ["provider_id", "local_date"])


def _feed() -> None:
    op.create_table(
        "feed",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("xid", XID8, nullable=False, server_default=sa.text("pg_current_xact_id()")),
        sa.Column("floor_xid", XID8, nullable=False),
        sa.Column("at", _INSTANT, nullable=False, server_default=sa.text("now()")),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("provider_id", sa.UUID, nullable=False),
        sa.Column("payload", postgresql.JSONB, nullable=False),
    )
    op.create_index("feed_by_visibility", "feed", ["xid", "id"])
    op.create_table(
        "stream_ticket",
        sa.Column("hash", sa.LargeBinary, primary_key=True),
        sa.Column("usable_until", _INSTANT, nullable=False),
        sa.Column("stream_until", _INSTANT, nullable=False),
    )
    op.create_index("stream_ticket_due", "stream_ticket", ["usable_until"])


def _activity() -> None:
    op.create_table(
        "activity",
        sa.Column("id", sa.UUID, primary_key=True),
        sa.Column("session_id", sa.UUID, nullable=False),
        sa.Column("account_id", sa.UUID),
        sa.Column("provider_id", sa.UUID),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
    )
