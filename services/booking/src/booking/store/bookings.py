"""Bookings and their claims."""

from collections.abc import Sequence
from enum import Enum
from typing import Final

from sqlalchemy import bindparam, select, text

from booking.domain.booking import Booking
from booking.domain.taken import Claim
from booking.store.rows import COLUMNS, booking_of, claims_by_column, values_of
from booking.store.tables import BOOKING
from common.db import Session, statement
from contracts.ids import BookingId

_CHANGING: Final = (
    "version",
    "status",
    "place_id",
    "staff_id",
    "resource_ids",
    "starts_at",
    "ends_at",
    "local_date",
    "zone",
    "city",
    "province",
    "also",
    "starts_local",
    "paid_minor",
    "refunded_minor",
    "hold_expires_at",
    "due_at",
    "payment_id",
    "closed_payment_id",
    "close_asked",
    "cancelled_by",
    "approved_at",
    "rescheduled",
    "fee_owed_minor",
)

# One statement, so that a hold is one round trip: fewer claims than asked, or no booking, rolls the whole back.
INSERT_BOOKING: Final = statement(
    text(f"""
        WITH made AS (
            INSERT INTO booking ({", ".join(COLUMNS)}, hold_number)
            VALUES ({", ".join(f":{name}" for name in COLUMNS)}, :hold_number)
            ON CONFLICT (client_id, hold_number) WHERE status IN ('pending', 'held') DO NOTHING RETURNING id
        ), claimed AS (
            INSERT INTO claim (booking_id, resource, unit, during, counts, live)
            SELECT made.id, wanted.*, true
            FROM made, unnest(CAST(:resources AS uuid[]), CAST(:units AS smallint[]), CAST(:spans AS tstzrange[]),
                              CAST(:counts AS boolean[])) AS wanted (resource, unit, during, counts)
            ORDER BY wanted.resource, wanted.unit
            ON CONFLICT DO NOTHING RETURNING 1
        )
        SELECT (SELECT count(*) FROM made) AS made, (SELECT count(*) FROM claimed) AS claimed
    """)  # noqa: S608 - column names of this module
)
SAVE_BOOKING: Final = statement(
    text(f"""
        WITH saved AS (
            UPDATE booking SET {", ".join(f"{name} = :{name}" for name in _CHANGING)} WHERE id = :id RETURNING id
        )
        UPDATE claim SET live = false FROM saved
        WHERE claim.booking_id = saved.id AND claim.live AND NOT :live AND NOT (claim.counts AND :took_place)
    """)  # noqa: S608 - column names of this module
)
RECLAIM: Final = statement(
    text("""
        WITH dead AS (
            DELETE FROM claim WHERE booking_id = :booking_id AND NOT live RETURNING resource, unit, during, counts
        ), taken AS (
            INSERT INTO claim (booking_id, resource, unit, during, counts, live)
            SELECT CAST(:booking_id AS uuid), dead.*, true FROM dead ORDER BY resource, unit
            ON CONFLICT DO NOTHING RETURNING 1
        )
        SELECT (SELECT count(*) FROM dead) AS wanted, (SELECT count(*) FROM taken) AS taken
    """)
)
# Whoever moves stands in its own way: its claims go first, and come back with the whole if the new ones are lost.
DELETE_CLAIMS: Final = statement(text("DELETE FROM claim WHERE booking_id = :booking_id"))
INSERT_CLAIMS: Final = statement(
    text("""
        INSERT INTO claim (booking_id, resource, unit, during, counts, live)
        SELECT CAST(:booking_id AS uuid), wanted.*, true
        FROM unnest(CAST(:resources AS uuid[]), CAST(:units AS smallint[]), CAST(:spans AS tstzrange[]),
                    CAST(:counts AS boolean[])) AS wanted (resource, unit, during, counts)
        ORDER BY wanted.resource, wanted.unit
        ON CONFLICT DO NOTHING
    """)
)
FIND_BOOKING: Final = statement(select(BOOKING).where(BOOKING.c.id == bindparam("id")))
# Whose payment it is comes first, as the first of a series was made first: nobody waits in a ring.
LOCK_BOOKING: Final = statement(
    select(BOOKING)
    .where(text("id = ANY (ARRAY[CAST(:id AS uuid), (SELECT payer_id FROM booking WHERE id = :id)])"))
    .order_by(BOOKING.c.id)
    .with_for_update()
)


class Inserted(Enum):
    """How an insert ended; for all but DONE the caller must roll back."""

    DONE = "done"
    SLOT_LOST = "slot lost"
    HOLD_NUMBER_LOST = "hold number lost"


async def insert_booking(
    session: Session, booking: Booking, claims: Sequence[Claim], hold_number: int | None
) -> Inserted:
    """Another transaction may have taken a claim or the client's hold number meanwhile."""
    row = await session.one(
        INSERT_BOOKING,
        **values_of(booking),
        hold_number=hold_number,
        **claims_by_column(claims),
    )
    if row is None or row["made"] == 0:
        return Inserted.HOLD_NUMBER_LOST
    return Inserted.DONE if row["claimed"] == len(claims) else Inserted.SLOT_LOST


async def save_booking(session: Session, booking: Booking) -> None:
    """Write what can change; a booking that is no longer live lets its claims go in the same statement.

    One that took place goes on counting among those of its day.
    """
    values = {name: value for name, value in values_of(booking).items() if name in _CHANGING}
    status = booking.status
    await session.run(SAVE_BOOKING, id=booking.id, live=status.is_live, took_place=status.took_place, **values)


async def reclaim(session: Session, booking_id: BookingId) -> bool:
    """Take a dead booking's slot again, wholly or not at all."""
    savepoint = session.connection.transaction()
    await savepoint.start()
    row = await session.one(RECLAIM, booking_id=booking_id)
    if row is None or row["wanted"] != row["taken"] or row["wanted"] == 0:
        await savepoint.rollback()
        return False
    await savepoint.commit()
    return True


async def let_go(session: Session, booking_id: BookingId) -> None:
    """Drop the booking's claims, so that it does not stand in its own way."""
    await session.run(DELETE_CLAIMS, booking_id=booking_id)


async def claim_instead(session: Session, booking_id: BookingId, claims: Sequence[Claim]) -> bool:
    """Whether all of these could be claimed; if not, the caller must roll back."""
    return await session.run(INSERT_CLAIMS, booking_id=booking_id, **claims_by_column(claims)) == len(claims)


async def find_booking(session: Session, booking_id: BookingId) -> Booking | None:
    """Read one, unlocked."""
    row = await session.one(FIND_BOOKING, id=booking_id)
    return None if row is None else booking_of(row)


async def lock_booking(session: Session, booking_id: BookingId) -> Booking | None:
    """Read one FOR UPDATE, and lock the one whose payment is for it."""
    rows = await session.all(LOCK_BOOKING, id=booking_id)
    return next((booking_of(row) for row in rows if row["id"] == booking_id), None)
