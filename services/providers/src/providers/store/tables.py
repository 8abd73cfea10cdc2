"""The tables of one vertical's schema."""

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.types import UserDefinedType

METADATA: Final = MetaData()


class Geography(UserDefinedType[Any]):
    """PostGIS `geography`: degrees in, metres out. Written with ST_Point, read with ST_X and ST_Y."""

    cache_ok = True

    def __init__(self, kind: str = "Point", srid: int | str = 4326) -> None:
        self.kind, self.srid = kind, int(srid)

    def get_col_spec(self, **_: object) -> str:
        """The type as DDL has it."""
        return f"geography({self.kind},{self.srid})"


# So that reflection, which a migration's check relies on, knows the type.
ischema_names["geography"] = Geography


def _id() -> Column[Any]:
    return Column("id", Uuid, primary_key=True)


def _of_provider() -> Column[Any]:
    return Column("provider_id", Uuid, ForeignKey("provider.id"), nullable=False, index=True)


def _active() -> Column[Any]:
    return Column("active", Boolean, nullable=False, server_default=text("true"))


def _created_at() -> Column[Any]:
    return Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.app_now())


PROVIDER: Final = Table(
    "provider",
    METADATA,
    _id(),
    Column("owner_account_id", Uuid, nullable=False, index=True),
    Column("display_name", Text, nullable=False),
    Column("slug", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    _created_at(),
    UniqueConstraint("slug", name="provider_slug_key"),
    CheckConstraint("status IN ('pending', 'active', 'suspended')", name="provider_status_check"),
)
PLACE: Final = Table(
    "place",
    METADATA,
    _id(),
    _of_provider(),
    Column("name", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("city", Text, nullable=False),
    Column("province", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("point", Geography(), nullable=False),
    _active(),
    _created_at(),
    Column("open_holidays", ARRAY(Date), nullable=False, server_default=text("'{}'")),
    # Alone, so that ORDER BY point <-> here walks the index from the nearest on.
    Index("ix_place_point", "point", postgresql_using="gist", postgresql_where=text("active")),
)
RESOURCE: Final = Table(
    "resource",
    METADATA,
    _id(),
    _of_provider(),
    Column("place_id", Uuid, ForeignKey("place.id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("capacity", Integer, nullable=False),
    _active(),
    _created_at(),
    CheckConstraint("capacity > 0", name="resource_capacity_check"),
)
# Lists of ids are arrays: they are read and replaced whole, under the provider's lock, and what they name is never
# deleted, only deactivated.
STAFF: Final = Table(
    "staff",
    METADATA,
    _id(),
    _of_provider(),
    Column("display_name", Text),
    Column("place_ids", ARRAY(Uuid), nullable=False),
    Column("account_id", Uuid),
    _active(),
    _created_at(),
    Column("weight", Integer, nullable=False, server_default=text("1")),
    Index("ix_staff_account_id", "account_id", postgresql_where=text("account_id IS NOT NULL")),
)
LICENCE: Final = Table(
    "licence",
    METADATA,
    _id(),
    _of_provider(),
    Column("profession", Text, nullable=False),
    Column("jurisdiction", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("verified_at", DateTime(timezone=True)),
    Column("verified_by", Uuid),
    _created_at(),
    UniqueConstraint("provider_id", "profession", "jurisdiction", "number", name="licence_once"),
)
SERVICE: Final = Table(
    "service",
    METADATA,
    _id(),
    _of_provider(),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("search_text", Text, nullable=False),
    Column("duration_minutes", Integer, nullable=False),
    Column("buffer_before_minutes", Integer, nullable=False),
    Column("buffer_after_minutes", Integer, nullable=False),
    Column("price_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("deposit_kind", Text, nullable=False),
    Column("deposit_value", BigInteger, nullable=False),
    Column("staff_ids", ARRAY(Uuid), nullable=False),
    Column("needs", ARRAY(Text), nullable=False),
    _active(),
    Column("version", BigInteger, nullable=False),
    _created_at(),
    Column("segments", JSONB, nullable=False, server_default=text("'[]'")),
    Column("prices", JSONB, nullable=False, server_default=text("'[]'")),
    Column("vat_bps", Integer, nullable=False, server_default=text("0")),
    Column("cap_per_day", Integer),
    Column("cap_per_client_and_day", Integer),
    Column("step_minutes", Integer),
    Column("minimum_notice_minutes", Integer),
    Column("horizon_days", Integer),
    Column("approval", Boolean, nullable=False, server_default=text("false")),
    CheckConstraint("price_minor >= 0", name="service_price_check"),
)
SCHEDULE: Final = Table(
    "schedule",
    METADATA,
    _id(),
    _of_provider(),
    Column("staff_id", Uuid, ForeignKey("staff.id"), nullable=False),
    Column("place_id", Uuid, ForeignKey("place.id"), nullable=False),
    Column("weekly", JSONB, nullable=False),
    Column("valid_from", Date),
    Column("version", BigInteger, nullable=False),
    _created_at(),
    Column("days", JSONB, nullable=False, server_default=text("'[]'")),
    UniqueConstraint("staff_id", "place_id", name="schedule_of_staff_at_place"),
)
TIME_OFF: Final = Table(
    "time_off",
    METADATA,
    _id(),
    _of_provider(),
    Column("staff_id", Uuid, ForeignKey("staff.id"), nullable=False),
    Column("starts", DateTime, nullable=False),
    Column("ends", DateTime, nullable=False),
    Column("zone", Text, nullable=False),
    _active(),
    Column("version", BigInteger, nullable=False),
    _created_at(),
    CheckConstraint("starts < ends", name="time_off_lasts"),
    Index("ix_time_off_staff_id", "staff_id", "ends", postgresql_where=text("active")),
)
# Bookings that are not over, as booking tells them: what a change of hours, places or staff would leave outside. Whose
# they are is not here.
UPCOMING: Final = Table(
    "upcoming",
    METADATA,
    Column("booking_id", Uuid, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("provider_id", Uuid, nullable=False),
    Column("place_id", Uuid, nullable=False),
    Column("parts", JSONB, nullable=False),
    Column("resource_ids", ARRAY(Uuid), nullable=False),
    Column("starts_at", DateTime(timezone=True), nullable=False),
    Column("ends_at", DateTime(timezone=True), nullable=False),
    Column("local_date", Date, nullable=False),
    Column("live", Boolean, nullable=False),
    Index("ix_upcoming_provider_id", "provider_id", "ends_at", postgresql_where=text("live")),
    Index("ix_upcoming_ends_at", "ends_at"),
)
