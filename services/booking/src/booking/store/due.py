"""Bookings that fall due: unpaid holds, and requests that nobody answered."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import bindparam, select, text

from booking.domain.booking import Booking
from booking.store.rows import booking_of
from booking.store.tables import BOOKING
from common.db import Session, statement
from contracts.ids import BookingId

LOCK_DUE: Final = statement(
    select(BOOKING)
    .where(text("due_at <= app_now()"))
    .order_by(BOOKING.c.due_at, BOOKING.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
FIND_DUE: Final = statement(text("SELECT id FROM booking WHERE due_at <= app_now() ORDER BY due_at, id LIMIT :most"))
LOCK_DUE_ONE: Final = statement(
    select(BOOKING)
    .where(BOOKING.c.id == bindparam("id"), text("due_at <= app_now()"))
    .with_for_update(skip_locked=True)
)
PUT_OFF: Final = statement(text("UPDATE booking SET due_at = app_now() + :wait WHERE id = :id AND due_at <= app_now()"))


async def lock_due(session: Session, most: int) -> Sequence[Booking]:
    """Bookings whose hold must be looked at, FOR UPDATE SKIP LOCKED."""
    return [booking_of(row) for row in await session.all(LOCK_DUE, most=most)]


async def find_due(session: Session, most: int) -> Sequence[BookingId]:
    """Which bookings `lock_due` would give, without reading them."""
    return [row["id"] for row in await session.all(FIND_DUE, most=most)]


async def lock_due_one(session: Session, booking_id: BookingId) -> Booking | None:
    """One of them FOR UPDATE; None when it is not due any more or somebody else has it."""
    row = await session.one(LOCK_DUE_ONE, id=booking_id)
    return None if row is None else booking_of(row)


async def put_off(session: Session, booking_id: BookingId, wait: timedelta) -> None:
    """Have the hold looked at again in a while."""
    await session.run(PUT_OFF, id=booking_id, wait=wait)
