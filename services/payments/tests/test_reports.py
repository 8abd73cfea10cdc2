"""The daily report: asked for, waited for, read whole or not at all, and compared with the books."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import count

import pytest
from services.payments.tests.builders import Road
from services.payments.tests.fake_listings import HEADER
from services.payments.tests.reporting import Desk, line

from common.money import Money
from common.settings import SHARED
from common.span import COUNTRY_ZONE
from payments import usecases
from payments.clients import NotAcceptedError
from payments.domain.settlement import day_bounds
from payments.metrics import REPORTS

DAYS: Iterator[int] = count()


@pytest.fixture
async def desk(road: Road) -> Desk:
    return await Desk(road, date(2025, 1, 1) + timedelta(days=10 * next(DAYS))).open()


async def test_a_report_is_asked_for_waited_for_and_read(desk: Desk) -> None:
    assert await desk.step() == "asked"
    assert desk.road.mercadopago.asked_for == [day_bounds(desk.day)]
    assert await desk.step() == "asked"
    desk.road.mercadopago.make_report(line("1", "WITHDRAWAL"))
    assert await desk.step() == "ready"
    before = REPORTS.labels("imported")._value.get()
    assert await desk.step() == "imported"
    assert (await desk.lines(), REPORTS.labels("imported")._value.get()) == (1, before + 1)
    assert (await desk.row())["due_at"] is None


async def test_a_day_is_argentinas(desk: Desk) -> None:
    await desk.step()
    ((begin, end),) = desk.road.mercadopago.asked_for
    assert begin == datetime(desk.day.year, desk.day.month, desk.day.day, tzinfo=COUNTRY_ZONE)
    assert end - begin == timedelta(hours=23, minutes=59, seconds=59)


async def test_yesterday_is_asked_for_by_itself_and_once(road: Road) -> None:
    for _ in range(2):
        await usecases.import_reports(road.context, SHARED)
    today = await usecases.find_today(road.context)
    rows = await road.rows("SELECT due_at FROM report WHERE day = $1", today - timedelta(days=1), scope=SHARED)
    assert len(rows) == 1
    assert await road.rows("SELECT FROM report WHERE day >= $1", today, scope=SHARED) == []


async def test_while_it_is_being_made_the_wait_grows(desk: Desk) -> None:
    waits = []
    await desk.step()
    for _ in range(3):
        await desk.step()
        (row,) = await desk.road.rows(
            "SELECT due_at - app_now() AS wait FROM report WHERE day = $1", desk.day, scope=SHARED
        )
        waits.append(round(row["wait"].total_seconds() / 60))
    assert waits == [1, 2, 4]


async def test_one_that_is_never_made_is_a_case_after_a_day_and_can_be_asked_for_anew(desk: Desk) -> None:
    states = [await desk.step() for _ in range(50)]
    assert states[-1] == "failed"
    assert await desk.differences(desk.day.isoformat(), SHARED) == [("report_failed", None, None)]
    await usecases.reconcile(desk.road.context, desk.day, desk.day)
    assert (await desk.row())["status"] == "asked"


async def test_an_answer_that_does_not_come_is_asked_for_again(desk: Desk) -> None:
    desk.road.mercadopago.fail.append(NotAcceptedError("http-429"))
    assert await desk.step() == "wanted"
    assert await desk.step() == "asked"


async def test_another_span_is_not_this_day_s(desk: Desk) -> None:
    await desk.step()
    begin, end = day_bounds(desk.day)
    desk.road.mercadopago.put_report(b"", (begin, end + timedelta(days=6)))
    assert await desk.step() == "asked"


async def test_what_fits_opens_no_case(desk: Desk) -> None:
    payment_id, charge_id = await desk.paid(fee=6_000, tax=1_234)
    told = line(charge_id, fee_amount="-60.00", taxes_amount="-12.34", external_reference=desk.reference(payment_id))
    assert await desk.read(told, line("77", "PAYOUT", "-9000.00")) == "imported"
    assert await desk.differences(charge_id) == []


async def test_fees_of_all_kinds_count_together(desk: Desk) -> None:
    _, charge_id = await desk.paid(fee=6_000)
    await desk.read(line(charge_id, fee_amount="-50", financing_fee_amount="-9.5", shipping_fee_amount="-0,50"))
    assert await desk.differences(charge_id) == []


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"amount": "1400.00"}, ("report_amount_differs", 150_000, 140_000)),
        ({"fee_amount": "-61.00"}, ("report_fee_differs", 6_000, 6_100)),
        ({"taxes_amount": "-1.00"}, ("report_tax_differs", 0, 100)),
    ],
)
async def test_a_figure_that_differs_is_a_case_with_both(
    desk: Desk, cells: dict[str, str], expected: tuple[str, int, int]
) -> None:
    _, charge_id = await desk.paid(fee=6_000)
    await desk.read(line(charge_id, **{"fee_amount": "-60.00", **cells}))
    assert await desk.differences(charge_id) == [expected]


async def test_a_payment_missing_here_is_a_case_where_it_belongs(desk: Desk) -> None:
    ours, nobodys = f"9{desk.day:%y%m%d}1", f"9{desk.day:%y%m%d}2"
    payment_id = await desk.road.begin(await desk.road.book())
    await desk.read(line(ours, external_reference=desk.reference(payment_id)), line(nobodys, external_reference="x"))
    assert await desk.differences(ours) == [("report_missing_here", None, 150_000)]
    assert await desk.differences(nobodys, SHARED) == [("report_missing_here", None, 150_000)]


async def test_a_payment_reported_twice_is_a_case(desk: Desk) -> None:
    _, charge_id = await desk.paid()
    await desk.read(line(charge_id), line(charge_id))
    assert await desk.differences(charge_id) == [("report_twice", 150_000, 300_000)]


async def test_a_refund_that_we_do_not_know_is_a_case_and_one_still_to_come_is_not(desk: Desk) -> None:
    _, unknown = await desk.paid()
    _, ahead = await desk.paid(fee=6_000)
    desk.road.mercadopago.give_back(ahead, Money(50_000))
    await desk.road.see_now(ahead)
    await desk.read(line(unknown), line(unknown, "REFUND", "-500.00"), line(ahead, fee_amount="-1.00"))
    assert await desk.differences(unknown) == [("report_refund_differs", 0, 50_000)]
    assert await desk.differences(ahead) == []


async def test_a_payment_in_no_report_for_three_days_is_a_case(desk: Desk) -> None:
    _, missing = await desk.paid()
    _, there = await desk.paid()
    await _import_days(desk, line(there))
    assert await desk.differences(missing) == []
    await usecases.find_missing_in_reports(desk.road.context, SHARED)
    assert await desk.differences(missing) == [("report_missing_there", 150_000, None)]
    assert await desk.differences(there) == []


async def _import_days(desk: Desk, told: str) -> None:
    """Today's report and those of the three days after it are read, as if they were over."""
    today = await usecases.find_today(desk.road.context)
    for n in range(4):
        day = Desk(desk.road, today + timedelta(days=n))
        await day.open()
        assert await day.read(told if n == 3 else line("1", "PAYOUT")) == "imported"
    async with desk.road.uow.begin(SHARED) as work:
        await work.connection.execute("UPDATE report SET missing_due_at = app_now() WHERE day = $1", today)


