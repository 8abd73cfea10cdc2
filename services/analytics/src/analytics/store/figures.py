"""The figures of some days: one statement, so that totals and parts come from one snapshot."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text

from analytics.domain.figures import COUNTERS, COUNTRY_ZONE, Figures
from common.db import Row, Session, statement
from common.span import Span

_CITIES: Final = 50
_PROVIDERS: Final = 20

_SUMS: Final = ", ".join(f"CAST(coalesce(sum({name}), 0) AS bigint) AS {name}" for name in COUNTERS)
_NAMES: Final = ", ".join(COUNTERS)
_FIGURES: Final = statement(
    text(f"""
        WITH chosen AS MATERIALIZED (
            SELECT * FROM daily
            WHERE local_date BETWEEN CAST(:first AS date) AND CAST(:last AS date)
              AND (CAST(:provider_id AS uuid) IS NULL OR provider_id = CAST(:provider_id AS uuid))),
        days AS (
            SELECT CAST(:first AS date) + n AS local_date, {_SUMS}
            FROM generate_series(0, CAST(:last AS date) - CAST(:first AS date)) AS n
            LEFT JOIN chosen ON chosen.local_date = CAST(:first AS date) + n GROUP BY n),
        cities AS (
            SELECT city, province, {_SUMS} FROM chosen GROUP BY city, province
            ORDER BY revenue_captured DESC, bookings_created DESC, city, province LIMIT :cities),
        top AS (
            SELECT provider_id, {_SUMS} FROM chosen GROUP BY provider_id
            ORDER BY revenue_captured DESC, bookings_created DESC, provider_id LIMIT :providers)
        SELECT 'day' AS part, local_date, NULL AS city, NULL AS province, CAST(NULL AS uuid) AS provider_id,
               NULL AS display_name, {_NAMES}
        FROM days
        UNION ALL
        SELECT 'city', NULL, city, province, NULL, NULL, {_NAMES} FROM cities
        UNION ALL
        SELECT 'provider', NULL, NULL, NULL, provider_id, display_name, {_NAMES}
        FROM top LEFT JOIN provider_fact USING (provider_id)
    """)  # noqa: S608 - the names of the figures, from the domain
)
_TODAY: Final = statement(text(f"SELECT CAST(app_now() AT TIME ZONE '{COUNTRY_ZONE}' AS date)"))
_TOTALS_OF_TODAY: Final = statement(
    text(f"""
        WITH today AS (SELECT CAST(app_now() AT TIME ZONE '{COUNTRY_ZONE}' AS date) AS local_date)
        SELECT today.local_date, app_now() AS at, {_SUMS}
        FROM today LEFT JOIN daily USING (local_date) GROUP BY today.local_date
    """)  # noqa: S608 - as above
)
_PAGE_DAYS: Final = statement(
    text(f"""
        SELECT local_date, city, province, {_NAMES} FROM daily
        WHERE provider_id = :provider_id AND local_date BETWEEN CAST(:first AS date) AND CAST(:last AS date)
          AND (local_date, city, province) > (CAST(:after_date AS date), CAST(:after_city AS text),
                                              CAST(:after_province AS text))
        ORDER BY local_date, city, province LIMIT :most
    """)  # noqa: S608 - as above
)


@dataclass(frozen=True, slots=True)
class DayRow:
    """One local day."""

    day: date
    figures: Figures


@dataclass(frozen=True, slots=True)
class CityRow:
    """One city."""

    city: str
    province: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class ProviderFigures:
    """One provider; the name is empty until providers told it."""

    provider_id: UUID
    name: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Report:
    """The parts of a dashboard: every day of the span, the 50 cities and 20 providers with the most revenue."""

    days: list[DayRow] = field(default_factory=list)
    cities: list[CityRow] = field(default_factory=list)
    providers: list[ProviderFigures] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Today:
    """The running totals of the day that it is in Argentina."""

    day: date
    at: datetime
    figures: Figures


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One day of one provider in one city."""

    day: date
    city: str
    province: str
    figures: Figures


async def find_report(session: Session, span: Span, provider_id: UUID | None) -> Report:
    """The figures of a span of days, of one provider or (None) of all."""
    report = Report()
    limits = {"cities": _CITIES, "providers": _PROVIDERS}
    for row in await session.all(_FIGURES, first=span.first, last=span.last, provider_id=provider_id, **limits):
        figures = _figures(row)
        match row["part"]:
            case "day":
                report.days.append(DayRow(row["local_date"], figures))
            case "city":
                report.cities.append(CityRow(row["city"], row["province"], figures))
            case _:
                report.providers.append(ProviderFigures(row["provider_id"], row["display_name"] or "", figures))
    report.days.sort(key=lambda one: one.day)
    return report


async def find_day(session: Session) -> date:
    """The day that it is in Argentina."""
    day: date = await session.value(_TODAY)
    return day


async def find_today(session: Session) -> Today:
    """The totals of today, zeros where nothing happened yet."""
    row = await session.one(_TOTALS_OF_TODAY)
    if row is None:
        raise LookupError("today")
    return Today(row["local_date"], row["at"], _figures(row))


async def page_export(
    session: Session, span: Span, provider_id: UUID, after: ExportRow | None, most: int
) -> Sequence[ExportRow]:
    """At most `most` rows of a provider after the given one, by day, city and province."""
    rows = await session.all(
        _PAGE_DAYS,
        provider_id=provider_id,
        first=span.first,
        last=span.last,
        after_date=after.day if after else date.min,
        after_city=after.city if after else "",
        after_province=after.province if after else "",
        most=most,
    )
    return [ExportRow(row["local_date"], row["city"], row["province"], _figures(row)) for row in rows]


def _figures(row: Row) -> Figures:
    return Figures(*(row[name] for name in COUNTERS))
