"""Series: their rows, and their bookings, made together and found together."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, select, text

from booking.domain.booking import LIVE, Booking, Status
from booking.domain.series import Charge, Series
from booking.domain.taken import Claim
from booking.store.bookings import Inserted
from booking.store.rows import booking_of, claims_by_column, values_of
from booking.store.tables import BOOKING, SERIES
from common.db import Session, statement
from contracts.ids import SeriesId

_NAMES: Final = tuple(column.name for column in SERIES.columns)

# As one booking is inserted, many in one round trip: fewer of either than asked, and the caller rolls back.
INSERT_BOOKINGS: Final = statement(
    text("""
        WITH made AS (
            INSERT INTO booking SELECT * FROM jsonb_populate_recordset(CAST(NULL AS booking), :bookings)
            ON CONFLICT (client_id, hold_number) WHERE status IN ('pending', 'held') DO NOTHING RETURNING id
        ), claimed AS (
            INSERT INTO claim (booking_id, resource, unit, during, counts, live)
            SELECT wanted.*, true
            FROM unnest(CAST(:owners AS uuid[]), CAST(:resources AS uuid[]), CAST(:units AS smallint[]),
                        CAST(:spans AS tstzrange[]), CAST(:counts AS boolean[]))
                 AS wanted (booking_id, resource, unit, during, counts)
            JOIN made ON made.id = wanted.booking_id
            ORDER BY wanted.resource, wanted.unit, wanted.during
            ON CONFLICT DO NOTHING RETURNING 1
        )
        SELECT (SELECT count(*) FROM made) AS made, (SELECT count(*) FROM claimed) AS claimed
    """)
)
INSERT_SERIES: Final = statement(
    text(f"""
        INSERT INTO series ({", ".join(_NAMES)}) VALUES ({", ".join(f":{name}" for name in _NAMES)})
    """)  # noqa: S608 - column names of this module
)
FIND_SERIES: Final = statement(select(SERIES).where(SERIES.c.id == bindparam("id")))
NEXT_VERSION: Final = statement(text("UPDATE series SET version = version + 1 WHERE id = :id RETURNING *"))
FIND_OF_SERIES: Final = statement(
    select(BOOKING).where(BOOKING.c.series_id == bindparam("id")).order_by(BOOKING.c.starts_at, BOOKING.c.id)
)
LOCK_OF_SERIES: Final = statement(
    select(BOOKING)
    .where(
        BOOKING.c.series_id == bindparam("id"),
        BOOKING.c.starts_at >= bindparam("since"),
        text("status = ANY (CAST(:statuses AS text[]))"),
    )
    .order_by(BOOKING.c.id)
    .with_for_update()
)
# What its leader has lost is looked at at once, by the job that looks at all that falls due. Where payments was asked
# to close, the answer is waited for as ever.
HURRY: Final = statement(
    text("""
        UPDATE booking SET due_at = app_now() WHERE id = ANY (ARRAY(
            SELECT id FROM booking
            WHERE series_id = :id AND status IN ('pending', 'held') AND due_at > app_now() AND NOT close_asked
            ORDER BY id FOR UPDATE))
    """)
)


async def insert_series(
    session: Session, series: Series, made: Sequence[tuple[Booking, Sequence[Claim], int | None]]
) -> Inserted:
    """A series with its bookings, each with its claims and hold number; unless DONE the caller must roll back."""
    claims = [(booking.id, claim) for booking, its, _ in made for claim in its]
    row = await session.one(
        INSERT_BOOKINGS,
        bookings=[values_of(booking) | {"hold_number": number} for booking, _, number in made],
        owners=[owner for owner, _ in claims],
        **claims_by_column([claim for _, claim in claims]),
    )
    if row is None or row["made"] < len(made):
        return Inserted.HOLD_NUMBER_LOST
    if row["claimed"] < len(claims):
        return Inserted.SLOT_LOST
    await session.run(INSERT_SERIES, **{name: getattr(series, name) for name in _NAMES})
    return Inserted.DONE


async def find_series(session: Session, series_id: SeriesId) -> Series | None:
    """Read one, unlocked; all of it but its version stays as it was made."""
    row = await session.one(FIND_SERIES, id=series_id)
    return None if row is None else _series(row)


async def next_version(session: Session, series_id: SeriesId) -> Series:
    """The series as it stands after one more change; LookupError when there is none. Its bookings are locked first."""
    row = await session.one(NEXT_VERSION, id=series_id)
    if row is None:
        raise LookupError("a booking of a series that was never made")
    return _series(row)


async def find_of_series(session: Session, series_id: SeriesId) -> Sequence[Booking]:
    """Its bookings in the order of their starts."""
    return [booking_of(row) for row in await session.all(FIND_OF_SERIES, id=series_id)]


async def lock_of_series(
    session: Session, series_id: SeriesId, since: datetime, statuses: Sequence[Status] = LIVE
) -> Sequence[Booking]:
    """Its bookings in one of these states that start then or later, FOR UPDATE, in the order they were made."""
    values = [status.value for status in statuses]
    rows = await session.all(LOCK_OF_SERIES, id=series_id, since=since, statuses=values)
    return [booking_of(row) for row in rows]


async def hurry_series(session: Session, series_id: SeriesId) -> None:
    """Have what is open of it looked at now."""
    await session.run(HURRY, id=series_id)


def _series(row: Mapping[str, Any]) -> Series:
    return Series(**{name: row[name] for name in _NAMES} | {"charge": Charge(row["charge"])})