async def test_reading_the_same_report_twice_changes_nothing(desk: Desk) -> None:
    _, charge_id = await desk.paid()
    await desk.read(line(charge_id, amount="1.00"), line("5", "PAYOUT"))
    seen = await desk.road.row("SELECT * FROM reconciliation_case WHERE subject = $1", charge_id)
    async with desk.road.uow.begin(SHARED) as work:
        query = "UPDATE report SET status = 'ready', due_at = app_now() WHERE day = $1"
        await work.connection.execute(query, desk.day)
    assert await desk.step() == "imported"
    assert await desk.lines() == 2
    assert await desk.road.row("SELECT * FROM reconciliation_case WHERE subject = $1", charge_id) == seen


async def test_columns_are_known_by_name_in_any_order_and_others_are_passed_over(desk: Desk) -> None:
    _, charge_id = await desk.paid()
    names = ["NEW_ONE", *reversed(HEADER.split(";"))]
    cells = dict(zip(HEADER.split(";"), line(charge_id, amount="2.00").split(";"), strict=True))
    content = f"\ufeff{';'.join(names)}\r\n{';'.join(cells.get(name, 'x') for name in names)}\r\n"
    assert await desk.read_raw(content.encode()) == "imported"
    assert await desk.differences(charge_id) == [("report_amount_differs", 150_000, 200)]


async def test_other_letters_in_another_encoding_do_no_harm(desk: Desk) -> None:
    content = f"{HEADER}\n{line('5', 'PAYOUT', metadata='Peluquería')}\n".encode("latin-1")
    assert await desk.read_raw(content) == "imported"


BROKEN = {
    "a page instead of a file": b"<!DOCTYPE html><html><body>Error 500</body></html>",
    "nothing": b"",
    "cut off within a line": f"{HEADER}\n{line('81')}\n{line('82')[:40]}".encode(),
    "cut off within a quoted text": f"{HEADER}\n{line('81', metadata=chr(34) + 'cut')}".encode(),
    "another encoding altogether": f"{HEADER}\n{line('81')}\n".encode("utf-16"),
    "an amount that is none": f"{HEADER}\n{line('81', amount='12.345')}\n".encode(),
    "not a number": f"{HEADER}\n{line('81', amount='NaN')}\n".encode(),
    "no id": f"{HEADER}\n{line('')}\n".encode(),
}


@pytest.mark.parametrize("why", BROKEN)
async def test_what_is_no_whole_report_leaves_nothing_behind_and_is_a_case_in_the_end(desk: Desk, why: str) -> None:
    assert await desk.read_raw(BROKEN[why]) == "ready"
    states = [await desk.step() for _ in range(6)]
    assert (states[-1], await desk.lines()) == ("failed", 0)
    assert await desk.differences(desk.day.isoformat(), SHARED) == [("report_failed", None, None)]


async def test_thousands_of_lines_are_read(desk: Desk) -> None:
    lines = [line(f"{desk.day:%y%m%d}{n:05}", "PAYOUT", "-1.00") for n in range(4_000)]
    _, charge_id = await desk.paid()
    assert await desk.read(*lines, line(charge_id, amount="3.00")) == "imported"
    assert (await desk.lines(), (await desk.row())["lines"]) == (4_001, 4_001)
    assert await desk.differences(charge_id) == [("report_amount_differs", 150_000, 300)]
