"""Free starts of a day and of a month, against plain SQL that works out the same; with few bookings ever made and many.

Booking's own use case in a process of its own, on the database of the stage: no HTTP on either side.
"""

import multiprocessing
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter
from typing import Any, Final

import uvloop
from services.booking.tests.builders import ZONE, Shop, days_ahead
from sqlalchemy import text

from bench.report import Report, Row, at_most
from bench.series import MANY, times_of_series
from bench.shops import VERTICAL
from bench.stage import Stage, settings_of
from booking import usecases
from booking.app import SERVICE
from booking.settings import Settings
from booking.usecases import BookingContext, Days, HoldSlot
from common import telemetry
from common.app import running, tune_garbage_collector
from common.db import Session, statement
from contracts.ids import AccountId, new_id
from contracts.providers import DepositPart

PROGRAMS: Final = ("postgres", "kafka", "identity-api", "booking-api")
"""The services are asked nothing: with them the database is there."""
_SECONDS: Final = 300
_TIMES: Final = 60
_FEW, _MANY = 36, 50_000
_AT_ONCE, _HOURS_AGO = 1_000, 2_400
"""A statement has its time-out; history begins beyond what is booked."""
_BARBERS: Final = 5
_MONTH: Final = 31

# Hours from the same read model, starts by the same step, and who and what is free by the same claims.
_PLAIN: Final = statement(
    text("""
        WITH hours AS (
            SELECT CAST(state->>'staff_id' AS uuid) AS staff, CAST(one->>'day' AS int) AS weekday,
                   CAST(one->>'start' AS time) AS opens, CAST(one->>'end' AS time) AS closes
            FROM schedule, jsonb_array_elements(state->'weekly') AS one WHERE provider_id = :provider_id
        ), starts AS (
            SELECT staff, (day + opens + step * interval '30 minutes') AT TIME ZONE :zone AS starts
            FROM generate_series(CAST(:first AS timestamp), CAST(:last AS timestamp), interval '1 day') AS day
            JOIN hours ON weekday = extract(isodow FROM day),
                 generate_series(0, CAST(extract(epoch FROM closes - opens) / 1800 AS int) - 1) AS step
        ), chairs AS (
            SELECT CAST(one->>'resource_id' AS uuid) AS chair FROM provider,
                   jsonb_array_elements(state->'places') AS place, jsonb_array_elements(place->'resources') AS one
            WHERE id = :provider_id
        )
        SELECT starts, staff FROM starts
        WHERE starts > app_now() + interval '15 minutes' AND NOT EXISTS (
            SELECT FROM claim WHERE live AND resource = staff
            AND during && tstzrange(starts, starts + interval '30 minutes')
        ) AND EXISTS (SELECT FROM chairs WHERE NOT EXISTS (
            SELECT FROM claim WHERE live AND resource = chair
            AND during && tstzrange(starts, starts + interval '30 minutes')
        ))
        ORDER BY starts, staff
    """)
)
# What was booked and is over: rows like one that is there, and claims that are live no more.
_HISTORY: Final = statement(
    text("""
        WITH made AS (
            INSERT INTO booking SELECT (jsonb_populate_record(alike, jsonb_build_object(
                'id', gen_random_uuid(), 'status', 'completed', 'hold_number', NULL, 'due_at', NULL,
                'starts_at', (alike).starts_at - n * interval '1 hour',
                'ends_at', (alike).ends_at - n * interval '1 hour'))).*
            FROM (SELECT booking FROM booking WHERE provider_id = :provider_id LIMIT 1) AS one (alike),
                 generate_series(CAST(:first AS int), CAST(:first AS int) + CAST(:many AS int) - 1) AS n
            RETURNING id, staff_id, resource_ids, starts_at, ends_at
        )
        INSERT INTO claim (booking_id, resource, unit, during, live)
        SELECT id, unnest(staff_id || resource_ids), 0, tstzrange(starts_at, ends_at), false FROM made
    """)
)


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds at the median, of ours and of the plain statement."""

    ours: float
    plain: float


@dataclass(frozen=True, slots=True)
class Measured:
    """A day and a month, with few bookings and with many; and a series."""

    day: Times
    month: Times
    day_of_many: Times
    month_of_many: Times
    series: Times


def measure(stage: Stage, report: Report) -> None:
    """Rows of a provider's day and month."""
    stage.run_exactly(PROGRAMS)
    with stage.reporter.step("availability"):
        context: Any = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, context) as pool:
            found: Measured = pool.submit(_measured, dict(stage.stack.environment("booking"))).result(_SECONDS)
    _rows(report, "a day", found.day, found.day_of_many)
    _rows(report, f"{_MONTH} days", found.month, found.month_of_many)
    made = found.series
    report.rows.append(Row(f"a series of {MANY}", p50=made.ours, ratio=made.ours / made.plain, of="plain SQL"))


