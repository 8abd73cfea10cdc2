"""Bookings and their claims."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any, Final
from uuid import UUID

import asyncpg
from sqlalchemy import bindparam, select, text

from booking.domain.booking import Booking, Part, Status
from booking.domain.policy import Party, Policy, Step
from booking.domain.taken import Claim
from booking.store.tables import BOOKING
from common.db import Session, statement
from common.money import Money
from contracts.ids import AccountId, BookingId, ProviderId, ServiceId, StaffId

_COLUMNS: Final = tuple(column.name for column in BOOKING.columns if column.name != "hold_number")
_CHANGING: Final = (
    "version",
    "status",
    "paid_minor",
    "refunded_minor",
    "hold_expires_at",
    "due_at",
    "payment_id",
    "closed_payment_id",
    "close_asked",
    "cancelled_by",
)

# One statement, so that a hold is one round trip: fewer claims than asked, or no booking, rolls the whole back.
INSERT_BOOKING: Final = statement(
    text(f"""
        WITH made AS (
            INSERT INTO booking ({", ".join(_COLUMNS)}, hold_number)
            VALUES ({", ".join(f":{name}" for name in _COLUMNS)}, :hold_number)
            ON CONFLICT (client_id, hold_number) WHERE status = 'held' DO NOTHING RETURNING id
        ), claimed AS (
            INSERT INTO claim (booking_id, resource, unit, during, live, counts)
            SELECT made.id, wanted.resource, wanted.unit, wanted.during, true, wanted.counts
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
        WHERE claim.booking_id = saved.id AND claim.live AND NOT :live AND NOT (claim.counts AND :attended)
    """)  # noqa: S608 - column names of this module
)
RECLAIM: Final = statement(
    text("""
        WITH dead AS (
            DELETE FROM claim WHERE booking_id = :booking_id AND NOT live RETURNING resource, unit, during, counts
        ), taken AS (
            INSERT INTO claim (booking_id, resource, unit, during, live, counts)
            SELECT CAST(:booking_id AS uuid), resource, unit, during, true, counts FROM dead ORDER BY resource, unit
            ON CONFLICT DO NOTHING RETURNING 1
        )
        SELECT (SELECT count(*) FROM dead) AS wanted, (SELECT count(*) FROM taken) AS taken
    """)
)
FIND_BOOKING: Final = statement(select(BOOKING).where(BOOKING.c.id == bindparam("id")))
LOCK_BOOKING: Final = statement(select(BOOKING).where(BOOKING.c.id == bindparam("id")).with_for_update())
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
PAGE_OF_CLIENT: Final = statement(
    select(BOOKING)
    .where(BOOKING.c.client_id == bindparam("client_id"), BOOKING.c.id < bindparam("before"))
    .order_by(BOOKING.c.id.desc())
    .limit(bindparam("most"))
)
PAGE_OF_PROVIDER_DAY: Final = statement(
    select(BOOKING)
    .where(
        BOOKING.c.provider_id == bindparam("provider_id"),
        BOOKING.c.local_date == bindparam("day"),
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
        **_values(booking),
        hold_number=hold_number,
        resources=[claim.resource for claim in claims],
        units=[claim.unit for claim in claims],
        spans=[asyncpg.Range(claim.during.start, claim.during.end) for claim in claims],
        counts=[claim.counts for claim in claims],
    )
    if row is None or row["made"] == 0:
        return Inserted.HOLD_NUMBER_LOST
    return Inserted.DONE if row["claimed"] == len(claims) else Inserted.SLOT_LOST


async def save_booking(session: Session, booking: Booking) -> None:
    """Write what can change; a booking that is no longer live lets its claims go in the same statement.

    One that took place goes on counting among those of its day.
    """
    values = {name: value for name, value in _values(booking).items() if name in _CHANGING}
    status = booking.status
    await session.run(SAVE_BOOKING, id=booking.id, live=status.is_live, attended=status.took_place, **values)


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


async def find_booking(session: Session, booking_id: BookingId) -> Booking | None:
    """Read one, unlocked."""
    row = await session.one(FIND_BOOKING, id=booking_id)
    return None if row is None else _booking(row)


async def lock_booking(session: Session, booking_id: BookingId) -> Booking | None:
    """Read one FOR UPDATE."""
    row = await session.one(LOCK_BOOKING, id=booking_id)
    return None if row is None else _booking(row)


async def lock_due(session: Session, most: int) -> Sequence[Booking]:
    """Bookings whose hold must be looked at, FOR UPDATE SKIP LOCKED."""
    return [_booking(row) for row in await session.all(LOCK_DUE, most=most)]


async def find_due(session: Session, most: int) -> Sequence[BookingId]:
    """Which bookings `lock_due` would give, without reading them."""
    return [row["id"] for row in await session.all(FIND_DUE, most=most)]


async def lock_due_one(session: Session, booking_id: BookingId) -> Booking | None:
    """One of them FOR UPDATE; None when it is not due any more or somebody else has it."""
    row = await session.one(LOCK_DUE_ONE, id=booking_id)
    return None if row is None else _booking(row)


async def put_off(session: Session, booking_id: BookingId, wait: timedelta) -> None:
    """Have the hold looked at again in a while."""
    await session.run(PUT_OFF, id=booking_id, wait=wait)


async def page_of_client(session: Session, client_id: AccountId, before: UUID, most: int) -> Sequence[Booking]:
    """The client's bookings, newest first."""
    return [_booking(row) for row in await session.all(PAGE_OF_CLIENT, client_id=client_id, before=before, most=most)]


async def page_of_provider_day(
    session: Session, provider_id: ProviderId, day: date, before: UUID, most: int
) -> Sequence[Booking]:
    """The provider's bookings of one local day, newest first."""
    rows = await session.all(PAGE_OF_PROVIDER_DAY, provider_id=provider_id, day=day, before=before, most=most)
    return [_booking(row) for row in rows]


async def page_current(session: Session, after: UUID, most: int) -> Sequence[Booking]:
    """For `snapshot`: bookings by id, locked."""
    return [_booking(row) for row in await session.all(PAGE_CURRENT, after=after, most=most)]


def _values(booking: Booking) -> dict[str, Any]:
    values = {name: getattr(booking, name) for name in _COLUMNS if hasattr(booking, name)}
    steps = [{"minutes": step.notice // timedelta(minutes=1), "percent": step.percent} for step in booking.policy.steps]
    return values | {
        "resource_ids": list(booking.resource_ids),
        "currency": booking.price.currency,
        "price_minor": booking.price.minor,
        "net_minor": booking.net.minor,
        "also": [_of_part(part) for part in booking.also],
        "due_minor": booking.due_now.minor,
        "paid_minor": booking.paid.minor,
        "refunded_minor": booking.refunded.minor,
        "policy": {"version": booking.policy.version, "steps": steps},
    }


def _booking(row: Mapping[str, Any]) -> Booking:
    currency = row["currency"]
    return Booking(
        id=row["id"],
        version=row["version"],
        provider_id=row["provider_id"],
        place_id=row["place_id"],
        service_id=row["service_id"],
        staff_id=row["staff_id"],
        resource_ids=row["resource_ids"],
        client_id=row["client_id"],
        status=Status(row["status"]),
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        local_date=row["local_date"],
        zone=row["zone"],
        city=row["city"],
        province=row["province"],
        price=Money(row["price_minor"], currency),
        net=Money(row["price_minor"] if row["net_minor"] is None else row["net_minor"], currency),
        also=[_part(state, currency) for state in row["also"]],
        due_now=Money(row["due_minor"], currency),
        paid=Money(row["paid_minor"], currency),
        refunded=Money(row["refunded_minor"], currency),
        policy=_policy(row["policy"]),
        created_at=row["created_at"],
        hold_expires_at=row["hold_expires_at"],
        due_at=row["due_at"],
        payment_id=row["payment_id"],
        closed_payment_id=row["closed_payment_id"],
        close_asked=row["close_asked"],
        cancelled_by=Party(row["cancelled_by"]) if row["cancelled_by"] else None,
    )


def _of_part(part: Part) -> dict[str, Any]:
    return {
        "service_id": str(part.service_id),
        "staff_id": str(part.staff_id),
        "starts_at": part.starts_at.isoformat(),
        "ends_at": part.ends_at.isoformat(),
        "price_minor": part.price.minor,
    }


def _part(state: Mapping[str, Any], currency: str) -> Part:
    return Part(
        service_id=ServiceId(UUID(state["service_id"])),
        staff_id=StaffId(UUID(state["staff_id"])),
        starts_at=datetime.fromisoformat(state["starts_at"]),
        ends_at=datetime.fromisoformat(state["ends_at"]),
        price=Money(state["price_minor"], currency),
    )


def _policy(state: Mapping[str, Any]) -> Policy:
    steps = [Step(timedelta(minutes=step["minutes"]), step["percent"]) for step in state["steps"]]
    return Policy(state["version"], steps)
