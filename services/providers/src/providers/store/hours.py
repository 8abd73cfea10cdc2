"""Hours and time off: aggregates of their own, changed while their provider is locked."""

from collections.abc import Mapping
from datetime import date, time
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from common.db import Session, statement
from contracts.ids import PlaceId, ProviderId, ScheduleId, StaffId, TimeOffId
from providers.domain.absence import TimeOff
from providers.domain.schedule import Day, Schedule, Window

_FIND_SCHEDULES: Final = statement(
    text("""
        SELECT h.id, h.provider_id, h.staff_id, h.place_id, h.weekly, h.valid_from, h.days, h.version
        FROM schedule h JOIN staff s ON s.id = h.staff_id AND s.active AND h.place_id = ANY (s.place_ids)
        WHERE h.provider_id = :provider_id AND h.staff_id = coalesce(CAST(:staff_id AS uuid), h.staff_id)
        ORDER BY h.id
    """)
)
_LOCK_SCHEDULES: Final = statement(text("SELECT * FROM schedule WHERE id > :after ORDER BY id LIMIT :most FOR UPDATE"))
# The row of a member at a place keeps its first id; replacing it locks it, which orders its events.
_REPLACE_SCHEDULE: Final = statement(
    text("""
        INSERT INTO schedule AS h (id, provider_id, staff_id, place_id, weekly, valid_from, days, version)
        VALUES (:id, :provider_id, :staff_id, :place_id, :weekly, :valid_from, :days, 1)
        ON CONFLICT (staff_id, place_id)
        DO UPDATE SET weekly = excluded.weekly, valid_from = excluded.valid_from, days = excluded.days,
               version = h.version + 1
        RETURNING *
    """)
)
_INSERT_ABSENCE: Final = statement(
    text("""
        INSERT INTO time_off (id, provider_id, staff_id, starts, ends, zone, active, version)
        VALUES (:id, :provider_id, :staff_id, :starts, :ends, :zone, :active, :version)
    """)
)
_UPDATE_ABSENCE: Final = statement(text("UPDATE time_off SET active = :active, version = :version WHERE id = :id"))
_LOCK_ABSENCE: Final = statement(text("SELECT * FROM time_off WHERE id = :id AND staff_id = :staff_id FOR UPDATE"))
_LOCK_ABSENCES: Final = statement(text("SELECT * FROM time_off WHERE id > :after ORDER BY id LIMIT :most FOR UPDATE"))
_PAGE_ABSENCES: Final = statement(
    text("""
        SELECT * FROM time_off WHERE staff_id = :staff_id AND active AND ends > app_now() AT TIME ZONE zone
        ORDER BY starts, id LIMIT :most
    """)
)


async def find_schedules(session: Session, provider_id: ProviderId, staff_id: StaffId | None = None) -> list[Schedule]:
    """Of those who still attend at the place, or of one of them."""
    rows = await session.all(_FIND_SCHEDULES, provider_id=provider_id, staff_id=staff_id)
    return [_schedule(row) for row in rows]


async def lock_schedules_page(session: Session, after: UUID, most: int) -> list[Schedule]:
    """The next schedules by id, locked."""
    return [_schedule(row) for row in await session.all(_LOCK_SCHEDULES, after=after, most=most)]


async def replace_schedule(session: Session, schedule: Schedule) -> Schedule:
    """As stored: with the id and the version that the member's hours at the place have from now on."""
    row = await session.one(
        _REPLACE_SCHEDULE,
        id=schedule.id,
        provider_id=schedule.provider_id,
        staff_id=schedule.staff_id,
        place_id=schedule.place_id,
        weekly=[[one.day, f"{one.start:%H:%M}", f"{one.end:%H:%M}"] for one in schedule.weekly],
        valid_from=schedule.valid_from,
        days=[
            [one.date.isoformat(), [[f"{start:%H:%M}", f"{end:%H:%M}"] for start, end in one.hours]]
            for one in schedule.days
        ],
    )
    assert row is not None  # noqa: S101 - an upsert that returns gives a row
    return _schedule(row)


async def insert_absence(session: Session, absence: TimeOff) -> None:
    """A new one."""
    await session.run(
        _INSERT_ABSENCE,
        id=absence.id,
        provider_id=absence.provider_id,
        staff_id=absence.staff_id,
        starts=absence.starts,
        ends=absence.ends,
        zone=absence.zone,
        active=absence.active,
        version=absence.version,
    )


async def update_absence(session: Session, absence: TimeOff) -> None:
    """Whether it still holds, under its lock."""
    await session.run(_UPDATE_ABSENCE, id=absence.id, active=absence.active, version=absence.version)


async def lock_absence(session: Session, staff_id: StaffId, time_off_id: TimeOffId) -> TimeOff | None:
    """None when it is not that member's."""
    row = await session.one(_LOCK_ABSENCE, id=time_off_id, staff_id=staff_id)
    return _absence(row) if row else None


async def lock_absences_page(session: Session, after: UUID, most: int) -> list[TimeOff]:
    """The next by id, locked; those that were called off too."""
    return [_absence(row) for row in await session.all(_LOCK_ABSENCES, after=after, most=most)]


async def page_absences(session: Session, staff_id: StaffId, most: int) -> list[TimeOff]:
    """A member's that are not over, by their beginning."""
    return [_absence(row) for row in await session.all(_PAGE_ABSENCES, staff_id=staff_id, most=most)]


def _schedule(row: Mapping[str, Any]) -> Schedule:
    return Schedule(
        id=ScheduleId(row["id"]),
        provider_id=ProviderId(row["provider_id"]),
        staff_id=StaffId(row["staff_id"]),
        place_id=PlaceId(row["place_id"]),
        weekly=tuple(Window(day, *_hours(start, end)) for day, start, end in row["weekly"]),
        valid_from=row["valid_from"],
        version=row["version"],
        days=tuple(Day(date.fromisoformat(day), tuple(_hours(*one) for one in hours)) for day, hours in row["days"]),
    )


def _hours(start: str, end: str) -> tuple[time, time]:
    return time.fromisoformat(start), time.fromisoformat(end)


def _absence(row: Mapping[str, Any]) -> TimeOff:
    return TimeOff(
        id=TimeOffId(row["id"]),
        provider_id=ProviderId(row["provider_id"]),
        staff_id=StaffId(row["staff_id"]),
        starts=row["starts"],
        ends=row["ends"],
        zone=row["zone"],
        active=row["active"],
        version=row["version"],
    )
