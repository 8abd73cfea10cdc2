"""Bookings by the page."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, select, text

from booking.domain.booking import LIVE, Booking
from booking.store.rows import booking_of
from booking.store.tables import BOOKING
from common.db import Session, statement
from contracts.ids import AccountId, ProviderId, StaffId

PAGE_OF_CLIENT: Final = statement(
    select(BOOKING)
    .where(BOOKING.c.client_id == bindparam("client_id"), BOOKING.c.id < bindparam("before"))
    .order_by(BOOKING.c.id.desc())
    .limit(bindparam("most"))
)
# Attended by one of them, whichever service of a visit it is; by anybody where none are named.
_OF_STAFF: Final = """
    (CAST(:staff_ids AS uuid[]) IS NULL OR staff_id = ANY (CAST(:staff_ids AS uuid[])) OR EXISTS (
        SELECT FROM jsonb_array_elements(also) AS part
        WHERE CAST(part->>'staff_id' AS uuid) = ANY (CAST(:staff_ids AS uuid[]))))
"""
PAGE_OF_PROVIDER_DAY: Final = statement(
    select(BOOKING)
    .where(
        BOOKING.c.provider_id == bindparam("provider_id"),
        BOOKING.c.local_date == bindparam("day"),
        text(_OF_STAFF),
        BOOKING.c.id < bindparam("before"),
    )
    .order_by(BOOKING.c.id.desc())
    .limit(bindparam("most"))
)
PAGE_CURRENT: Final = statement(
    select(BOOKING)
    .where(BOOKING.c.id > bindparam("after"))
    .order_by(BOOKING.c.id)
    .limit(bindparam("most"))
    .with_for_update()
)
_OF_DAY: Final = f"""
    provider_id = :provider_id AND local_date = :day
    AND status = ANY (CAST(:live AS text[])) AND status <> 'arrived' AND starts_at > app_now()
    AND {_OF_STAFF}
"""
# Those whose payments they are first, as by whoever locks one of them: nobody waits in a ring.
LOCK_PAYERS_OF_DAY: Final = statement(
    text(f"""
        SELECT id FROM booking WHERE id IN (
            SELECT payer_id FROM booking WHERE {_OF_DAY} AND payer_id IS NOT NULL ORDER BY id LIMIT :most)
        ORDER BY id FOR UPDATE
    """)  # noqa: S608 - a constant of this module
)
LOCK_LIVE_OF_DAY: Final = statement(
    select(BOOKING).where(text(_OF_DAY)).order_by(BOOKING.c.id).limit(bindparam("most")).with_for_update()
)


async def page_of_client(session: Session, client_id: AccountId, before: UUID, most: int) -> Sequence[Booking]:
    """The client's bookings, newest first."""
    return [booking_of(row) for row in await session.all(PAGE_OF_CLIENT, client_id=client_id, before=before, most=most)]


async def page_of_provider_day(
    session: Session, provider_id: ProviderId, day: date, staff_ids: Sequence[StaffId] | None, before: UUID, most: int
) -> Sequence[Booking]:
    """The provider's bookings of one local day, of some staff or (None) of all, newest first."""
    of = {"provider_id": provider_id, "day": day, "staff_ids": staff_ids}
    rows = await session.all(PAGE_OF_PROVIDER_DAY, **of, before=before, most=most)
    return [booking_of(row) for row in rows]


async def page_current(session: Session, after: UUID, most: int) -> Sequence[Booking]:
    """For `snapshot`: bookings by id, locked."""
    return [booking_of(row) for row in await session.all(PAGE_CURRENT, after=after, most=most)]


async def lock_live_of_day(
    session: Session, provider_id: ProviderId, day: date, staff_ids: Sequence[StaffId] | None, most: int
) -> Sequence[Booking]:
    """What is still to come of a provider's local day, of some staff or (None) of all, oldest first, FOR UPDATE.

    Whose time has begun, or who is there, may have been served: that is for people to say, one by one.
    """
    of = {"provider_id": provider_id, "day": day, "staff_ids": staff_ids}
    of |= {"live": [status.value for status in LIVE], "most": most}
    await session.all(LOCK_PAYERS_OF_DAY, **of)
    rows = await session.all(LOCK_LIVE_OF_DAY, **of)
    return [booking_of(row) for row in rows]
