"""Bookings and sessions ahead by their wall-clock start, and their claims at another instant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg
from sqlalchemy import text

from booking.domain.booking import LIVE, Booking
from booking.domain.session import GroupSession
from booking.domain.span import Span
from booking.store.rows import booking_of
from booking.store.sessions import session_of
from common.db import Session, Statement, statement
from contracts.ids import BookingId

FIND_STARTS: Final = statement(
    text("""
        SELECT DISTINCT zone, starts_local, starts_at FROM booking
        WHERE starts_at > app_now() AND starts_local IS NOT NULL AND status = ANY (CAST(:live AS text[]))
        UNION SELECT zone, starts_local, starts_at FROM session WHERE starts_at > app_now() AND status = 'open'
    """)
)
LOCK_STARTING: Final = statement(
    text("""
        SELECT * FROM booking
        WHERE zone = :zone AND starts_local = :starts_local AND starts_at = :starts_at
          AND status = ANY (CAST(:live AS text[])) AND session_id IS NULL
          AND id > :after
        ORDER BY id LIMIT :most FOR UPDATE
    """)
)
LOCK_SESSIONS_STARTING: Final = statement(
    text("""
        SELECT * FROM session
        WHERE zone = :zone AND starts_local = :starts_local AND starts_at = :starts_at AND status = 'open'
        ORDER BY id LIMIT :most FOR UPDATE
    """)
)
# Of what a day counts the day is worked out anew: its two midnights need not move alike. Seats count by their session.
_SHIFT: Final = """
    WITH old AS (
        DELETE FROM claim WHERE live AND {of} RETURNING *
    ), new AS (
        INSERT INTO claim (booking_id, session_id, resource, unit, during, counts, live)
        SELECT booking_id, session_id, resource, unit,
               CASE WHEN counts AND during IS DISTINCT FROM CAST(:was AS tstzrange) THEN CAST(:day AS tstzrange)
                    ELSE tstzrange(lower(during) + CAST(:by AS interval), upper(during) + CAST(:by AS interval))
               END, counts, true
        FROM old ORDER BY resource, unit, during
        ON CONFLICT DO NOTHING RETURNING 1
    )
    SELECT (SELECT count(*) FROM old) AS wanted, (SELECT count(*) FROM new) AS taken
"""
SHIFT_CLAIMS: Final = statement(text(_SHIFT.format(of="booking_id = :booking_id")))
# The whole of it at once: its seats go where it goes, or nobody does.
SHIFT_CLAIMS_OF_SESSION: Final = statement(
    text(
        _SHIFT.format(
            of="""(session_id = :session_id
                   OR booking_id = ANY (ARRAY(SELECT id FROM booking WHERE session_id = :session_id)))"""
        )
    )
)


@dataclass(frozen=True, slots=True)
class LocalStart:
    """A wall-clock time of a zone, and the instant that it was when bookings of it were made."""

    zone: str
    starts_local: datetime
    starts_at: datetime


async def find_starts_ahead(session: Session) -> Sequence[LocalStart]:
    """Those of everything that is still to come."""
    return [LocalStart(**row) for row in await session.all(FIND_STARTS, live=_LIVE)]


async def lock_starting(session: Session, start: LocalStart, after: UUID, most: int) -> Sequence[Booking]:
    """Bookings of one of them, by id, FOR UPDATE."""
    at = {"zone": start.zone, "starts_local": start.starts_local, "starts_at": start.starts_at}
    return [booking_of(row) for row in await session.all(LOCK_STARTING, **at, live=_LIVE, after=after, most=most)]


async def lock_sessions_starting(session: Session, start: LocalStart, most: int) -> Sequence[GroupSession]:
    """Open sessions of one of them, FOR UPDATE."""
    at = {"zone": start.zone, "starts_local": start.starts_local, "starts_at": start.starts_at}
    return [session_of(row) for row in await session.all(LOCK_SESSIONS_STARTING, **at, most=most)]


async def shift_claims(session: Session, booking_id: BookingId, by: timedelta, day: Span) -> bool:
    """Claim the same so much later, and counts of `day`, wholly or not at all: whether nobody was in the way."""
    whole = asyncpg.Range(day.start, day.end)
    return await _shift(session, SHIFT_CLAIMS, booking_id=booking_id, by=by, day=whole, was=None)


async def shift_claims_of_session(session: Session, group: GroupSession, by: timedelta, day: Span) -> bool:
    """The same of a session and all its seats."""
    whole, was = asyncpg.Range(day.start, day.end), asyncpg.Range(group.during.start, group.during.end)
    return await _shift(session, SHIFT_CLAIMS_OF_SESSION, session_id=group.id, by=by, day=whole, was=was)


async def _shift(session: Session, how: Statement, **values: object) -> bool:
    savepoint = session.connection.transaction()
    await savepoint.start()
    row = await session.one(how, **values)
    if row is None or row["wanted"] != row["taken"]:
        await savepoint.rollback()
        return False
    await savepoint.commit()
    return True


_LIVE: Final = [status.value for status in LIVE]
