"""The tables, described once for the statements and for Alembic.

No column holds a name, phone or e-mail: contacts are sealed, and found again by marks (see `identity.crypto.safe`).
"""

from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, MetaData, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, TIMESTAMP, UUID

METADATA: Final = MetaData()
_INSTANT = TIMESTAMP(timezone=True)

ACCOUNT: Final = Table(
    "account",
    METADATA,
    Column("id", UUID, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("roles", ARRAY(Text), nullable=False),
    Column("locale", Text, nullable=False),
    Column("mark", BYTEA, unique=True),
    Column("password_hash", Text),
    Column("key_id", Text),
    Column("nonce", Text),
    Column("box", Text),
    Column("created_at", _INSTANT, nullable=False),
    Column("erased_at", _INSTANT),
    CheckConstraint("kind IN ('registered', 'guest')", name="account_kind"),
    CheckConstraint(
        "CASE WHEN erased_at IS NULL THEN num_nulls(mark, key_id, nonce, box) = 0"
        " ELSE num_nonnulls(mark, key_id, nonce, box, password_hash) = 0 END",
        name="account_holds_a_contact_until_erased",
    ),
    Index("account_by_key", "key_id", "id", postgresql_where=text("erased_at IS NULL")),
)
SESSION: Final = Table(
    "session_family",
    METADATA,
    Column("id", UUID, primary_key=True),
    Column("account_id", UUID, ForeignKey("account.id"), nullable=False),
    Column("created_at", _INSTANT, nullable=False),
    Column("last_used_at", _INSTANT, nullable=False),
    Column("expires_at", _INSTANT, nullable=False),
    Column("revoked_at", _INSTANT),
    Column("kept_until", _INSTANT, nullable=False),
    Index("session_family_by_account", "account_id", "created_at"),
    Index("session_family_to_drop", "kept_until"),
)
REFRESH_TOKEN: Final = Table(
    "refresh_token",
    METADATA,
    Column("hash", BYTEA, primary_key=True),
    Column("family_id", UUID, ForeignKey("session_family.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("expires_at", _INSTANT, nullable=False),
    Column("used_at", _INSTANT),
)
LOGIN_ATTEMPT: Final = Table(
    "login_attempt",
    METADATA,
    Column("mark", BYTEA, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", _INSTANT),
    Column("locked_until", _INSTANT),
    Column("kept_until", _INSTANT, nullable=False),
    Index("login_attempt_to_drop", "kept_until"),
)
CHALLENGE: Final = Table(
    "guest_challenge",
    METADATA,
    Column("id", UUID, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("mark", BYTEA, nullable=False),
    Column("channel", Text, nullable=False),
    Column("code_mark", BYTEA, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("nonce", Text, nullable=False),
    Column("box", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("created_at", _INSTANT, nullable=False),
    Column("settled_at", _INSTANT),
    Column("kept_until", _INSTANT, nullable=False),
    CheckConstraint("channel IN ('whatsapp', 'email')", name="guest_challenge_channel"),
    Index("guest_challenge_by_mark", "mark", "created_at"),
    Index("guest_challenge_to_drop", "kept_until"),
)
