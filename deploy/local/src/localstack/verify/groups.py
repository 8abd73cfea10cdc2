"""I1 of group sessions: each has its staff and things, and each of its live bookings one seat of it."""

from collections.abc import Sequence
from typing import Final

from localstack.reading import Row
from localstack.verify.evidence import Evidence

_LIVE: Final = "('pending', 'held', 'confirmed', 'arrived')"

_SESSIONS: Final = """
    SELECT session.id, status, status = 'open' AS is_open, due_at < app_now() - interval '1 minute' AS overdue,
           (SELECT array_agg(DISTINCT wanted) FROM unnest(staff_id || resource_ids) AS wanted) AS wanted,
           coalesce(array_agg(DISTINCT resource) FILTER (WHERE live AND NOT counts), ARRAY[]::uuid[]) AS claimed,
           min(lower(during)) FILTER (WHERE live AND resource = staff_id) <= starts_at
           AND max(upper(during)) FILTER (WHERE live AND resource = staff_id) >= ends_at
           AND coalesce(bool_and(during @> tstzrange(starts_at, ends_at))
                        FILTER (WHERE live AND NOT counts AND resource <> staff_id), true) AS covers
    FROM session LEFT JOIN claim ON claim.session_id = session.id
    GROUP BY session.id
"""
# One seat, of those there are, for the whole of it; whoever was there keeps it, whoever is not coming has none.
_SEATS: Final = f"""
    SELECT booking.id, booking.status, booking.status IN {_LIVE} AS is_live, session.status AS session_status,
           booking.status IN {_LIVE} OR booking.status IN ('completed', 'no_show') AS has_seat,
           count(*) FILTER (WHERE claim.live AND claim.resource = booking.session_id) AS seats,
           count(*) FILTER (WHERE claim.live) AS claims,
           coalesce(bool_and(claim.counts AND unit BETWEEN 0 AND session.seats - 1
                             AND during = tstzrange(session.starts_at, session.ends_at)
                             AND booking.starts_at = session.starts_at)
                    FILTER (WHERE claim.live AND claim.resource = booking.session_id), true) AS fits
    FROM booking LEFT JOIN session ON session.id = booking.session_id LEFT JOIN claim ON claim.booking_id = booking.id
    WHERE booking.session_id IS NOT NULL
    GROUP BY booking.id, session.id
"""  # noqa: S608 - constants of this module


async def wrong_in_sessions(evidence: Evidence, vertical: str) -> tuple[int, Sequence[str]]:
    """How many sessions and seats were looked at, and what is wrong with them."""
    sessions = await evidence.rows("booking", vertical, _SESSIONS)
    seats = await evidence.rows("booking", vertical, _SEATS)
    found = [*map(_wrong_with_session, sessions), *map(_wrong_with_seat, seats)]
    return len(found), [one for one in found if one is not None]


def _wrong_with_session(row: Row) -> str | None:
    if row["claimed"] != (row["wanted"] if row["is_open"] else []):
        return f"{row['status']} session {row['id']} claims other than it needs"
    if row["is_open"] and not row["covers"]:
        return f"a claim of session {row['id']} does not cover its time"
    return f"session {row['id']} is undecided long after its time" if row["overdue"] else None


def _wrong_with_seat(row: Row) -> str | None:
    if row["seats"] != row["has_seat"] or (not row["has_seat"] and row["claims"]):
        return f"{row['status']} booking {row['id']} has {row['seats']} seats of its session"
    if not row["fits"]:
        return f"the seat of booking {row['id']} is none of its session's"
    if row["is_live"] and row["session_status"] != "open":
        return f"{row['status']} booking {row['id']} has a seat of a session that was called off"
    return None
