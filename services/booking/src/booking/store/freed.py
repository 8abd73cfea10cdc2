"""What came free, who stands in line for it, and to whom it was offered."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

import asyncpg
from sqlalchemy import text

from booking.domain.booking import Booking, Status
from booking.domain.span import Span
from booking.domain.waiting import Freed, Wait
from booking.store.waiting import wait_of
from common.db import Session, statement
from contracts.ids import AccountId, BookingId, ProviderId, WaitlistId, new_id

# One round trip for whoever ends a booking: nothing is written where nobody waits. What came free there before, and is
# kept for somebody, was taken by this booking: it must not be offered beside what comes free now.
INSERT_FREED: Final = statement(
    text("""
        WITH was AS (
            SELECT origin_id, waiting_id, freed_by, accepted FROM offer WHERE booking_id = :booking_id
        ), taken_since AS (
            DELETE FROM freed WHERE id = ANY (ARRAY(
                SELECT id FROM freed
                WHERE CAST(:opens AS boolean) AND provider_id = :provider_id AND staff_id = :staff_id
                  AND during <@ CAST(:during AS tstzrange)
                ORDER BY id FOR UPDATE SKIP LOCKED))
        ), free AS (
            INSERT INTO freed (id, origin_id, provider_id, staff_id, booking_id, freed_by, accepted, during, due_at)
            SELECT CAST(:id AS uuid), coalesce(was.origin_id, CAST(:id AS uuid)), CAST(:provider_id AS uuid),
                   CAST(:staff_id AS uuid), CAST(:booking_id AS uuid),
                   CASE WHEN was.origin_id IS NULL THEN CAST(:freed_by AS uuid) ELSE was.freed_by END,
                   coalesce(was.accepted, CAST(:accepted AS boolean)), CAST(:during AS tstzrange), app_now()
            FROM (SELECT) AS here LEFT JOIN was ON true
            WHERE CAST(:opens AS boolean) AND lower(CAST(:during AS tstzrange)) > app_now() AND EXISTS (
                SELECT FROM waiting WHERE provider_id = :provider_id AND status IN ('waiting', 'offered')
                                          AND wanted && CAST(:during AS tstzrange))
        )
        SELECT waiting_id FROM was
    """)
)
FIND_FREED: Final = statement(text("SELECT id FROM freed WHERE due_at <= app_now() ORDER BY due_at, id LIMIT :most"))
LOCK_FREED: Final = statement(text("SELECT * FROM freed WHERE id = :id AND due_at <= app_now() FOR UPDATE SKIP LOCKED"))
_ELIGIBLE: Final = """
    waiting.provider_id = freed.provider_id AND waiting.wanted && freed.during
    AND waiting.client_id IS DISTINCT FROM freed.freed_by AND NOT EXISTS (
        SELECT FROM offer WHERE offer.origin_id = freed.origin_id AND offer.client_id = waiting.client_id)
