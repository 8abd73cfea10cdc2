"""Group sessions and their claims, and the bookings that are their seats."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg
from sqlalchemy import bindparam, select, text

from booking.domain.booking import LIVE, Booking, Status
from booking.domain.policy import Party
from booking.domain.session import GroupSession, SessionStatus
from booking.domain.span import Span
from booking.domain.taken import Claim
from booking.store.rows import booking_of, claims_by_column
from booking.store.tables import BOOKING, SESSION
from common.db import Session, statement
from contracts.ids import BookingId, ProviderId, SessionId, StaffId

_COLUMNS: Final = tuple(column.name for column in SESSION.columns)
_FIELDS: Final = tuple(field.name for field in fields(GroupSession) if field.name not in ("status", "cancelled_by"))
_CHANGING: Final = ("version", "starts_at", "ends_at", "decide_at", "due_at", "status", "cancelled_by", "reason")
_LIVE: Final = [status.value for status in LIVE]
_SURE: Final = [status.value for status in (Status.CONFIRMED, Status.ARRIVED, Status.COMPLETED)]

# As of a booking: fewer claims than asked, and the caller rolls the whole back.
INSERT_SESSION: Final = statement(
    text(f"""
        WITH made AS (
            INSERT INTO session ({", ".join(_COLUMNS)}) VALUES ({", ".join(f":{name}" for name in _COLUMNS)})
            RETURNING id
        ), claimed AS (
            INSERT INTO claim (session_id, resource, unit, during, counts, live)
            SELECT made.id, wanted.*, true
            FROM made, unnest(CAST(:resources AS uuid[]), CAST(:units AS smallint[]), CAST(:spans AS tstzrange[]),
                              CAST(:counts AS boolean[])) AS wanted (resource, unit, during, counts)
            ORDER BY wanted.resource, wanted.unit
            ON CONFLICT DO NOTHING RETURNING 1
        )
        SELECT count(*) FROM claimed
    """)  # noqa: S608 - column names of this module
)
SAVE_SESSION: Final = statement(
    text(f"""
        WITH saved AS (
            UPDATE session SET {", ".join(f"{name} = :{name}" for name in _CHANGING)} WHERE id = :id
            RETURNING id, status
        )
        UPDATE claim SET live = false FROM saved
        WHERE claim.session_id = saved.id AND claim.live AND saved.status = 'cancelled'
    """)  # noqa: S608 - column names of this module
)
LOCK_SESSION: Final = statement(select(SESSION).where(SESSION.c.id == bindparam("id")).with_for_update())
# Seats are taken side by side, but none while the session is being called off.
SHARE_SESSION: Final = statement(select(SESSION).where(SESSION.c.id == bindparam("id")).with_for_update(read=True))
LOCK_OPEN_OF_DAY: Final = statement(
    text("""
        SELECT * FROM session
        WHERE provider_id = :provider_id AND local_date = :day AND status = 'open' AND starts_at > app_now()
          AND (CAST(:staff_ids AS uuid[]) IS NULL OR staff_id = ANY (CAST(:staff_ids AS uuid[])))
        ORDER BY id LIMIT 1 FOR UPDATE
    """)
)
LOCK_LIVE_SEATS: Final = statement(
    select(BOOKING)
    .where(BOOKING.c.session_id == bindparam("session_id"), text("status = ANY (CAST(:live AS text[]))"))
    .order_by(BOOKING.c.id)
    .limit(bindparam("most"))
    .with_for_update()
)
COUNT_SURE: Final = statement(
    text("SELECT count(*) FROM booking WHERE session_id = :session_id AND status = ANY (CAST(:sure AS text[]))")
)
LOCK_DUE_SESSIONS: Final = statement(
    text("""
        SELECT * FROM session WHERE due_at <= app_now()
        ORDER BY due_at, id LIMIT :most FOR UPDATE SKIP LOCKED
    """)
)
FIND_DUE_SESSIONS: Final = statement(
    text("SELECT id FROM session WHERE due_at <= app_now() ORDER BY due_at, id LIMIT :most")
)
LOCK_DUE_SESSION: Final = statement(
    text("SELECT * FROM session WHERE id = :id AND due_at <= app_now() FOR UPDATE SKIP LOCKED")
)
PUT_OFF_SESSION: Final = statement(
    text("UPDATE session SET due_at = app_now() + :wait WHERE id = :id AND due_at <= app_now()")
)
FIND_TAKEN_OF: Final = statement(
    text("""
        SELECT claim.resource, unit, claim.during FROM claim
        JOIN unnest(CAST(:resources AS uuid[]), CAST(:spans AS tstzrange[])) AS asked (resource, during)
             ON claim.resource = asked.resource AND claim.during && asked.during
        WHERE live
    """)
)
# Of a booking that is over: any seat does as well as the one it had.
CHANGE_SEAT: Final = statement(
    text("UPDATE claim SET unit = :unit WHERE booking_id = :booking_id AND resource = :session_id AND NOT live")
)
PAGE_CURRENT_SESSIONS: Final = statement(
    select(SESSION)
    .where(SESSION.c.id > bindparam("after"))
    .order_by(SESSION.c.id)
    .limit(bindparam("most"))
    .with_for_update()
)


async def insert_session(session: Session, group: GroupSession, claims: Sequence[Claim]) -> bool:
    """Whether everything it needs could be claimed; if not, the caller must roll back."""
    values = {name: getattr(group, name) for name in _COLUMNS} | {"resource_ids": list(group.resource_ids)}
    return int(await session.value(INSERT_SESSION, **values, **claims_by_column(claims))) == len(claims)


async def save_session(session: Session, group: GroupSession) -> None:
    """Write what can change; one that was called off lets its claims go in the same statement."""
    await session.run(SAVE_SESSION, id=group.id, **{name: getattr(group, name) for name in _CHANGING})


async def lock_session(session: Session, session_id: SessionId) -> GroupSession | None:
    """Read one FOR UPDATE: nobody takes a seat of it meanwhile."""
    return _maybe(await session.one(LOCK_SESSION, id=session_id))


async def share_session(session: Session, session_id: SessionId) -> GroupSession | None:
    """Read one FOR SHARE: it stays as it is until this transaction ends."""
    return _maybe(await session.one(SHARE_SESSION, id=session_id))


async def lock_open_of_day(
    session: Session, provider_id: ProviderId, day: date, staff_ids: Sequence[StaffId] | None
) -> GroupSession | None:
    """The first of a provider's local day that is still to come, of some staff or (None) of all, FOR UPDATE."""
    return _maybe(await session.one(LOCK_OPEN_OF_DAY, provider_id=provider_id, day=day, staff_ids=staff_ids))


