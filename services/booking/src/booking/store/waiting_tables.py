"""The waitlist's tables: who waits, what came free, and what of it was offered to whom.

Nobody is offered one freed slot twice: that is the key of `offer`. `origin_id` is the slot as it first came free; what
comes free again because an offer of it was not taken has the same. `number` bounds a client's open waits as
`hold_number` bounds its open bookings.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP, TSTZRANGE, UUID

from booking.store.tables import METADATA

_INSTANT = TIMESTAMP(timezone=True)
_OPEN = text("status = ANY (ARRAY['waiting'::text, 'offered'::text])")

WAITING: Final = Table(
    "waiting",
    METADATA,
    Column("id", UUID, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("client_id", UUID, nullable=False),
    Column("provider_id", UUID, nullable=False),
    Column("service_ids", ARRAY(UUID), nullable=False),
    Column("staff_id", UUID),
    Column("place_id", UUID),
    Column("wanted", TSTZRANGE, nullable=False),
    Column("status", Text, nullable=False),
    Column("offer_booking_id", UUID, ForeignKey("booking.id")),
    Column("number", SmallInteger, nullable=False),
    Column("due_at", _INSTANT, nullable=False),
    CheckConstraint("(status = 'offered') = (offer_booking_id IS NOT NULL)", name="an_offer_is_a_booking"),
    Index("waiting_due", "due_at", postgresql_where=text("status = 'waiting'::text")),
    Index("waiting_in_line", "provider_id", "id", postgresql_where=_OPEN),
    Index("waiting_numbers", "client_id", "number", unique=True, postgresql_where=_OPEN),
    Index("waiting_of_client", "client_id", "id"),
)
FREED: Final = Table(
    "freed",
    METADATA,
    Column("id", UUID, primary_key=True),
    Column("origin_id", UUID, nullable=False),
    Column("provider_id", UUID, nullable=False),
    Column("booking_id", UUID, ForeignKey("booking.id"), nullable=False),
    Column("freed_by", UUID),
    Column("accepted", Boolean, nullable=False),
    Column("during", TSTZRANGE, nullable=False),
    Column("due_at", _INSTANT, nullable=False),
    Column("passed_id", UUID),
    Column("staff_id", UUID),
    Index("freed_due", "due_at"),
    Index("freed_of_provider", "provider_id"),
)
OFFER: Final = Table(
    "offer",
    METADATA,
    Column("origin_id", UUID, primary_key=True),
    Column("client_id", UUID, primary_key=True),
    Column("waiting_id", UUID, ForeignKey("waiting.id"), nullable=False),
    Column("booking_id", UUID, ForeignKey("booking.id"), nullable=False),
    Column("freed_by", UUID),
    Column("accepted", Boolean, nullable=False),
    UniqueConstraint("booking_id", name="offer_of_booking"),
)
