"""The road; accounts, sessions, login attempts, guests' codes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from common.migration import application_role, lay_road

revision = "0001"
down_revision = None

_INSTANT = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    lay_road()
    _accounts()
    _sessions()
    _attempts()
    _challenges()


def _accounts() -> None:
    op.create_table(
        "account",
        sa.Column("id", postgresql.UUID, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("locale", sa.Text, nullable=False),
        sa.Column("mark", postgresql.BYTEA, unique=True),
        sa.Column("password_hash", sa.Text),
        sa.Column("key_id", sa.Text),
        sa.Column("nonce", sa.Text),
        sa.Column("box", sa.Text),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("erased_at", _INSTANT),
        sa.CheckConstraint("kind IN ('registered', 'guest')", name="account_kind"),
        sa.CheckConstraint(
            "CASE WHEN erased_at IS NULL THEN num_nulls(mark, key_id, nonce, box) = 0"
            " ELSE num_nonnulls(mark, key_id, nonce, box, password_hash) = 0 END",
            name="account_holds_a_contact_until_erased",
        ),
    )
    op.create_index("account_by_key", "account", ["key_id", "id"], postgresql_where=sa.text("erased_at IS NULL"))
    # An erased account keeps its row: its id stands in other services' records.
    op.execute(f'REVOKE DELETE ON account FROM "{application_role()}"')


def _sessions() -> None:
    op.create_table(
        "session_family",
        sa.Column("id", postgresql.UUID, primary_key=True),
        sa.Column("account_id", postgresql.UUID, sa.ForeignKey("account.id"), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("last_used_at", _INSTANT, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.Column("revoked_at", _INSTANT),
        sa.Column("kept_until", _INSTANT, nullable=False),
    )
    op.create_index("session_family_by_account", "session_family", ["account_id", "created_at"])
    op.create_index("session_family_to_drop", "session_family", ["kept_until"])
    op.create_table(
        "refresh_token",
        sa.Column("hash", postgresql.BYTEA, primary_key=True),
        sa.Column("family_id", postgresql.UUID, sa.ForeignKey("session_family.id", ondelete="CASCADE"), nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.Column("used_at", _INSTANT),
    )
    op.create_index("ix_refresh_token_family_id", "refresh_token", ["family_id"])


def _attempts() -> None:
    op.create_table(
        "login_attempt",
        sa.Column("mark", postgresql.BYTEA, primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("last_at", _INSTANT),
        sa.Column("locked_until", _INSTANT),
        sa.Column("kept_until", _INSTANT, nullable=False),
    )
    op.create_index("login_attempt_to_drop", "login_attempt", ["kept_until"])


def _challenges() -> None:
    op.create_table(
        "guest_challenge",
        sa.Column("id", postgresql.UUID, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("mark", postgresql.BYTEA, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("code_mark", postgresql.BYTEA, nullable=False),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("nonce", sa.Text, nullable=False),
        sa.Column("box", sa.Text, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("settled_at", _INSTANT),
        sa.Column("kept_until", _INSTANT, nullable=False),
        sa.CheckConstraint("channel IN ('whatsapp', 'email')", name="guest_challenge_channel"),
    )
    op.create_index("guest_challenge_by_mark", "guest_challenge", ["mark", "created_at"])
    op.create_index("guest_challenge_to_drop", "guest_challenge", ["kept_until"])