async def lock_live_seats(session: Session, session_id: SessionId, most: int) -> Sequence[Booking]:
    """The bookings that have a seat of it, oldest first, FOR UPDATE."""
    rows = await session.all(LOCK_LIVE_SEATS, session_id=session_id, live=_LIVE, most=most)
    return [booking_of(row) for row in rows]


async def count_sure(session: Session, session_id: SessionId) -> int:
    """How many seats are of clients who are sure to come, or came: what is not paid or not accepted is not sure."""
    return int(await session.value(COUNT_SURE, session_id=session_id, sure=_SURE))


async def lock_due_sessions(session: Session, most: int) -> Sequence[GroupSession]:
    """Sessions that must be looked at, FOR UPDATE SKIP LOCKED."""
    return [session_of(row) for row in await session.all(LOCK_DUE_SESSIONS, most=most)]


async def find_due_sessions(session: Session, most: int) -> Sequence[SessionId]:
    """Which `lock_due_sessions` would give, without reading them."""
    return [row["id"] for row in await session.all(FIND_DUE_SESSIONS, most=most)]


async def lock_due_session(session: Session, session_id: SessionId) -> GroupSession | None:
    """One of them FOR UPDATE; None when it is not due any more or somebody else has it."""
    return _maybe(await session.one(LOCK_DUE_SESSION, id=session_id))


async def put_off_session(session: Session, session_id: SessionId, wait: timedelta) -> None:
    """Have it looked at again in a while."""
    await session.run(PUT_OFF_SESSION, id=session_id, wait=wait)


async def find_taken_of(session: Session, asked: Mapping[UUID, Span]) -> Sequence[Claim]:
    """The live claims on each of these, in a span of its own."""
    spans = [asyncpg.Range(span.start, span.end) for span in asked.values()]
    rows = await session.all(FIND_TAKEN_OF, resources=list(asked), spans=spans)
    return [Claim(row["resource"], row["unit"], Span(row["during"].lower, row["during"].upper)) for row in rows]


async def change_seat(session: Session, booking_id: BookingId, session_id: SessionId, unit: int) -> None:
    """Have a booking that is over ask for another seat when it is claimed again."""
    await session.run(CHANGE_SEAT, booking_id=booking_id, session_id=session_id, unit=unit)


async def page_current_sessions(session: Session, after: UUID, most: int) -> Sequence[GroupSession]:
    """For `snapshot`: sessions by id, locked."""
    return [session_of(row) for row in await session.all(PAGE_CURRENT_SESSIONS, after=after, most=most)]


def session_of(row: Mapping[str, Any]) -> GroupSession:
    """As the domain has it."""
    return GroupSession(
        **{name: row[name] for name in _FIELDS},
        status=SessionStatus(row["status"]),
        cancelled_by=Party(row["cancelled_by"]) if row["cancelled_by"] else None,
    )


def _maybe(row: Mapping[str, Any] | None) -> GroupSession | None:
    return None if row is None else session_of(row)
