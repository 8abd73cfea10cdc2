"""The road, and a provider's profile, services and hours."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from common.migration import application_role, lay_road

revision = "0001"
down_revision = None


def upgrade() -> None:
    lay_road()
    _create_provider()
    _create_place_and_resource()
    _create_staff_and_licence()
    _create_service()
    _create_schedule()
    # What others may refer to is deactivated, never deleted; a licence goes with the person who asks to be forgotten.
    op.execute(f"REVOKE DELETE ON provider, place, resource, staff, service, schedule FROM {application_role()}")


def _created_at() -> sa.Column[Any]:
    return sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("app_now()"))


def _active() -> sa.Column[Any]:
    return sa.Column("active", sa.Boolean, nullable=False, server_default=sa.text("true"))


def _provider_id() -> sa.Column[Any]:
    return sa.Column("provider_id", sa.Uuid, sa.ForeignKey("provider.id"), nullable=False, index=True)


def _create_provider() -> None:
    op.create_table(
        "provider",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("owner_account_id", sa.Uuid, nullable=False, index=True),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        _created_at(),
        sa.UniqueConstraint("slug", name="provider_slug_key"),
        sa.CheckConstraint("status IN ('pending', 'active', 'suspended')", name="provider_status_check"),
    )


def _create_place_and_resource() -> None:
    op.create_table(
        "place",
        sa.Column("id", sa.Uuid, primary_key=True),
        _provider_id(),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("city", sa.Text, nullable=False),
        sa.Column("province", sa.Text, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        _active(),
        _created_at(),
    )
    op.execute("ALTER TABLE place ADD COLUMN point geography(Point, 4326) NOT NULL")
    op.execute("CREATE INDEX ix_place_point ON place USING gist (point) WHERE active")
    op.create_table(
        "resource",
        sa.Column("id", sa.Uuid, primary_key=True),
        _provider_id(),
        sa.Column("place_id", sa.Uuid, sa.ForeignKey("place.id"), nullable=False, index=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("capacity", sa.Integer, nullable=False),
        _active(),
        _created_at(),
        sa.CheckConstraint("capacity > 0", name="resource_capacity_check"),
    )


def _create_staff_and_licence() -> None:
    op.create_table(
        "staff",
        sa.Column("id", sa.Uuid, primary_key=True),
        _provider_id(),
        sa.Column("display_name", sa.Text),
        sa.Column("place_ids", postgresql.ARRAY(sa.Uuid), nullable=False),
        sa.Column("account_id", sa.Uuid),
        _active(),
        _created_at(),
    )
    op.create_index("ix_staff_account_id", "staff", ["account_id"], postgresql_where=sa.text("account_id IS NOT NULL"))
    op.create_table(
        "licence",
        sa.Column("id", sa.Uuid, primary_key=True),
        _provider_id(),
        sa.Column("profession", sa.Text, nullable=False),
        sa.Column("jurisdiction", sa.Text, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True)),
        sa.Column("verified_by", sa.Uuid),
        _created_at(),
        sa.UniqueConstraint("provider_id", "profession", "jurisdiction", "number", name="licence_once"),
    )


def _create_service() -> None:
    op.create_table(
        "service",
        sa.Column("id", sa.Uuid, primary_key=True),
        _provider_id(),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("search_text", sa.Text, nullable=False),
        sa.Column("duration_minutes", sa.Integer, nullable=False),
        sa.Column("buffer_before_minutes", sa.Integer, nullable=False),
        sa.Column("buffer_after_minutes", sa.Integer, nullable=False),
        sa.Column("price_minor", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("deposit_kind", sa.Text, nullable=False),
        sa.Column("deposit_value", sa.BigInteger, nullable=False),
        sa.Column("staff_ids", postgresql.ARRAY(sa.Uuid), nullable=False),
        sa.Column("needs", postgresql.ARRAY(sa.Text), nullable=False),
        _active(),
        sa.Column("version", sa.BigInteger, nullable=False),
        _created_at(),
        sa.CheckConstraint("price_minor >= 0", name="service_price_check"),
    )


def _create_schedule() -> None:
    op.create_table(
        "schedule",
        sa.Column("id", sa.Uuid, primary_key=True),
        _provider_id(),
        sa.Column("staff_id", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("place_id", sa.Uuid, sa.ForeignKey("place.id"), nullable=False),
        sa.Column("weekly", postgresql.JSONB, nullable=False),
        sa.Column("valid_from", sa.Date),
        sa.Column("version", sa.BigInteger, nullable=False),
        _created_at(),
        sa.UniqueConstraint("staff_id", "place_id", name="schedule_of_staff_at_place"),
    )
