"""The feed: read by snapshot difference as the relay reads the outbox, so that a late commit is never passed over."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final

import asyncpg
from sqlalchemy import text

from common import road
from common.db import UNREACHABLE, Row, Session, connect, statement

_BATCH: Final = 500


class FeedLostError(RuntimeError):
    """The connection to the feed is lost; the text names what ended it."""


_NEW_ROWS: Final = statement(
    text("""
        SELECT id, kind, at, provider_id, payload
        FROM feed
        WHERE ((xid >= pg_snapshot_xmax(CAST(CAST(:stored AS text) AS pg_snapshot))
                AND xid < pg_snapshot_xmax(CAST(CAST(:fresh AS text) AS pg_snapshot)))
               OR xid = ANY (ARRAY(SELECT pg_snapshot_xip(CAST(CAST(:stored AS text) AS pg_snapshot)))))
          AND pg_visible_in_snapshot(xid, CAST(CAST(:fresh AS text) AS pg_snapshot))
        ORDER BY id
    """)
)
# Whoever has received row :last was sent its transaction's rows up to it, and everything of transactions older than
# its floor. The rest, in the order of the ids, may repeat what ran beside it but never leaves a gap.
_PAGE_AFTER: Final = statement(
    text("""
        SELECT feed.id, feed.kind, feed.at, feed.provider_id, feed.payload
        FROM feed, (SELECT id, xid, floor_xid FROM feed WHERE id = :last) AS seen
        WHERE feed.xid >= seen.floor_xid AND NOT (feed.xid = seen.xid AND feed.id <= seen.id)
        ORDER BY feed.id LIMIT :most
    """)
)
_KNOWN: Final = statement(text("SELECT EXISTS (SELECT FROM feed WHERE id = :id)"))
_DELETE_OLD: Final = statement(
    text("""
        WITH oldest AS (SELECT id, at FROM feed ORDER BY id LIMIT :most)
        DELETE FROM feed USING oldest WHERE feed.id = oldest.id AND oldest.at < app_now() - CAST(:age AS interval)
    """)
)
_INSERT_TICKET: Final = statement(
    text("""
        INSERT INTO stream_ticket (hash, usable_until, stream_until)
        VALUES (:hash, app_now() + CAST(:age AS interval), to_timestamp(CAST(:stream_until AS double precision)))
        RETURNING usable_until
    """)
)
_TAKE_TICKET: Final = statement(
    text("""
        DELETE FROM stream_ticket WHERE hash = :hash AND usable_until > app_now()
        RETURNING CAST(extract(epoch FROM stream_until) AS bigint)
    """)
)
_DELETE_OLD_TICKETS: Final = statement(
    text("""
        WITH due AS (SELECT hash FROM stream_ticket WHERE usable_until <= app_now() ORDER BY usable_until LIMIT :most)
        DELETE FROM stream_ticket USING due WHERE stream_ticket.hash = due.hash
    """)
)


@asynccontextmanager
async def listening(dsn: str, channel: str, wake: Callable[[], None]) -> AsyncIterator[Session]:
    """A connection of one's own; `wake` is called at each NOTIFY. FeedLostError for whatever ends it."""
    try:
        connection = await connect(dsn, "analytics-feed")
        try:
            await connection.add_listener(channel, lambda *_: wake())
            yield Session(connection)
        finally:
            connection.terminate()
    except (OSError, TimeoutError, asyncpg.PostgresError, *UNREACHABLE) as error:
        raise FeedLostError(type(error).__name__) from error


async def find_snapshot(session: Session) -> str:
    """What is visible now, as of a statement of its own."""
    snapshot: str = await session.value(road.SELECT_SNAPSHOT)
    return snapshot


async def page_window(session: Session, stored: str, fresh: str) -> AsyncIterator[Sequence[Row]]:
    """What became visible between two snapshots, by id, in batches of at most 500; read it to its end."""
    async with session.connection.transaction():
        rows = await session.connection.cursor(_NEW_ROWS.sql, *_NEW_ROWS.arguments({"stored": stored, "fresh": fresh}))
        while batch := await rows.fetch(_BATCH):
            yield batch


async def page_after(session: Session, last: int, most: int) -> Sequence[Row] | None:
    """At most `most` rows that a client who has row `last` may lack; None when that row is not there any more."""
    if not await session.value(_KNOWN, id=last):
        return None
    return await session.all(_PAGE_AFTER, last=last, most=most)


async def delete_old_feed(session: Session, age: timedelta, most: int) -> int:
    """Forget at most `most` of the oldest rows, as far as they are older than `age`; how many went."""
    return await session.run(_DELETE_OLD, age=age, most=most)


async def insert_ticket(session: Session, hash_: bytes, age: timedelta, stream_until: int) -> datetime:
    """Keep a ticket's hash; `stream_until` in seconds since the epoch. Returns the instant until it can be used."""
    until: datetime = await session.value(_INSERT_TICKET, hash=hash_, age=age, stream_until=float(stream_until))
    return until


async def take_ticket(session: Session, hash_: bytes) -> int | None:
    """Use a ticket up: until when its stream may run (seconds since the epoch), or None when it is not good."""
    until: int | None = await session.value(_TAKE_TICKET, hash=hash_)
    return until


async def delete_old_tickets(session: Session, most: int) -> int:
    """Forget tickets that nobody used in time."""
    return await session.run(_DELETE_OLD_TICKETS, most=most)
