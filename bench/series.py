"""A series of 52 made in one transaction, against plain SQL that inserts as many rows of each kind in one."""

from datetime import time, timedelta
from statistics import median
from time import perf_counter
from typing import Final

from services.booking.tests.builders import Shop, days_ahead
from sqlalchemy import text

from bench.shops import VERTICAL
from booking import usecases
from booking.usecases import BookingContext, HoldSeries, HoldSlot
from common.db import statement
from contracts.ids import AccountId, new_id

MANY: Final = 52
_TIMES: Final = 10
_WEEKS: Final = f"FREQ=WEEKLY;COUNT={MANY}"
_HALF: Final = timedelta(minutes=30)

# Bookings like one that is there with claims on somebody whom nobody knows, and as much to tell of them.
_PLAIN: Final = statement(
    text("""
        WITH made AS (
            INSERT INTO booking SELECT (jsonb_populate_record(alike, jsonb_build_object(
                'id', gen_random_uuid(), 'starts_at', (alike).starts_at + n * interval '1 week',
                'ends_at', (alike).ends_at + n * interval '1 week'))).*
            FROM (SELECT booking FROM booking WHERE provider_id = :provider_id AND status = 'confirmed' LIMIT 1)
                 AS one (alike), generate_series(1, CAST(:many AS int)) AS n
            RETURNING id, starts_at, ends_at
        ), claimed AS (
            INSERT INTO claim (booking_id, resource, unit, during, live)
            SELECT id, resource, 0, tstzrange(starts_at, ends_at), true
            FROM made, unnest(ARRAY[CAST(:staff AS uuid), CAST(:chair AS uuid)]) AS resource
            ON CONFLICT DO NOTHING
        )
        INSERT INTO outbox (topic, key, event_id, sequence, headers, payload)
        SELECT topic, made.id, gen_random_uuid(), 1, last.headers, last.payload
        FROM made, unnest(ARRAY['booking.created', 'booking.confirmed']) AS topic,
             (SELECT headers, payload FROM outbox LIMIT 1) AS last
    """)
)


async def times_of_series(context: BookingContext, shop: Shop) -> tuple[float, float]:
    """Milliseconds at the median, of ours and of the plain statement. The shop asks for nothing in advance."""
    vertical = context.verticals.get(VERTICAL)

    async def ours(number: int) -> None:
        start = days_ahead(3 + number // 5, time(14)) + number % 5 * _HALF
        first = HoldSlot(AccountId(new_id()), [shop.service_id], start)
        made = await usecases.hold_series(context, vertical, HoldSeries(first, _WEEKS), None)
        if len(made.bookings) != MANY:
            raise AssertionError("a part of the series is missing")

    async def plain() -> None:
        async with context.uow.begin(VERTICAL) as work:
            ids = {"staff": new_id(), "chair": new_id()}
            await work.run(_PLAIN, provider_id=shop.provider_id, many=MANY, **ids)

    found = []
    for number in range(_TIMES):
        marks = [perf_counter()]
        for act in (ours(number), plain()):
            await act
            marks.append(perf_counter())
        found.append((marks[1] - marks[0], marks[2] - marks[1]))
    return median(one for one, _ in found) * 1000, median(other for _, other in found) * 1000
