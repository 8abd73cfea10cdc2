"""The hourly search: what no notification told of is found, page by page, whatever breaks in between."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from services.payments.tests.builders import Road, drain
from services.payments.tests.test_webhooks import notify

from common.money import Money
from common.settings import SHARED
from contracts.ids import new_id
from payments import usecases
from payments.clients import NotAcceptedError
from payments.domain.charge import ChargeId
from payments.domain.searching import MOST_RESULTS, TooDenseError, Window
from payments.metrics import SEARCH_AGE, SEARCH_FOUND
from payments.usecases.searching import search_between

HOUR = timedelta(hours=1)
BEGIN = datetime(2026, 11, 20, 12, tzinfo=UTC)
END = BEGIN + HOUR


@pytest.fixture
async def searching(road: Road) -> Road:
    """Everything up to now was searched, and the next search is due."""
    await rewind(road, timedelta(0))
    return road


async def rewind(road: Road, by: timedelta) -> None:
    """The last search ended so long ago, and the next one is due."""
    async with road.uow.begin(SHARED) as work:
        await work.connection.execute(
            "INSERT INTO search_window (name, reached_at) VALUES ('payments', app_now() - $1::interval)"
            " ON CONFLICT (name) DO UPDATE SET reached_at = app_now() - $1::interval, due_at = app_now(),"
            " start_at = NULL, stop_at = NULL, end_at = NULL, page_offset = 0",
            by,
        )


async def search(road: Road) -> None:
    await drain(usecases.search_changes, road.context, SHARED)


async def window(road: Road) -> dict[str, object]:
    (row,) = await road.rows("SELECT * FROM search_window", scope=SHARED)
    return dict(row)


def age(road: Road, charge_id: ChargeId, by: timedelta) -> None:
    """It changed so long ago."""
    known = road.mercadopago.charges[charge_id]
    road.mercadopago.charges[charge_id] = replace(known, updated_at=datetime.now(UTC) - by)


def found(told: str) -> float:
    return float(SEARCH_FOUND.labels(told)._value.get())


async def shared_cases(road: Road, subject: str) -> list[str]:
    query = "SELECT kind FROM reconciliation_case WHERE subject = $1 ORDER BY id"
    return [row["kind"] for row in await road.rows(query, subject, scope=SHARED)]


async def test_a_payment_whose_webhook_was_lost_is_found_and_counted_once(searching: Road) -> None:
    payment_id = await searching.begin(await searching.book())
    age(searching, searching.pay(payment_id), timedelta(minutes=1))
    before = found("never")
    await search(searching)
    assert await searching.status(payment_id) == "paid"
    assert found("never") == before + 1
    await rewind(searching, timedelta(minutes=1))
    await search(searching)
    assert (found("never"), await searching.told(payment_id)) == (before + 1, ["payment.pending", "payment.confirmed"])


async def test_one_that_a_notification_told_of_is_counted_apart(searching: Road) -> None:
    payment_id = await searching.begin(await searching.book())
    charge_id = searching.pay(payment_id)
    await notify(searching, charge_id)
    age(searching, charge_id, timedelta(minutes=1))
    before, never = found("before"), found("never")
    await search(searching)
    assert (found("before"), found("never")) == (before + 1, never)


async def test_windows_overlap_by_half_an_hour_and_leave_out_the_last_seconds(searching: Road) -> None:
    early, old, fresh = [await searching.begin(await searching.book()) for _ in range(3)]
    age(searching, searching.pay(early), timedelta(minutes=29))
    age(searching, searching.pay(old), timedelta(minutes=31))
    age(searching, searching.pay(fresh), timedelta(seconds=-60))
    await search(searching)
    states = [await searching.status(each) for each in (early, old, fresh)]
    assert states == ["paid", "awaiting_payer", "awaiting_payer"]


async def test_the_next_search_is_an_hour_later_and_begins_where_this_one_ended(searching: Road) -> None:
    await search(searching)
    row = await window(searching)
    assert (row["start_at"], row["end_at"], row["page_offset"]) == (None, None, 0)
    (due,) = await searching.rows(
        "SELECT due_at - app_now() AS wait, app_now() - reached_at AS age FROM search_window", scope=SHARED
    )
    assert timedelta(minutes=59) < due["wait"] <= HOUR
    assert timedelta(seconds=9) < due["age"] < timedelta(seconds=30)
    asked = searching.mercadopago.asked.count("changed_payments")
    await search(searching)
    assert searching.mercadopago.asked.count("changed_payments") == asked
    assert 0 < SEARCH_AGE._value.get() < 60


async def many(road: Road, count: int, apart: timedelta = timedelta(milliseconds=5)) -> list[ChargeId]:
    """Payments of nobody, one after the other, the last of them a minute ago."""
    made = [road.mercadopago.put(None, Money(100)) for _ in range(count)]
    for back, charge_id in enumerate(reversed(made)):
        age(road, charge_id, timedelta(minutes=1) + back * apart)
    return made


async def test_a_search_that_breaks_between_pages_goes_on_where_it_was(searching: Road) -> None:
    await many(searching, 250)
    payment_id = await searching.begin(await searching.book())
    age(searching, searching.pay(payment_id), timedelta(seconds=50))
    reached = (await window(searching))["reached_at"]
    await usecases.search_changes(searching.context, SHARED)
    searching.mercadopago.fail.append(NotAcceptedError("http-429"))
    await usecases.search_changes(searching.context, SHARED)
    broken = await window(searching)
    assert (broken["reached_at"], await searching.status(payment_id)) == (reached, "awaiting_payer")
    # Another process takes it up; the first page is not read again.
    async with searching.uow.begin(SHARED) as work:
        await work.connection.execute("UPDATE search_window SET due_at = app_now()")
    searching.mercadopago.searched.clear()
    await search(searching)
    assert (len(searching.mercadopago.searched), await searching.status(payment_id)) == (2, "paid")
    assert (await window(searching))["reached_at"] == broken["end_at"]


async def test_who_lost_the_lease_moves_nothing(searching: Road) -> None:
    payment_id = await searching.begin(await searching.book())
    age(searching, searching.pay(payment_id), timedelta(minutes=1))

    async def another() -> None:
        async with searching.uow.begin(SHARED) as work:
            await work.connection.execute("UPDATE search_window SET version = version + 1")

    searching.mercadopago.meanwhile["changed_payments"] = another
    reached = (await window(searching))["reached_at"]
    await usecases.search_changes(searching.context, SHARED)
    assert (await window(searching))["reached_at"] == reached


async def test_a_payment_of_nobody_is_a_case_and_does_not_stop_the_others(searching: Road) -> None:
    stranger, foreign, lost = (
        searching.mercadopago.put(reference, Money(100))
        for reference in (None, f"nails.{new_id()}", f"barber.{new_id()}")
    )
    payment_id = await searching.begin(await searching.book())
    for each in (stranger, foreign, lost, searching.pay(payment_id)):
        age(searching, each, timedelta(minutes=1))
    await search(searching)
    assert await searching.status(payment_id) == "paid"
    assert [await shared_cases(searching, each) for each in (stranger, foreign, lost)] == [["orphan_payment"]] * 3


async def test_what_cannot_be_read_or_applied_is_a_case_and_does_not_stop_the_others(searching: Road) -> None:
    odd = searching.mercadopago.put(None, Money(100))
    searching.mercadopago.odd.add(odd)
    broken, whole = [await searching.begin(await searching.book()) for _ in range(2)]
    unread, paid = searching.pay(broken), searching.pay(whole)
    for each in (odd, unread, paid):
        age(searching, each, timedelta(minutes=1))
    await searching.write("intent", "status", broken, "a state of another version")
    await search(searching)
    assert await searching.status(whole) == "paid"
    assert await shared_cases(searching, odd) == ["payment_unreadable"]
    assert await shared_cases(searching, unread) == ["payment_not_applied"]
    # Other tests read every intent.
    await searching.write("intent", "status", broken, "awaiting_payer")


async def test_a_search_that_forgets_its_order_is_read_to_the_end_all_the_same(searching: Road) -> None:
    searching.mercadopago.unsorted = True
    made = await many(searching, 250)
    await search(searching)
    query = "SELECT count(*) AS n FROM reconciliation_case WHERE subject = ANY($1::text[])"
    (row,) = await searching.rows(query, made, scope=SHARED)
    assert row["n"] == 250


Changes = Sequence[datetime]


def walk(changes: Changes, start: Window, limit: int = 100, *, shuffled: bool = False) -> tuple[set[int], int]:
    """Search these as MercadoPago lets one: which were seen, and in how many pages."""
    seen: set[int] = set()
    left, pages = start, 0
    while left is not None:
        assert left.offset + limit <= MOST_RESULTS
        found = [n for n, at in enumerate(changes) if left.start <= at <= left.stop]
        found.sort(key=lambda n: (str(n)[::-1] if shuffled else "", changes[n], n))
        page = found[left.offset : left.offset + limit]
        seen |= set(page)
        pages += 1
        assert pages < 5_000
        following = left.after([changes[n] for n in page], len(found), limit)
        if following is None:
            break
        left = following
    return seen, pages


def test_more_than_ten_thousand_changes_are_all_seen() -> None:
    changes = [BEGIN + n * timedelta(milliseconds=100) for n in range(12_345)]
    seen, pages = walk(changes, Window.of(BEGIN, END))
    assert (len(seen), pages) == (12_345, 125)


def test_more_than_ten_thousand_in_no_order_are_all_seen_by_halves() -> None:
    changes = [BEGIN + n * timedelta(milliseconds=100) for n in range(12_345)]
    seen, _ = walk(changes, Window.of(BEGIN, END), 1_000, shuffled=True)
    assert len(seen) == 12_345


def test_many_of_one_instant_are_counted_through() -> None:
    changes = [BEGIN] * 950 + [END] * 950
    seen, _ = walk(changes, Window.of(BEGIN, END))
    assert len(seen) == 1_900


def test_more_of_one_instant_than_are_shown_cannot_be_searched() -> None:
    with pytest.raises(TooDenseError):
        walk([BEGIN] * 10_001, Window.of(BEGIN, END), 1_000)


async def test_an_instant_too_dense_to_be_searched_is_a_case_and_is_passed_over(searching: Road) -> None:
    searching.mercadopago.dense = BEGIN
    millisecond = timedelta(milliseconds=1)
    found = await search_between(searching.context, Window.of(BEGIN, BEGIN + millisecond))
    assert found.seen == MOST_RESULTS
    assert await shared_cases(searching, BEGIN.isoformat()) == ["search_too_dense"]


def test_a_payment_that_leaves_the_window_takes_no_other_with_it() -> None:
    changes = [BEGIN + n * timedelta(seconds=1) for n in range(300)]
    left = Window.of(BEGIN, END).after(changes[:100], 300, 100)
    assert left == Window(changes[99], END, END)


def test_an_empty_window_is_done() -> None:
    assert Window.of(BEGIN, END).after([], 0, 100) is None
