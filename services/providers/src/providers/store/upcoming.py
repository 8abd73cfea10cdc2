"""The read model of bookings that are not over, fed by booking's events."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from sqlalchemy import text

from common.db import Row, Session, statement
from contracts.booking import BookingFact, BookingStatus
from contracts.ids import BookingId, PlaceId, ProviderId, ResourceId, StaffId
from providers.domain.conflicts import KEPT_FOR, Upcoming

_MOST: Final = 5000
_MOST_FORGOTTEN: Final = 500
_OVER: Final = frozenset(
    {BookingStatus.COMPLETED, BookingStatus.NO_SHOW, BookingStatus.CANCELLED, BookingStatus.EXPIRED}
)
_UPSERT: Final = statement(
    text("""
        INSERT INTO upcoming (booking_id, version, provider_id, place_id, parts, resource_ids, starts_at, ends_at,
                              local_date, live)
        SELECT b.booking_id, b.version, b.provider_id, b.place_id, b.parts->'all', CAST(b.resource_ids AS uuid[]),
               b.starts_at, b.ends_at, b.local_date, b.live
        FROM unnest(CAST(:ids AS uuid[]), CAST(:versions AS bigint[]), CAST(:providers AS uuid[]),
                    CAST(:places AS uuid[]), CAST(:parts AS jsonb[]), CAST(:resources AS text[]),
                    CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[]), CAST(:days AS date[]),
                    CAST(:live AS boolean[]))
             AS b (booking_id, version, provider_id, place_id, parts, resource_ids, starts_at, ends_at, local_date,
                   live)
        ON CONFLICT (booking_id) DO UPDATE
        SET version = excluded.version, place_id = excluded.place_id, parts = excluded.parts,
            resource_ids = excluded.resource_ids, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
            local_date = excluded.local_date, live = excluded.live
        WHERE excluded.version > upcoming.version
    """)
)
# Of a visit each service by itself: whoever gives one of them need not attend during the others.
_FIND: Final = statement(
    text("""
        SELECT booking_id, place_id, part.staff_id, part.starts_at, part.ends_at
        FROM upcoming CROSS JOIN LATERAL jsonb_to_recordset(parts)
             AS part (staff_id uuid, starts_at timestamptz, ends_at timestamptz)
        WHERE provider_id = :provider_id AND live AND upcoming.ends_at > app_now()
          AND part.ends_at > greatest(app_now(), CAST(:after AS timestamptz))
          AND part.starts_at < coalesce(CAST(:before AS timestamptz), 'infinity')
          AND part.staff_id = coalesce(CAST(:staff_id AS uuid), part.staff_id)
          AND place_id = coalesce(CAST(:place_id AS uuid), place_id)
          AND local_date = coalesce(CAST(:day AS date), local_date)
        ORDER BY part.starts_at, booking_id LIMIT :most
    """)
)
# A thing is the client's from the beginning of the visit to its end.
_FIND_WITH: Final = statement(
    text("""
        SELECT booking_id, place_id, CAST(parts->0->>'staff_id' AS uuid) AS staff_id, starts_at, ends_at FROM upcoming
        WHERE provider_id = :provider_id AND live AND ends_at > app_now()
          AND CAST(:resource_id AS uuid) = ANY (resource_ids)
        ORDER BY starts_at, booking_id LIMIT :most
    """)
)
_FORGET: Final = statement(
    text("""
        DELETE FROM upcoming WHERE booking_id = ANY (ARRAY(
            SELECT booking_id FROM upcoming WHERE ends_at < app_now() - CAST(:kept_for AS interval)
            ORDER BY ends_at LIMIT :most FOR UPDATE SKIP LOCKED))
    """)
)


async def upsert_bookings(session: Session, facts: Sequence[BookingFact]) -> None:
    """Keep each booking's newest state."""
    await session.run(
        _UPSERT,
        ids=[fact.booking_id for fact in facts],
        versions=[fact.version for fact in facts],
        providers=[fact.provider_id for fact in facts],
        places=[fact.place_id for fact in facts],
        # An array of arrays would be unnested whole: each is passed in an object, or as PostgreSQL writes it.
        parts=[{"all": _parts(fact)} for fact in facts],
        resources=["{" + ",".join(map(str, fact.resource_ids)) + "}" for fact in facts],
        starts=[fact.starts_at for fact in facts],
        ends=[fact.ends_at for fact in facts],
        days=[fact.local_date for fact in facts],
        live=[fact.status not in _OVER for fact in facts],
    )


async def find_upcoming(
    session: Session,
    provider_id: ProviderId,
    *,
    staff_id: StaffId | None = None,
    place_id: PlaceId | None = None,
    day: date | None = None,
    span: tuple[datetime, datetime] | None = None,
) -> list[Upcoming]:
    """Those that occupy a slot and are not over, at most 5,000, by their beginning; of a visit one for each service.

    `day` is a local one, `span` of instants for those that touch it.
    """
    after, before = span or (None, None)
    asked = {"staff_id": staff_id, "place_id": place_id, "day": day, "after": after, "before": before}
    return [_upcoming(row) for row in await session.all(_FIND, provider_id=provider_id, **asked, most=_MOST)]


async def find_upcoming_with(session: Session, provider_id: ProviderId, resource_id: ResourceId) -> list[Upcoming]:
    """The same of those that have one thing, each from its beginning to its end."""
    rows = await session.all(_FIND_WITH, provider_id=provider_id, resource_id=resource_id, most=_MOST)
    return [_upcoming(row) for row in rows]


async def forget_ended(session: Session) -> int:
    """Delete at most 500 that ended a day ago or more; how many there were."""
    return await session.run(_FORGET, kept_for=KEPT_FOR, most=_MOST_FORGOTTEN)


def _parts(fact: BookingFact) -> list[dict[str, str]]:
    first_ends = fact.also[0].starts_at if fact.also else fact.ends_at
    parts = [
        (fact.staff_id, fact.starts_at, first_ends),
        *((one.staff_id, one.starts_at, one.ends_at) for one in fact.also),
    ]
    return [
        {"staff_id": str(staff_id), "starts_at": starts.isoformat(), "ends_at": ends.isoformat()}
        for staff_id, starts, ends in parts
    ]


def _upcoming(row: Row) -> Upcoming:
    return Upcoming(
        id=BookingId(row["booking_id"]),
        place_id=PlaceId(row["place_id"]),
        staff_id=StaffId(row["staff_id"]),
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
    )
