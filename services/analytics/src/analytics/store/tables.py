"""The tables, described once for the statements and for Alembic.

The facts keep, beside an aggregate's latest state, what it contributes to `daily` now: the difference to the next
state is then plain subtraction, and SQL knows no rule of the domain. Amounts are centavos.
"""

from typing import Final

from sqlalchemy import BigInteger, Column, Date, Identity, Index, Integer, LargeBinary, MetaData, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP, UUID
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.types import UserDefinedType

METADATA: Final = MetaData()
_INSTANT = TIMESTAMP(timezone=True)


class XID8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id."""

    cache_ok = True

    def get_col_spec(self, **_kw: object) -> str:
        return "xid8"


ischema_names["xid8"] = XID8


def _counters(kind: type[BigInteger] | type[Integer], *names: str) -> list[Column[int]]:
    return [Column(name, kind, nullable=False, server_default=text("0")) for name in names]


_OF_BOOKING: Final = (
    "bookings_created",
    "bookings_held",
    "confirmed",
    "cancelled",
    "completed",
    "no_show",
    "expired",
)
_OF_PAYMENT: Final = ("revenue_captured", "revenue_refunded")

BOOKING_FACT: Final = Table(
    "booking_fact",
    METADATA,
    Column("booking_id", UUID, primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("local_date", Date, nullable=False),
    Column("provider_id", UUID, nullable=False),
    Column("city", Text, nullable=False),
    Column("province", Text, nullable=False),
    Column("place_id", UUID, nullable=False),
    Column("service_id", UUID, nullable=False),
    Column("created_at", _INSTANT, nullable=False),
    Column("starts_at", _INSTANT, nullable=False),
    Column("price", BigInteger, nullable=False),
    Column("paid", BigInteger, nullable=False),
    Column("refunded", BigInteger, nullable=False),
    *_counters(Integer, *_OF_BOOKING),
)
PAYMENT_FACT: Final = Table(
    "payment_fact",
    METADATA,
    Column("payment_id", UUID, primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("local_date", Date, nullable=False),
    Column("provider_id", UUID, nullable=False),
    Column("city", Text, nullable=False),
    Column("province", Text, nullable=False),
    Column("booking_id", UUID, nullable=False),
    Column("method", Text),
    Column("amount", BigInteger, nullable=False),
    Column("paid_at", _INSTANT),
    *_counters(BigInteger, *_OF_PAYMENT),
)
PROVIDER_FACT: Final = Table(
    "provider_fact",
    METADATA,
    Column("provider_id", UUID, primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("owner_account_id", UUID, nullable=False),
    Column("display_name", Text, nullable=False),
    Column("status", Text, nullable=False),
)
DAILY: Final = Table(
    "daily",
    METADATA,
    Column("local_date", Date, primary_key=True),
    Column("provider_id", UUID, primary_key=True),
    Column("city", Text, primary_key=True),
    Column("province", Text, primary_key=True),
    *_counters(BigInteger, *_OF_BOOKING, *_OF_PAYMENT),
    Index("daily_of_provider", "provider_id", "local_date"),
)
FEED: Final = Table(
    "feed",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("xid", XID8, nullable=False, server_default=text("pg_current_xact_id()")),
    # The oldest transaction still running when the row was written: whoever has read this row has read everything
    # that was written by an older one, so a client resumes from here.
    Column("floor_xid", XID8, nullable=False),
    Column("at", _INSTANT, nullable=False, server_default=text("now()")),
    Column("kind", Text, nullable=False),
    Column("provider_id", UUID, nullable=False),
    Column("payload", JSONB, nullable=False),
    Index("feed_by_visibility", "xid", "id"),
)
STREAM_TICKET: Final = Table(
    "stream_ticket",
    METADATA,
    Column("hash", LargeBinary, primary_key=True),
    Column("usable_until", _INSTANT, nullable=False),
    Column("stream_until", _INSTANT, nullable=False),
    Index("stream_ticket_due", "usable_until"),
)
ACTIVITY: Final = Table(
    "activity",
    METADATA,
    Column("id", UUID, primary_key=True),
    Column("session_id", UUID, nullable=False),
    Column("account_id", UUID),
    Column("provider_id", UUID),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("at", _INSTANT, nullable=False),
)
REPORT: Final = Table(
    "report",
    METADATA,
    Column("id", UUID, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("at", _INSTANT, nullable=False),
    Index("report_by_time", "at"),
)
