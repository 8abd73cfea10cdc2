"""Figures of some days: of a vertical, of one provider, and as a sheet."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from analytics import store
from analytics.domain.figures import Figures
from analytics.usecases.context import AnalyticsContext
from analytics.usecases.stream import FOLLOWERS
from common.auth import Principal
from common.db import Session
from common.errors import NotFound
from common.money import Money
from common.sheet import harmless, line
from common.span import Span

_PAGE: Final = 500
SHEET_HEADER: Final = (
    "date",
    "city",
    "province",
    "bookings_created",
    "bookings_held",
    "confirmed",
    "cancelled",
    "completed",
    "no_show",
    "expired",
    "conversion",
    "revenue_captured",
    "revenue_refunded",
    "revenue_net",
)
"""Amounts in pesos, days in the place's zone."""


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A report with its totals; `provider` is whose it is, None for a whole vertical."""

    span: Span
    report: store.Report
    provider: store.Provider | None = None

    @property
    def totals(self) -> Figures:
        return sum((day.figures for day in self.report.days), Figures())


@dataclass(frozen=True, slots=True)
class Sheet:
    """A provider's days as comma-separated values, read page by page while it is sent."""

    context: AnalyticsContext
    vertical: str
    provider_id: UUID
    span: Span

    async def lines(self) -> AsyncIterator[str]:
        """RFC 4180, a header row first, whatever a spreadsheet would run made harmless."""
        yield line(SHEET_HEADER)
        after: store.ExportRow | None = None
        while rows := await self._page(after):
            yield "".join(line(_cells(row)) for row in rows)
            after = rows[-1]

    async def _page(self, after: store.ExportRow | None) -> list[store.ExportRow]:
        async with self.context.uow.read_lagging(self.vertical) as session:
            return list(await store.page_export(session, self.span, self.provider_id, after, _PAGE))


async def read_dashboard(
    context: AnalyticsContext, vertical: str, principal: Principal, first: date | None, last: date | None
) -> Dashboard:
    """The vertical's figures, for its analysts and operators; InvalidSpan."""
    principal.must_be(vertical, *FOLLOWERS)
    async with context.uow.read_lagging(vertical) as session:
        span = Span.asked(first, last, await store.find_day(session))
        return Dashboard(span, await store.find_report(session, span, None))


async def read_provider_dashboard(
    context: AnalyticsContext,
    vertical: str,
    principal: Principal,
    provider_id: UUID,
    first: date | None,
    last: date | None,
) -> Dashboard:
    """A provider's figures, for its owner, analysts and operators; NotFound for anybody else. InvalidSpan."""
    async with context.uow.read_lagging(vertical) as session:
        provider = await _readable(session, vertical, principal, provider_id)
        span = Span.asked(first, last, await store.find_day(session))
        return Dashboard(span, await store.find_report(session, span, provider_id), provider)


async def open_sheet(
    context: AnalyticsContext,
    vertical: str,
    principal: Principal,
    provider_id: UUID,
    first: date | None,
    last: date | None,
) -> Sheet:
    """A provider's days as a sheet, for whom its dashboard is."""
    async with context.uow.read_lagging(vertical) as session:
        await _readable(session, vertical, principal, provider_id)
        span = Span.asked(first, last, await store.find_day(session))
    return Sheet(context, vertical, provider_id, span)


async def _readable(session: Session, vertical: str, principal: Principal, provider_id: UUID) -> store.Provider:
    provider = await store.find_provider(session, provider_id)
    if provider is None:
        raise NotFound
    if provider.owner_account_id != principal.account_id and not any(principal.has(r, vertical) for r in FOLLOWERS):
        raise NotFound
    return provider


def _cells(row: store.ExportRow) -> tuple[object, ...]:
    figures = row.figures
    return (
        row.day.isoformat(),
        harmless(row.city),
        harmless(row.province),
        figures.bookings_created,
        figures.bookings_held,
        figures.confirmed,
        figures.cancelled,
        figures.completed,
        figures.no_show,
        figures.expired,
        figures.conversion,
        Money(figures.revenue_captured).as_units(),
        Money(figures.revenue_refunded).as_units(),
        Money(figures.revenue_net).as_units(),
    )
