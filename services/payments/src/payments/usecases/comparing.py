"""MercadoPago's reports beside our books: every payment that does not fit is a case with both figures."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from common.money import Money
from common.service import first_id
from common.settings import SHARED
from payments import store
from payments.domain.charge import Charge, ChargeId
from payments.domain.settlement import Disagreement, ReportDifference, Reported, compare, day_bounds
from payments.store import Case
from payments.store.reports import Captured, Report
from payments.usecases.context import PaymentsContext

_PAGE: Final = 200
_SECOND: Final = timedelta(seconds=1)


async def compare_report(context: PaymentsContext, report: Report) -> None:
    """Each payment of the report with our charge of it. Comparing again changes nothing."""
    after = ""
    while True:
        async with context.uow.read(SHARED) as session:
            last, page = await store.reports.page_reported(session, report.id, after, _PAGE)
        if last is None:
            return
        after = last
        known = await _known(context, [each.source_id for each in page])
        for each in page:
            scope, charge = known.get(each.source_id, (None, None))
            for found in compare(each, charge):
                await _open(context, scope or _scope_of(context, each), each.source_id, found, charge)


async def find_missing_in_reports(context: PaymentsContext, scope: str) -> int:
    """What we captured on a day and neither its report nor the three after it have: a day each time."""
    if scope != SHARED:
        return 0
    async with context.uow.begin(SHARED) as work:
        report = await store.reports.claim_missing(work)
    if report is None:
        return 0
    for vertical in _verticals(context):
        await _find_missing(context, vertical, report)
    async with context.uow.begin(SHARED) as work:
        await store.reports.end_missing(work, report)
    return 1


async def _find_missing(context: PaymentsContext, scope: str, report: Report) -> None:
    begin, end = day_bounds(report.day)
    after = first_id()
    while True:
        async with context.uow.read(scope) as session:
            page = await store.reports.page_captured(session, (begin, end + _SECOND), after, _PAGE)
        if not page:
            return
        after = page[-1].entry_id
        async with context.uow.read(SHARED) as session:
            reported = await store.reports.find_reported(session, [each.charge_id for each in page])
        for each in page:
            if each.charge_id not in reported:
                await _open_missing(context, scope, each)


async def _open_missing(context: PaymentsContext, scope: str, captured: Captured) -> None:
    found = Disagreement(ReportDifference.MISSING_THERE, captured.amount, None)
    async with context.uow.begin(scope) as work:
        intent = await store.find_intent(work, captured.intent_id)
        case = Case(found.kind, captured.charge_id, _said(found), intent)
        await store.open_difference(work, case, found.ours, found.theirs)


async def _known(context: PaymentsContext, ids: Sequence[ChargeId]) -> dict[ChargeId, tuple[str, Charge]]:
    found: dict[ChargeId, tuple[str, Charge]] = {}
    for scope in _verticals(context):
        async with context.uow.read(scope) as session:
            found |= {each.id: (scope, each) for each in await store.find_charges_by_id(session, ids)}
    return found


def _verticals(context: PaymentsContext) -> list[str]:
    return [scope for scope in context.uow.scopes if scope != SHARED]


def _scope_of(context: PaymentsContext, reported: Reported) -> str:
    """Where a case belongs about a payment that is not known anywhere."""
    vertical = reported.reference.vertical if reported.reference is not None else SHARED
    return vertical if vertical in context.uow.scopes else SHARED


async def _open(
    context: PaymentsContext, scope: str, charge_id: ChargeId, found: Disagreement, charge: Charge | None
) -> None:
    async with context.uow.begin(scope) as work:
        intent = await store.find_intent(work, charge.intent_id) if charge is not None else None
        await store.open_difference(work, Case(found.kind, charge_id, _said(found), intent), found.ours, found.theirs)


def _said(found: Disagreement) -> str:
    return f"ours {_figure(found.ours)}, reported {_figure(found.theirs)}"


def _figure(amount: Money | None) -> str:
    return str(amount) if amount is not None else "nothing"
