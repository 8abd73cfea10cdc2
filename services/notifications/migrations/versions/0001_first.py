"""The road, read models, and the rows of messages."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from common.migration import application_role, lay_road

revision = "0001"
down_revision = None

_AT = sa.DateTime(timezone=True)
_OPEN = sa.text("status IN ('pending', 'sending')")


def upgrade() -> None:
    lay_road()
    _create_read_models()
    _create_notification()
    # A message is never forgotten, only ended.
    op.execute(f'REVOKE DELETE ON notification FROM "{application_role()}"')


def _create_read_models() -> None:
    op.create_table(
        "contact",
        sa.Column("account_id", sa.UUID, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("key_id", sa.Text),
        sa.Column("nonce", sa.Text),
        sa.Column("sealed", sa.Text),
        sa.Column("reachable", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("erased", sa.Boolean, nullable=False),
        sa.CheckConstraint("erased = (sealed IS NULL)", name="contact_erased_is_gone"),
    )
    op.create_table(
        "preference",
        sa.Column("account_id", sa.UUID, primary_key=True),
        sa.Column("muted", postgresql.ARRAY(sa.Text), nullable=False),
    )
    op.create_table(
        "provider",
        sa.Column("provider_id", sa.UUID, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("places", postgresql.JSONB, nullable=False),
    )
    op.create_table(
        "service",
        sa.Column("service_id", sa.UUID, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
    )
    op.create_table(
        "booking",
        sa.Column("booking_id", sa.UUID, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        *(sa.Column(f"{name}_id", sa.UUID, nullable=False) for name in ("client", "provider", "place", "service")),
        sa.Column("starts_at", _AT, nullable=False),
        sa.Column("ends_at", _AT, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("confirmed", sa.Boolean, nullable=False),
    )


def _create_notification() -> None:
    op.create_table(
        "notification",
        sa.Column("id", sa.UUID, primary_key=True),
        sa.Column("dedupe_key", sa.Text, nullable=False),
        sa.Column("account_id", sa.UUID, nullable=False),
        sa.Column("booking_id", sa.UUID),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("template", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        *(sa.Column(name, _AT, nullable=False) for name in ("due_at", "expires_at")),
        sa.Column("starts_at", _AT),
        sa.Column("refund_minor", sa.BigInteger),
        sa.Column("refund_currency", sa.Text),
        sa.Column("contact_version", sa.BigInteger),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("attempts", "waits", "doubts")),
        *(sa.Column(name, sa.Text) for name in ("reason", "provider_message_digest", "traceparent")),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("created_at", _AT, nullable=False, server_default=sa.text("app_now()")),
        sa.Column("sent_at", _AT),
        sa.CheckConstraint(
            "status IN ('pending', 'sending', 'sent', 'failed', 'void')", name="notification_status_known"
        ),
        sa.CheckConstraint("(status = 'sent') = (sent_at IS NOT NULL)", name="notification_sent_has_time"),
        sa.CheckConstraint(
            "status NOT IN ('failed', 'void') OR reason IS NOT NULL", name="notification_end_has_reason"
        ),
    )
    op.create_index("notification_once", "notification", ["dedupe_key"], unique=True)
    op.create_index("notification_due", "notification", ["channel", "due_at"], postgresql_where=_OPEN)
    op.create_index("notification_of_account", "notification", ["account_id", "id"])
    pending = sa.text("status = 'pending'")
    op.create_index("notification_of_booking", "notification", ["booking_id"], postgresql_where=pending)
