"""The read model of bookings that are not over, fed by booking's events."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from sqlalchemy import text

from common.db import Session, statement
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
        INSERT INTO upcoming (booking_id, version, provider_id, place_id, staff_id, service_id, resource_ids, starts_at,
                              ends_at, local_date, live)
        SELECT b.booking_id, b.version, b.provider_id, b.place_id, b.staff_id, b.service_id,
               CAST(b.resource_ids AS uuid[]), b.starts_at, b.ends_at, b.local_date, b.live
        FROM unnest(CAST(:ids AS uuid[]), CAST(:versions AS bigint[]), CAST(:providers AS uuid[]),
                    CAST(:places AS uuid[]), CAST(:staff AS uuid[]), CAST(:services AS uuid[]),
                    CAST(:resources AS text[]), CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[]),
                    CAST(:days AS date[]), CAST(:live AS boolean[]))
             AS b (booking_id, version, provider_id, place_id, staff_id, service_id, resource_ids, starts_at, ends_at,
                   local_date, live)
        ON CONFLICT (booking_id) DO UPDATE
        SET version = excluded.version, place_id = excluded.place_id, staff_id = excluded.staff_id,
            service_id = excluded.service_id, resource_ids = excluded.resource_ids, starts_at = excluded.starts_at,
            ends_at = excluded.ends_at, local_date = excluded.local_date, live = excluded.live
        WHERE excluded.version > upcoming.version
    """)
)
_FIND: Final = statement(
    text("""
        SELECT booking_id, place_id, staff_id, resource_ids, starts_at, ends_at FROM upcoming
        WHERE provider_id = :provider_id AND live
          AND ends_at > greatest(app_now(), CAST(:after AS timestamptz))
          AND starts_at < coalesce(CAST(:before AS timestamptz), 'infinity')
          AND staff_id = coalesce(CAST(:staff_id AS uuid), staff_id)
          AND place_id = coalesce(CAST(:place_id AS uuid), place_id)
          AND local_date = coalesce(CAST(:day AS date), local_date)
          AND (CAST(:resource_id AS uuid) IS NULL OR CAST(:resource_id AS uuid) = ANY (resource_ids))
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
        staff=[fact.staff_id for fact in facts],
        services=[fact.service_id for fact in facts],
        # An array of arrays would be unnested whole: each is passed as PostgreSQL writes it.
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
    resource_id: ResourceId | None = None,
    day: date | None = None,
    span: tuple[datetime, datetime] | None = None,
) -> list[Upcoming]:
    """Those that occupy a slot and are not over, at most 5,000, by their beginning; `day` is a local one, `span`
    of instants for those that touch it."""
    after, before = span or (None, None)
    rows = await session.all(
        _FIND,
        provider_id=provider_id,
        staff_id=staff_id,
        place_id=place_id,
        resource_id=resource_id,
        day=day,
        after=after,
        before=before,
        most=_MOST,
    )
    return [
        Upcoming(
            id=BookingId(row["booking_id"]),
            place_id=PlaceId(row["place_id"]),
            staff_id=StaffId(row["staff_id"]),
            resource_ids=tuple(map(ResourceId, row["resource_ids"])),
            starts_at=row["starts_at"],
            ends_at=row["ends_at"],
        )
        for row in rows
    ]


async def forget_ended(session: Session) -> int:
    """Delete at most 500 that ended a day ago or more; how many there were."""
    return await session.run(_FORGET, kept_for=KEPT_FOR, most=_MOST_FORGOTTEN)
