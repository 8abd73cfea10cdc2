"""Reconciliation at once, for an operator with a shell: the search, the reports, and every difference that is open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from common.service import first_id
from payments import store
from payments.domain.searching import Window
from payments.domain.settlement import day_bounds
from payments.store import KnownCase
from payments.store.reports import Report, ReportStatus
from payments.usecases.comparing import compare_report
from payments.usecases.context import PaymentsContext
from payments.usecases.reports import import_report_of
from payments.usecases.searching import Searched, search_between

MOST_DAYS: Final = 31
_PAGE: Final = 500
_MOST_PAGES: Final = 20
_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What was looked at and what is open, with the scope it is open in."""

    first: date
    last: date
    searched: Searched
    reports: Sequence[Report]
    differences: Sequence[tuple[str, KnownCase]]


async def find_today(context: PaymentsContext) -> date:
    """The day that it is in Argentina."""
    async with context.uow.read(context.uow.scopes[0]) as session:
        return await store.find_day(session)


async def reconcile(context: PaymentsContext, first: date, last: date) -> Reconciled:
    """Search these days (both included) and compare their reports; one that is still being made is not waited for.

    MercadoPagoError when MercadoPago does not answer the search.
    """
    searched = await search_between(context, Window.of(day_bounds(first)[0], await _end(context, last)))
    today = await find_today(context)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    reports = [report for day in days if day < today and (report := await _report(context, day)) is not None]
    return Reconciled(first, last, searched, reports, await find_differences(context))


async def find_differences(context: PaymentsContext) -> list[tuple[str, KnownCase]]:
    """Every open case of every scope, oldest first in each, 10,000 of each at most."""
    found: list[tuple[str, KnownCase]] = []
    for scope in context.uow.scopes:
        after = first_id()
        for _ in range(_MOST_PAGES):
            async with context.uow.read(scope) as session:
                page = await store.page_cases(session, is_open=True, kind=None, after=after, most=_PAGE)
            found += [(scope, each) for each in page]
            if len(page) < _PAGE:
                break
            after = page[-1].id
    return found


async def _report(context: PaymentsContext, day: date) -> Report | None:
    report = await import_report_of(context, day)
    if report is not None and report.status is ReportStatus.IMPORTED:
        # It may have been imported long ago, and our books have moved since.
        await compare_report(context, report)
    return report


async def _end(context: PaymentsContext, last: date) -> datetime:
    async with context.uow.begin(context.uow.scopes[0]) as work:
        return min(day_bounds(last)[1] + _SECOND, await work.now())
