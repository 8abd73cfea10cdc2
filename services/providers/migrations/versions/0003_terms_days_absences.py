"""Services in stretches, with later prices, caps and terms; days with hours of their own, open holidays, time off; and
the bookings that a change may leave outside. The version before looks at none of them: what it writes has the defaults.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from common.migration import application_role

revision = "0003"
down_revision = "0002"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _widen_service()
    op.add_column("schedule", sa.Column("days", postgresql.JSONB, nullable=False, server_default=sa.text("'[]'")))
    op.add_column("staff", sa.Column("weight", sa.Integer, nullable=False, server_default=sa.text("1")))
    op.add_column(
        "place",
        sa.Column("open_holidays", postgresql.ARRAY(sa.Date), nullable=False, server_default=sa.text("'{}'")),
    )
    _create_time_off()
    _create_upcoming()
    op.execute(f"REVOKE DELETE ON time_off FROM {application_role()}")


def _widen_service() -> None:
    for column in (
        sa.Column("segments", postgresql.JSONB, nullable=False, server_default=sa.text("'[]'")),
        sa.Column("prices", postgresql.JSONB, nullable=False, server_default=sa.text("'[]'")),
        sa.Column("vat_bps", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("cap_per_day", sa.Integer),
        sa.Column("cap_per_client_and_day", sa.Integer),
        sa.Column("step_minutes", sa.Integer),
        sa.Column("minimum_notice_minutes", sa.Integer),
        sa.Column("horizon_days", sa.Integer),
        sa.Column("approval", sa.Boolean, nullable=False, server_default=sa.text("false")),
    ):
        op.add_column("service", column)


def _create_time_off() -> None:
    op.create_table(
        "time_off",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("provider_id", sa.Uuid, sa.ForeignKey("provider.id"), nullable=False, index=True),
        sa.Column("staff_id", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("starts", sa.DateTime, nullable=False),
        sa.Column("ends", sa.DateTime, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False, server_default=sa.text("true")),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False, server_default=sa.text("app_now()")),
        sa.CheckConstraint("starts < ends", name="time_off_lasts"),
    )
    op.create_index("ix_time_off_staff_id", "time_off", ["staff_id", "ends"], postgresql_where=sa.text("active"))


def _create_upcoming() -> None:
    op.create_table(
        "upcoming",
        sa.Column("booking_id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("provider_id", sa.Uuid, nullable=False),
        sa.Column("place_id", sa.Uuid, nullable=False),
        sa.Column("parts", postgresql.JSONB, nullable=False),
        sa.Column("resource_ids", postgresql.ARRAY(sa.Uuid), nullable=False),
        sa.Column("starts_at", _INSTANT, nullable=False),
        sa.Column("ends_at", _INSTANT, nullable=False),
        sa.Column("local_date", sa.Date, nullable=False),
        sa.Column("live", sa.Boolean, nullable=False),
    )
    op.create_index("ix_upcoming_provider_id", "upcoming", ["provider_id", "ends_at"], postgresql_where=sa.text("live"))
    op.create_index("ix_upcoming_ends_at", "upcoming", ["ends_at"])
