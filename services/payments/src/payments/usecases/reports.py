"""The daily report: asked for, waited for in the database, read whole, and compared with our books."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from io import TextIOWrapper
from itertools import islice
from typing import BinaryIO, Final

import structlog

from common.settings import SHARED
from payments import store
from payments.clients import ReportFile, UnreadableError
from payments.domain.backoff import delay
from payments.domain.settlement import BadReportError, Row, day_bounds, read_rows
from payments.metrics import REPORTS
from payments.store import Case
from payments.store.reports import Report, ReportStatus
from payments.usecases.comparing import compare_report
from payments.usecases.context import PaymentsContext
from payments.usecases.trying import or_put_off

log = structlog.get_logger()
MOST_BYTES: Final = 64 * 1024 * 1024
MOST_LINES: Final = 500_000
_BATCH: Final = 500
_LEASE: Final = timedelta(minutes=10)
_FIRST_WAIT: Final = timedelta(minutes=1)
_LONGEST_WAIT: Final = timedelta(minutes=30)
_MANY_TRIES: Final = 48
"""About a day."""
_MANY_READS: Final = 6
_STEPS: Final = 3
_NOT_YET: Final = "not there yet"


async def import_reports(context: PaymentsContext, scope: str) -> int:
    """Bring the report that is due one step further: asked for, there, imported."""
    if scope != SHARED:
        return 0
    async with context.uow.begin(SHARED) as work:
        await store.reports.want_reports(work)
        report = await store.reports.claim_report(work, _LEASE)
    if report is None:
        return 0
    await _take_on(context, report)
    return 1


async def import_report_of(context: PaymentsContext, day: date) -> Report | None:
    """Bring that day's report as far as it goes at once, without waiting; how far that is."""
    async with context.uow.begin(SHARED) as work:
        await store.reports.want_report(work, day)
    for _ in range(_STEPS):
        async with context.uow.begin(SHARED) as work:
            report = await store.reports.take_report(work, day, _LEASE)
        if report is None:
            break
        await _take_on(context, report)
    async with context.uow.read(SHARED) as session:
        found = await store.reports.find_reports(session, day, day)
    return found[0] if found else None


async def _take_on(context: PaymentsContext, report: Report) -> None:
    await or_put_off(_step(context, report), partial(_put_off, context, report), report=report.day.isoformat())


async def _step(context: PaymentsContext, report: Report) -> None:
    if report.status is ReportStatus.WANTED:
        await context.mercadopago.ask_report(*day_bounds(report.day))
        await _move(context, report, ReportStatus.ASKED, _FIRST_WAIT)
    elif report.status is ReportStatus.ASKED:
        file = _file_of(report.day, await context.mercadopago.report_files())
        if file is None:
            await _put_off(context, report, _NOT_YET)
        else:
            await _move(context, report, ReportStatus.READY, timedelta(0), file.name)
    elif report.status is ReportStatus.READY and report.file_name is not None:
        await _import(context, report, report.file_name)


def _file_of(day: date, files: Sequence[ReportFile]) -> ReportFile | None:
    """Exactly that day's: lines of a longer one would be read twice."""
    begin, end = day_bounds(day)
    return next((each for each in files if _near(each.begin, begin) and _near(each.end, end)), None)


def _near(one: datetime, other: datetime) -> bool:
    return abs(one - other) <= timedelta(seconds=1)


async def _import(context: PaymentsContext, report: Report, name: str) -> None:
    with await context.mercadopago.fetch_report(name, MOST_BYTES) as file:
        try:
            # Read whole before anything is written: a file that is cut off leaves nothing behind.
            lines = await asyncio.to_thread(_count_lines, file)
        except BadReportError as error:
            raise UnreadableError(str(error)) from error
        rows = _rows(file)
        while batch := list(islice(rows, _BATCH)):
            async with context.uow.begin(SHARED) as work:
                await store.reports.insert_rows(work, report.id, batch)
    await compare_report(context, report)
    async with context.uow.begin(SHARED) as work:
        await store.reports.move_report(work, report, ReportStatus.IMPORTED, lines=lines)
        work.after_commit(lambda: REPORTS.labels("imported").inc())
    log.info("report.imported", day=report.day.isoformat(), lines=lines)


def _count_lines(file: BinaryIO) -> int:
    return sum(1 for _ in _rows(file))


def _rows(file: BinaryIO) -> Iterator[Row]:
    """From the beginning. What we read of a line is ASCII: other letters may be in any encoding."""
    file.seek(0)
    text = TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline="")
    try:
        yield from read_rows(text, MOST_LINES)
    finally:
        # The file is read again: only the wrapper goes.
        text.detach()


async def _move(
    context: PaymentsContext, report: Report, status: ReportStatus, wait: timedelta, file_name: str | None = None
) -> None:
    async with context.uow.begin(SHARED) as work:
        await store.reports.move_report(work, report, status, wait, file_name=file_name)


async def _put_off(context: PaymentsContext, report: Report, why: str, at_least: timedelta = timedelta(0)) -> None:
    """Later again, or given up: then a person has to find out why, and can ask for it anew (`reconcile`)."""
    many = _MANY_READS if report.status is ReportStatus.READY else _MANY_TRIES
    async with context.uow.begin(SHARED) as work:
        if report.tries < many:
            wait = max(delay(report.tries, _FIRST_WAIT, _LONGEST_WAIT), at_least)
            await store.reports.put_off_report(work, report, wait, why)
            return
        await store.reports.move_report(work, report, ReportStatus.FAILED, problem=why)
        await store.open_case(work, Case("report_failed", report.day.isoformat(), f"{report.status}: {why}"))
        work.after_commit(lambda: REPORTS.labels("failed").inc())
    log.error("report.failed", day=report.day.isoformat(), status=report.status, reason=why)