def _rows(report: Report, what: str, few: Times, many: Times) -> None:
    for bookings, times in ((_FEW, few), (_FEW + _MANY, many)):
        ratio = times.ours / times.plain
        goal = at_most(ratio, 2) if what == "a day" else None
        report.rows.append(
            Row(
                f"availability of {what}, {bookings:,} bookings", p50=times.ours, ratio=ratio, of="plain SQL", goal=goal
            )
        )
    growth = many.ours / few.ours
    report.rows.append(
        Row(f"availability of {what}, growth", ratio=growth, of=f"{_FEW} bookings", goal=at_most(growth, 1.2))
    )


def _measured(environment: Mapping[str, str]) -> Measured:
    settings = settings_of(Settings, "booking", environment).model_copy(update={"log_level": "warning"})
    telemetry.configure("bench", "availability", settings)
    measured: Measured = uvloop.run(_measure(settings))
    return measured


async def _measure(settings: Settings) -> Measured:
    async with running(SERVICE, settings) as context:
        tune_garbage_collector()
        shop = await Shop(barbers=_BARBERS, chairs=_BARBERS, deposit=DepositPart()).open(context)
        await _book(context, shop)
        day, month = await _times(context, shop, 1), await _times(context, shop, _MONTH)
        for done in range(0, _MANY, _AT_ONCE):
            async with context.uow.begin(VERTICAL) as work:
                await work.run(_HISTORY, provider_id=shop.provider_id, first=_HOURS_AGO + done, many=_AT_ONCE)
        await _analyse(context)
        day_of_many, month_of_many = await _times(context, shop, 1), await _times(context, shop, _MONTH)
        return Measured(day, month, day_of_many, month_of_many, Times(*await times_of_series(context, shop)))


async def _book(context: BookingContext, shop: Shop) -> None:
    vertical = context.verticals.get(VERTICAL)
    for number in range(_FEW):
        start = days_ahead(1 + number // 6) + number % 6 * timedelta(hours=1)
        await usecases.hold_slot(context, vertical, HoldSlot(AccountId(new_id()), [shop.service_id], start), None)


async def _analyse(context: BookingContext) -> None:
    async with context.uow.read(VERTICAL) as session:
        await session.connection.execute("ANALYZE")


async def _times(context: BookingContext, shop: Shop, days: int) -> Times:
    first = datetime.now(UTC).astimezone(ZONE).date() + timedelta(days=1)
    last = first + timedelta(days=days - 1)
    vertical = context.verticals.get(VERTICAL)
    values = {"provider_id": shop.provider_id, "zone": str(ZONE)}
    midnights = {
        "first": datetime.combine(first, datetime.min.time()),
        "last": datetime.combine(last, datetime.min.time()),
    }

    async def ours() -> int:
        return len((await usecases.list_slots(context, vertical, [shop.service_id], Days(first, last), None))[1])

    async def plain() -> int:
        async with context.uow.read(VERTICAL) as session:
            return len(await _ask(session, values | midnights))

    if await ours() != await plain():
        raise AssertionError("the plain statement works out something else")
    # In turns, so that what else the machine does meets both.
    pairs = [(await _timed(ours), await _timed(plain)) for _ in range(_TIMES)]
    return Times(median(one for one, _ in pairs), median(other for _, other in pairs))


async def _ask(session: Session, values: Mapping[str, Any]) -> Any:
    return await session.all(_PLAIN, **values)


async def _timed(act: Callable[[], Awaitable[int]]) -> float:
    began = perf_counter()
    await act()
    return (perf_counter() - began) * 1000
