"""Notifications' tables, in each vertical's schema. None holds a person's data that could be read."""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Index, Integer, MetaData, SmallInteger, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

METADATA: Final = MetaData()
_AT: Final = DateTime(timezone=True)

CONTACT: Final = Table(
    "contact",
    METADATA,
    Column("account_id", UUID, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("key_id", Text),
    Column("nonce", Text),
    Column("sealed", Text),
    Column("reachable", ARRAY(Text), nullable=False),
    Column("erased", Boolean, nullable=False),
)
"""Contacts as they came, sealed. An erased one leaves its id behind: what comes late is not kept again."""

PREFERENCE: Final = Table(
    "preference",
    METADATA,
    Column("account_id", UUID, primary_key=True),
    Column("muted", ARRAY(Text), nullable=False),
)
"""Channels on which an account wants no reminders."""

PROVIDER: Final = Table(
    "provider",
    METADATA,
    Column("provider_id", UUID, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("display_name", Text, nullable=False),
    Column("places", JSONB, nullable=False),
)
"""Trade name, and places as `{id: {name, address, city}}`."""

SERVICE: Final = Table(
    "service",
    METADATA,
    Column("service_id", UUID, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
)

BOOKING: Final = Table(
    "booking",
    METADATA,
    Column("booking_id", UUID, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("client_id", UUID, nullable=False),
    Column("provider_id", UUID, nullable=False),
    Column("place_id", UUID, nullable=False),
    Column("service_id", UUID, nullable=False),
    Column("starts_at", _AT, nullable=False),
    Column("ends_at", _AT, nullable=False),
    Column("zone", Text, nullable=False),
    Column("confirmed", Boolean, nullable=False),
)
"""The newest state of each booking; `confirmed` says whether it ever was."""

PAYMENT: Final = Table(
    "payment",
    METADATA,
    Column("payment_id", UUID, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("pay_until", _AT),
    Column("ticket_method", Text),
    Column("ticket_url", Text),
    Column("ticket_code", Text),
    Column("transfer_cbu", Text),
    Column("transfer_alias", Text),
    Column("transfer_reference", Text),
)
"""Payments made at a counter or at the bank, and how: nothing of it is the client's own."""

NOTIFICATION: Final = Table(
    "notification",
    METADATA,
    Column("id", UUID, primary_key=True),
    Column("dedupe_key", Text, nullable=False),
    Column("account_id", UUID, nullable=False),
    Column("booking_id", UUID),
    Column("channel", Text, nullable=False),
    Column("template", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("due_at", _AT, nullable=False),
    Column("expires_at", _AT, nullable=False),
    Column("starts_at", _AT),
    Column("refund_minor", BigInteger),
    Column("refund_currency", Text),
    Column("contact_version", BigInteger),
    Column("tracking_code", Text),
    Column("code_key_id", Text),
    Column("code_nonce", Text),
    Column("code_sealed", Text),
    Column("payment_id", UUID),
    Column("many", SmallInteger),
    Column("attempts", Integer, nullable=False),
    Column("waits", Integer, nullable=False),
    Column("doubts", Integer, nullable=False),
    Column("reason", Text),
    Column("provider_message_digest", Text),
    Column("traceparent", Text),
    Column("version", BigInteger, nullable=False),
    Column("created_at", _AT, nullable=False, server_default=text("app_now()")),
    Column("sent_at", _AT),
    Index("notification_once", "dedupe_key", unique=True),
    Index("notification_due", "channel", "due_at", postgresql_where=text("status IN ('pending', 'sending')")),
    Index("notification_of_account", "account_id", "id"),
    Index("notification_of_booking", "booking_id", postgresql_where=text("status = 'pending'")),
)
"""Each message, for good: what became of it, never what it said."""
