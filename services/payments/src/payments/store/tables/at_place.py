"""Money that providers took themselves."""

from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, Table, Text
from sqlalchemy.dialects.postgresql import UUID

from payments.store.tables.base import INSTANT, METADATA

AT_PLACE: Final = Table(
    "at_place",
    METADATA,
    Column("id", UUID, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("booking_id", UUID, nullable=False),
    Column("provider_id", UUID, nullable=False),
    Column("client_id", UUID, nullable=False),
    Column("currency", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("method", Text, nullable=False),
    Column("recorded_by", UUID, nullable=False),
    Column("recorded_at", INSTANT, nullable=False),
    Column("voided_at", INSTANT),
    CheckConstraint("amount_minor > 0", name="at_place_is_of_something"),
    Index("at_place_of_booking", "booking_id", "id"),
)
