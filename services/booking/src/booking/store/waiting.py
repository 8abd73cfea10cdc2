"""Who waits for what."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import asyncpg
from sqlalchemy import bindparam, select, text

from booking.domain.span import Span
from booking.domain.waiting import Wait, WaitStatus
from booking.store.waiting_tables import WAITING
from common.db import Session, statement
from contracts.ids import AccountId, BookingId, PlaceId, ProviderId, ServiceId, StaffId, WaitlistId

FIND_OPEN: Final = statement(
    text("SELECT * FROM waiting WHERE client_id = :client_id AND status IN ('waiting', 'offered') ORDER BY number")
)
INSERT_WAIT: Final = statement(
    text("""
        INSERT INTO waiting (id, version, client_id, provider_id, service_ids, staff_id, place_id, wanted, status,
                             number, due_at)
        VALUES (:id, :version, :client_id, :provider_id, CAST(:service_ids AS uuid[]), :staff_id, :place_id,
                CAST(:wanted AS tstzrange), :status, :number, :due_at)
        ON CONFLICT (client_id, number) WHERE status IN ('waiting', 'offered') DO NOTHING
    """)
)
SAVE_WAIT: Final = statement(
    text("""
        UPDATE waiting SET version = :version, status = :status, offer_booking_id = :offer_booking_id WHERE id = :id
    """)
)
FIND_WAIT: Final = statement(select(WAITING).where(WAITING.c.id == bindparam("id")))
LOCK_WAIT: Final = statement(select(WAITING).where(WAITING.c.id == bindparam("id")).with_for_update())
LOCK_OFFERED: Final = statement(
    text("""
        SELECT waiting.* FROM offer JOIN waiting ON waiting.id = offer.waiting_id
        WHERE offer.booking_id = :booking_id FOR UPDATE OF waiting
    """)
)
LOCK_OVER: Final = statement(
    text("""
        SELECT * FROM waiting WHERE status = 'waiting' AND due_at <= app_now()
        ORDER BY due_at, id LIMIT :most FOR UPDATE SKIP LOCKED
    """)
)
PAGE_OF_WAITER: Final = statement(
    text("SELECT * FROM waiting WHERE client_id = :client_id AND id < :before ORDER BY id DESC LIMIT :most")
)
PAGE_AT_PROVIDER: Final = statement(
    text("""
        SELECT * FROM waiting
        WHERE provider_id = :provider_id AND status IN ('waiting', 'offered') AND id < :before
        ORDER BY id DESC LIMIT :most
    """)
)


async def find_open_waits(session: Session, client_id: AccountId) -> dict[int, Wait]:
    """The client's open waits by their numbers."""
    return {row["number"]: wait_of(row) for row in await session.all(FIND_OPEN, client_id=client_id)}


async def insert_wait(session: Session, wait: Wait, number: int) -> bool:
    """False when another request of the same client took the number meanwhile."""
    wanted = asyncpg.Range(wait.wanted.start, wait.wanted.end)
    values = {name: getattr(wait, name) for name in ("id", "version", "client_id", "provider_id", "staff_id")}
    more = {"place_id": wait.place_id, "status": wait.status.value, "due_at": wait.due_at, "number": number}
    return await session.run(INSERT_WAIT, **values, **more, service_ids=list(wait.service_ids), wanted=wanted) == 1


async def save_wait(session: Session, wait: Wait) -> None:
    """Write what can change."""
    values = {"version": wait.version, "status": wait.status.value, "offer_booking_id": wait.offer_booking_id}
    await session.run(SAVE_WAIT, id=wait.id, **values)


async def find_wait(session: Session, wait_id: WaitlistId) -> Wait | None:
    """Read one, unlocked."""
    row = await session.one(FIND_WAIT, id=wait_id)
    return None if row is None else wait_of(row)


async def lock_wait(session: Session, wait_id: WaitlistId) -> Wait | None:
    """Read one FOR UPDATE."""
    row = await session.one(LOCK_WAIT, id=wait_id)
    return None if row is None else wait_of(row)


async def lock_wait_of(session: Session, booking_id: BookingId) -> Wait | None:
    """Whose offer a booking is or was, FOR UPDATE; None of a booking that was never one."""
    row = await session.one(LOCK_OFFERED, booking_id=booking_id)
    return None if row is None else wait_of(row)


async def lock_waits_over(session: Session, most: int) -> Sequence[Wait]:
    """Those whose window is over, FOR UPDATE SKIP LOCKED."""
    return [wait_of(row) for row in await session.all(LOCK_OVER, most=most)]


async def page_of_waiter(session: Session, client_id: AccountId, before: UUID, most: int) -> Sequence[Wait]:
    """The client's own, newest first."""
    return [wait_of(row) for row in await session.all(PAGE_OF_WAITER, client_id=client_id, before=before, most=most)]


async def page_at_provider(session: Session, provider_id: ProviderId, before: UUID, most: int) -> Sequence[Wait]:
    """Who waits at a provider, last come first."""
    rows = await session.all(PAGE_AT_PROVIDER, provider_id=provider_id, before=before, most=most)
    return [wait_of(row) for row in rows]


def wait_of(row: Mapping[str, Any]) -> Wait:
    """As the domain has it."""
    return Wait(
        id=WaitlistId(row["id"]),
        version=row["version"],
        client_id=AccountId(row["client_id"]),
        provider_id=ProviderId(row["provider_id"]),
        service_ids=[ServiceId(one) for one in row["service_ids"]],
        staff_id=StaffId(row["staff_id"]) if row["staff_id"] else None,
        place_id=PlaceId(row["place_id"]) if row["place_id"] else None,
        wanted=Span(row["wanted"].lower, row["wanted"].upper),
        status=WaitStatus(row["status"]),
        due_at=row["due_at"],
        offer_booking_id=BookingId(row["offer_booking_id"]) if row["offer_booking_id"] else None,
    )
