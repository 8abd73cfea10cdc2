"""Whose time changed, and what was told of their days.

`touched` is written by triggers on `claim`, so that nothing which takes time or lets it go can forget it; nobody waits
there for anybody, since rows are only added to it until a job takes them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

import asyncpg
from sqlalchemy import text

from booking.domain.span import Span
from common.db import Row, Session, statement
from contracts.calendar import subject_of
from contracts.ids import ProviderId, StaffId

TAKE_TOUCHED: Final = statement(
    text("""
        DELETE FROM touched
        WHERE id = ANY (ARRAY(SELECT id FROM touched ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED))
        RETURNING resource, during
    """)
)
# Of several places the first one's zone.
FIND_ATTENDING: Final = statement(
    text("""
        SELECT DISTINCT ON (wanted.id) wanted.id AS staff_id, provider.id AS provider_id, place.state ->> 'zone' AS zone
        FROM unnest(CAST(:resources AS uuid[])) AS wanted (id)
        JOIN provider
          ON provider.state -> 'staff' @> jsonb_build_array(jsonb_build_object('staff_id', wanted.id))
        CROSS JOIN jsonb_array_elements(provider.state -> 'staff') AS person (state)
        CROSS JOIN jsonb_array_elements_text(person.state -> 'place_ids') WITH ORDINALITY AS at (place_id, n)
        JOIN jsonb_array_elements(provider.state -> 'places') AS place (state)
          ON place.state ->> 'place_id' = at.place_id
        WHERE person.state ->> 'staff_id' = CAST(wanted.id AS text)
        ORDER BY wanted.id, at.n
    """)
)
INSERT_BUSY: Final = statement(
    text("""
        INSERT INTO busy (id, provider_id, staff_id, day, zone, version, bits)
        SELECT id, provider_id, staff_id, day, zone, 0, bits
        FROM unnest(CAST(:ids AS uuid[]), CAST(:provider_ids AS uuid[]), CAST(:staff_ids AS uuid[]),
                    CAST(:days AS date[]), CAST(:zones AS text[]), CAST(:bits AS text[]))
            AS new (id, provider_id, staff_id, day, zone, bits)
        ORDER BY id
        ON CONFLICT DO NOTHING
    """)
)
LOCK_BUSY: Final = statement(
    text("SELECT * FROM busy WHERE id = ANY (CAST(:ids AS uuid[])) ORDER BY id LIMIT :most FOR UPDATE")
)
FIND_TAKEN: Final = statement(
    text("""
        SELECT day.id, claim.during
        FROM unnest(CAST(:ids AS uuid[]), CAST(:staff_ids AS uuid[]), CAST(:spans AS tstzrange[]))
            AS day (id, staff_id, span)
        JOIN claim ON claim.live AND claim.resource = day.staff_id AND claim.during && day.span
    """)
)
SAVE_BUSY: Final = statement(
    text("""
        UPDATE busy SET version = new.version, zone = new.zone, bits = new.bits, provider_id = new.provider_id
        FROM unnest(CAST(:ids AS uuid[]), CAST(:versions AS bigint[]), CAST(:zones AS text[]), CAST(:bits AS text[]),
                    CAST(:provider_ids AS uuid[])) AS new (id, version, zone, bits, provider_id)
        WHERE busy.id = new.id
    """)
)
DROP_BUSY: Final = statement(
    text("""
        DELETE FROM busy
        WHERE id = ANY (ARRAY(SELECT id FROM busy WHERE day < :before ORDER BY day LIMIT :most FOR UPDATE SKIP LOCKED))
    """)
)
PAGE_BUSY: Final = statement(
    text("SELECT * FROM busy WHERE id > :after AND version > 0 ORDER BY id LIMIT :most FOR UPDATE")
)


@dataclass(frozen=True, slots=True)
class BusyDay:
    """A member of staff's local day as it was told, or is to be; version 0: of which nothing was told yet."""

    provider_id: ProviderId
    staff_id: StaffId
    day: date
    zone: str
    version: int
    bits: str

    @property
    def id(self) -> UUID:
        """The aggregate's."""
        return subject_of(self.staff_id, self.day)


@dataclass(frozen=True, slots=True)
class Attending:
    """Whose staff somebody is, and the zone of their days."""

    provider_id: ProviderId
    zone: str


async def take_touched(session: Session, most: int) -> Sequence[tuple[UUID, Span]]:
    """What was claimed or let go since the last time, oldest first, and now is nobody else's to tell of."""
    rows = await session.all(TAKE_TOUCHED, most=most)
    return [(row["resource"], Span(row["during"].lower, row["during"].upper)) for row in rows]


async def find_attending(session: Session, resources: Sequence[UUID]) -> Mapping[UUID, Attending]:
    """Those of them who are people, by id: chairs, rooms and whoever was dismissed are not among them."""
    rows = await session.all(FIND_ATTENDING, resources=list(resources))
    return {row["staff_id"]: Attending(row["provider_id"], row["zone"]) for row in rows}


async def lock_busy(session: Session, days: Sequence[BusyDay]) -> Mapping[UUID, BusyDay]:
    """Each as it was told last, by id, FOR UPDATE in one order; those never told of are made as they are given.

    What is read afterwards is newer than what any other worker told of these days.
    """
    await session.run(
        INSERT_BUSY,
        ids=[each.id for each in days],
        provider_ids=[each.provider_id for each in days],
        staff_ids=[each.staff_id for each in days],
        days=[each.day for each in days],
        zones=[each.zone for each in days],
        bits=[each.bits for each in days],
    )
    rows = await session.all(LOCK_BUSY, ids=[each.id for each in days], most=len(days))
    return {row["id"]: _day(row) for row in rows}


async def find_spans_taken(
    session: Session, days: Mapping[UUID, tuple[StaffId, Span]]
) -> Mapping[UUID, Sequence[Span]]:
    """What is claimed now of each day, whole claims, by the day's id."""
    rows = await session.all(
        FIND_TAKEN,
        ids=list(days),
        staff_ids=[staff_id for staff_id, _ in days.values()],
        spans=[asyncpg.Range(span.start, span.end) for _, span in days.values()],
    )
    found: dict[UUID, list[Span]] = {each: [] for each in days}
    for row in rows:
        found[row["id"]].append(Span(row["during"].lower, row["during"].upper))
    return found


async def save_busy(session: Session, days: Sequence[BusyDay]) -> None:
    """Keep what is told; `lock_busy` has the rows."""
    await session.run(
        SAVE_BUSY,
        ids=[each.id for each in days],
        versions=[each.version for each in days],
        zones=[each.zone for each in days],
        bits=[each.bits for each in days],
        provider_ids=[each.provider_id for each in days],
    )


async def drop_busy(session: Session, before: date, most: int) -> int:
    """Forget days of long ago; how many."""
    return await session.run(DROP_BUSY, before=before, most=most)


async def page_busy(session: Session, after: UUID, most: int) -> Sequence[BusyDay]:
    """For `snapshot`: what was told, by id, locked."""
    return [_day(row) for row in await session.all(PAGE_BUSY, after=after, most=most)]


def _day(row: Row) -> BusyDay:
    return BusyDay(row["provider_id"], row["staff_id"], row["day"], row["zone"], row["version"], row["bits"])
