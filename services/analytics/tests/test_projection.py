"""Facts and counters, on a real PostgreSQL: disorder, repeats and batching move no figure."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from random import Random
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from services.analytics.tests.builders import DEPOSIT, NOON, Shop, project

from analytics.domain.figures import COUNTERS, Standing
from analytics.usecases import AnalyticsContext
from common.db import Row
from contracts.booking import BookingFact, BookingStatus
from contracts.ids import new_id
from contracts.payments import PaymentFact

TODAY = date(2026, 11, 20)
CONFIRMED = {BookingStatus.CONFIRMED, BookingStatus.ARRIVED, BookingStatus.COMPLETED, BookingStatus.NO_SHOW}
Figures = dict[tuple[date, str], dict[str, int]]


async def rows_of(context: AnalyticsContext, shop: Shop, table: str = "daily") -> Sequence[Row]:
    async with context.uow.read("barber") as session:
        query = f"SELECT * FROM {table} WHERE provider_id = $1"  # noqa: S608 - a name of this test
        rows: Sequence[Row] = await session.connection.fetch(query, shop.provider_id)
        return rows


async def counted(context: AnalyticsContext, shop: Shop) -> Figures:
    """What `daily` says of a shop, days without figures left out."""
    found = {}
    for row in await rows_of(context, shop):
        figures = {name: row[name] for name in COUNTERS if row[name]}
        if figures:
            found[row["local_date"], row["city"]] = figures
    return found


def recounted(facts: Sequence[BookingFact | PaymentFact]) -> Figures:
    """The same by the recount rule of the README, from the last state of each aggregate."""
    last: dict[UUID, BookingFact | PaymentFact] = {}
    for fact in sorted(facts, key=lambda one: one.version):
        last[fact.subject] = fact
    found: dict[tuple[date, str], Counter[str]] = {}
    for fact in last.values():
        if isinstance(fact, BookingFact):
            key, figures = ((fact.created_at - timedelta(hours=3)).date(), fact.city), of_booking(fact)
        elif fact.paid_at is None:
            continue
        else:
            figures = Counter(revenue_captured=fact.captured.minor, revenue_refunded=fact.refunded.minor)
            key = (fact.paid_at - timedelta(hours=3)).date(), fact.city
        found.setdefault(key, Counter()).update(figures)
    return {key: {name: value for name, value in figures.items() if value} for key, figures in found.items()}


def of_booking(fact: BookingFact) -> Counter[str]:
    status = fact.status
    return Counter(
        bookings_created=1,
        bookings_held=status in {BookingStatus.PENDING, BookingStatus.HELD},
        confirmed=status in CONFIRMED,
        cancelled=status is BookingStatus.CANCELLED,
        completed=status is BookingStatus.COMPLETED,
        no_show=status is BookingStatus.NO_SHOW,
        expired=status is BookingStatus.EXPIRED,
    )


@st.composite
def histories(draw: st.DrawFn) -> tuple[Shop, list[list[BookingFact | PaymentFact]]]:
    """A shop, and batches that hold every event of some bookings and payments at least once, in any order."""
    shop = Shop()
    told: list[BookingFact | PaymentFact] = []
    for _ in range(draw(st.integers(1, 3))):
        booking_id, made = new_id(), NOON + timedelta(hours=draw(st.integers(0, 30)))
        states = draw(st.lists(st.sampled_from(BookingStatus), min_size=1, max_size=5))
        cities = draw(st.lists(st.sampled_from(["Córdoba", "Rosario"]), min_size=len(states), max_size=len(states)))
        for version, (status, city) in enumerate(zip(states, cities, strict=True), 1):
            told.append(shop.booking(status, version, booking_id, made, city))
    for _ in range(draw(st.integers(0, 2))):
        payment_id, paid_at = new_id(), NOON + timedelta(hours=draw(st.integers(0, 30)))
        for version in range(1, draw(st.integers(1, 3)) + 1):
            refunded = 100 * (version - 2) if version > 2 else 0
            told.append(shop.payment(DEPOSIT * (version > 1), refunded, version, payment_id, paid_at))
    repeats = draw(st.lists(st.sampled_from(told), max_size=4))
    order = draw(st.permutations(told + repeats))
    cuts = draw(st.lists(st.integers(0, len(order)), max_size=4))
    edges = sorted({0, *cuts, len(order)})
    return shop, [list(order[start:end]) for start, end in pairwise(edges)]


@given(history=histories())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
async def test_any_order_repetition_and_batching_gives_the_recount_of_the_final_states(
    context: AnalyticsContext, history: tuple[Shop, list[list[BookingFact | PaymentFact]]]
) -> None:
    shop, batches = history
    for batch in batches:
        await project(context, batch)
    assert await counted(context, shop) == recounted([fact for batch in batches for fact in batch])


@given(history=histories())
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
async def test_the_facts_recount_to_the_counters(
    context: AnalyticsContext, history: tuple[Shop, list[list[BookingFact | PaymentFact]]]
) -> None:
    shop, batches = history
    for batch in batches:
        await project(context, batch)
    found: dict[tuple[date, str], Counter[str]] = {}
    for table in ("booking_fact", "payment_fact"):
        for row in await rows_of(context, shop, table):
            figures = Counter({name: row[name] for name in COUNTERS if name in dict(row)})
            found.setdefault((row["local_date"], row["city"]), Counter()).update(figures)
    non_zero = {
        key: {name: value for name, value in one.items() if value} for key, one in found.items() if any(one.values())
    }
    assert await counted(context, shop) == non_zero


async def test_workers_that_project_the_same_bookings_side_by_side_count_each_once(
    context: AnalyticsContext, shop: Shop
) -> None:
    told: list[BookingFact] = []
    for _ in range(30):
        booking_id = new_id()
        told += [shop.booking(status, version, booking_id) for version, status in enumerate(BookingStatus, 1)]
    random = Random(7)

    async def worker() -> None:
        mine = random.sample(told, len(told))
        for start in range(0, len(mine), 40):
            await project(context, mine[start : start + 40])

    await asyncio.gather(*(worker() for _ in range(4)))
    assert await counted(context, shop) == {(TODAY, "Córdoba"): {"bookings_created": 30, "expired": 30}}


async def test_a_booking_counts_on_the_day_it_was_made_where_it_takes_place(
    context: AnalyticsContext, shop: Shop
) -> None:
    late_in_cordoba = NOON + timedelta(hours=11, minutes=59)
    await project(
        context, [shop.booking(created_at=late_in_cordoba), shop.booking(created_at=NOON + timedelta(hours=12))]
    )
    assert sorted(await counted(context, shop)) == [(TODAY, "Córdoba"), (date(2026, 11, 21), "Córdoba")]


async def test_revenue_counts_on_the_day_it_was_paid_and_a_refund_on_that_same_day(
    context: AnalyticsContext, shop: Shop
) -> None:
    payment_id, next_day = new_id(), NOON + timedelta(days=1)
    await project(context, [shop.payment(version=1, payment_id=payment_id)])
    assert await counted(context, shop) == {}
    await project(context, [shop.payment(DEPOSIT, 0, 2, payment_id, next_day)])
    await project(context, [shop.payment(DEPOSIT, 50, 3, payment_id, next_day)])
    assert await counted(context, shop) == {
        (date(2026, 11, 21), "Córdoba"): {"revenue_captured": DEPOSIT, "revenue_refunded": 50}
    }


async def test_a_booking_that_moves_to_another_city_takes_its_figures_along(
    context: AnalyticsContext, shop: Shop
) -> None:
    booking_id = new_id()
    await project(context, [shop.booking(BookingStatus.CONFIRMED, 1, booking_id)])
    await project(context, [shop.booking(BookingStatus.CONFIRMED, 2, booking_id, city="Rosario")])
    assert await counted(context, shop) == {(TODAY, "Rosario"): {"bookings_created": 1, "confirmed": 1}}


async def test_what_is_not_newer_is_not_told_in_the_feed_again(context: AnalyticsContext, shop: Shop) -> None:
    booking_id = new_id()
    confirmed = shop.booking(BookingStatus.CONFIRMED, 2, booking_id)
    for fact in (confirmed, shop.booking(BookingStatus.HELD, 1, booking_id), confirmed):
        await project(context, [fact])
    assert [row["payload"]["status"] for row in await rows_of(context, shop, "feed")] == ["confirmed"]


async def test_nothing_of_one_vertical_is_counted_in_another(context: AnalyticsContext, shop: Shop) -> None:
    await project(context, [shop.booking()], "psychology")
    assert await counted(context, shop) == {}


async def test_a_capture_without_its_instant_counts_on_the_day_the_intent_was_made(
    context: AnalyticsContext, shop: Shop
) -> None:
    async with context.uow.begin("barber") as work:
        today = (await work.now() - timedelta(hours=3)).date()
    await project(context, [shop.payment(DEPOSIT, version=2, paid_at=None)])
    assert await counted(context, shop) == {(today, "Córdoba"): {"revenue_captured": DEPOSIT}}


async def test_the_newest_state_of_a_provider_is_kept(context: AnalyticsContext, shop: Shop) -> None:
    renamed = replace(shop, name="Barbería Nueva")
    await project(context, [renamed.registered(3), shop.registered(2)])
    await project(context, [shop.registered(1)])
    assert [row["display_name"] for row in await rows_of(context, shop, "provider_fact")] == ["Barbería Nueva"]


@pytest.mark.parametrize("status", BookingStatus)
def test_every_status_of_a_booking_is_known_to_the_figures(status: BookingStatus) -> None:
    assert Standing(status.value).name == status.name