"""
PAGE_IN_LINE: Final = statement(
    text(f"""
        SELECT waiting.* FROM freed JOIN waiting ON {_ELIGIBLE}
        WHERE freed.id = :id AND waiting.status = 'waiting'
          AND (freed.passed_id IS NULL OR waiting.id > freed.passed_id)
        ORDER BY waiting.id LIMIT :most
    """)  # noqa: S608 - a constant of this module
)
PASS_OVER: Final = statement(text("UPDATE freed SET passed_id = :passed_id WHERE id = :id"))
KEEP_FREED: Final = statement(
    text(f"""
        UPDATE freed SET due_at = lower(during), passed_id = NULL
        WHERE id = :id AND EXISTS (SELECT FROM waiting WHERE {_ELIGIBLE} AND waiting.status = 'offered')
    """)  # noqa: S608 - a constant of this module
)
# Whoever is back in line is looked at again for all that is free; in order, so that two of them never wait in a ring.
AWAKEN_FREED: Final = statement(
    text("""
        UPDATE freed SET due_at = app_now(), passed_id = NULL WHERE id = ANY (ARRAY(
            SELECT freed.id FROM waiting JOIN freed ON freed.provider_id = waiting.provider_id
                                                   AND freed.during && waiting.wanted
            WHERE waiting.id = :waiting_id AND (freed.due_at > app_now() OR freed.passed_id IS NOT NULL)
            ORDER BY freed.id FOR UPDATE OF freed))
    """)
)
PUT_OFF_FREED: Final = statement(
    text("UPDATE freed SET due_at = app_now() + :wait WHERE id = :id AND due_at <= app_now()")
)
DELETE_FREED: Final = statement(text("DELETE FROM freed WHERE id = :id"))
FIND_OFFERED: Final = statement(text("SELECT EXISTS (SELECT FROM offer WHERE booking_id = :booking_id)"))
INSERT_OFFER: Final = statement(
    text("""
        INSERT INTO offer (origin_id, client_id, waiting_id, booking_id, freed_by, accepted)
        VALUES (:origin_id, :client_id, :waiting_id, :booking_id, :freed_by, :accepted)
        ON CONFLICT DO NOTHING
    """)
)


async def insert_freed(session: Session, booking: Booking, freed_by: AccountId | None, *, opens: bool) -> UUID | None:
    """The booking's time, if it is still ahead and somebody waits for such; the wait whose offer the booking is.

    What was an offer comes free as what it was offered from. Not `opens`: nothing comes free.
    """
    waiting_id: UUID | None = await session.value(
        INSERT_FREED,
        id=new_id(),
        booking_id=booking.id,
        provider_id=booking.provider_id,
        staff_id=booking.staff_id,
        freed_by=freed_by,
        accepted=booking.status is not Status.PENDING,
        during=asyncpg.Range(booking.starts_at, booking.ends_at),
        opens=opens,
    )
    return waiting_id


async def find_freed(session: Session, most: int) -> Sequence[UUID]:
    """What must be looked at."""
    return [row["id"] for row in await session.all(FIND_FREED, most=most)]


async def lock_freed(session: Session, freed_id: UUID) -> Freed | None:
    """One of them FOR UPDATE; None when it is not due any more or somebody else has it."""
    row = await session.one(LOCK_FREED, id=freed_id)
    if row is None:
        return None
    return Freed(
        id=row["id"],
        origin_id=row["origin_id"],
        provider_id=ProviderId(row["provider_id"]),
        freed_by=AccountId(row["freed_by"]) if row["freed_by"] else None,
        accepted=row["accepted"],
        during=Span(row["during"].lower, row["during"].upper),
    )


async def page_in_line(session: Session, freed: Freed, most: int) -> Sequence[Wait]:
    """Who waits for it, longest first, of those who were not passed over yet and were never offered it."""
    return [wait_of(row) for row in await session.all(PAGE_IN_LINE, id=freed.id, most=most)]


async def pass_over(session: Session, freed: Freed, last: Wait) -> None:
    """It goes on behind this one."""
    await session.run(PASS_OVER, id=freed.id, passed_id=last.id)


async def keep_freed(session: Session, freed: Freed) -> bool:
    """Whether somebody who has another offer may come back to it: it is kept for them until it starts."""
    return await session.run(KEEP_FREED, id=freed.id) == 1


async def awaken_freed(session: Session, waiting_id: WaitlistId) -> None:
    """What is kept, and somebody who is back in line waits for, is looked at again."""
    await session.run(AWAKEN_FREED, waiting_id=waiting_id)


async def put_off_freed(session: Session, freed_id: UUID, wait: timedelta) -> None:
    """Have it looked at again in a while."""
    await session.run(PUT_OFF_FREED, id=freed_id, wait=wait)


async def delete_freed(session: Session, freed: Freed) -> None:
    """It was offered, or nobody waits for it."""
    await session.run(DELETE_FREED, id=freed.id)


async def insert_offer(session: Session, freed: Freed, wait: Wait, booking: Booking) -> bool:
    """False when its client was offered this slot before."""
    about = {"origin_id": freed.origin_id, "freed_by": freed.freed_by, "accepted": freed.accepted}
    whose = {"client_id": wait.client_id, "waiting_id": wait.id, "booking_id": booking.id}
    return await session.run(INSERT_OFFER, **about, **whose) == 1


async def was_offered(session: Session, booking_id: BookingId) -> bool:
    """Whether the booking was made for somebody who waited."""
    return bool(await session.value(FIND_OFFERED, booking_id=booking_id))
