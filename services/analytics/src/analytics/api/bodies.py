"""Bodies out and in: camelCase, amounts in pesos."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, PlainSerializer

from analytics.domain.activity import Action, FunnelStep, SessionStart
from analytics.domain.figures import CURRENCY, Figures, pesos
from analytics.domain.platform import ServiceHealth, percentile, status_of
from analytics.usecases import Dashboard, PlatformWatch
from common.http import Body
from contracts.analytics import ClientActivity
from contracts.ids import ProviderId

InPesos = Annotated[int, PlainSerializer(pesos, return_type=float | int)]
"""Centavos inside, a decimal number of pesos outside; sums have no upper bound."""


class FiguresReply(Body):
    """`created` = held + confirmed + cancelled + expired; `conversion` = confirmed / created, 0 to 1."""

    created: int
    held: int
    confirmed: int
    cancelled: int
    completed: int
    no_show: int
    expired: int
    conversion: float
    revenue_captured: InPesos
    revenue_refunded: InPesos
    revenue_net: InPesos


class DayReply(FiguresReply):
    date: date


class CityReply(FiguresReply):
    city: str
    province: str


class ProviderReply(FiguresReply):
    provider_id: UUID
    name: str


class _Span(Body):
    first: date = Field(alias="from")
    last: date = Field(alias="to")
    currency: str = CURRENCY
    totals: FiguresReply
    by_day: list[DayReply]
    by_city: list[CityReply]


class DashboardReply(_Span):
    """A vertical's figures: each day, the 50 cities and the 20 providers with the most revenue."""

    by_provider: list[ProviderReply]

    @classmethod
    def of(cls, dashboard: Dashboard) -> Self:
        providers = [
            ProviderReply(provider_id=one.provider_id, name=one.name, **figures_of(one.figures))
            for one in dashboard.report.providers
        ]
        return cls(**_span(dashboard), by_provider=providers)


class ProviderDashboardReply(_Span):
    """One provider's figures."""

    provider_id: UUID
    name: str

    @classmethod
    def of(cls, dashboard: Dashboard) -> Self:
        if dashboard.provider is None:
            raise ValueError("not a provider's dashboard")
        provider = dashboard.provider
        return cls(**_span(dashboard), provider_id=provider.provider_id, name=provider.display_name)


class TicketReply(Body):
    """Usable once, until `expiresAt`."""

    ticket: str
    expires_at: datetime


class _ActivityBody(Body):
    session_id: UUID | None = None
    provider_id: ProviderId | None = None


class SessionBody(_ActivityBody):
    name: SessionStart = SessionStart.WEB


class ActionBody(_ActivityBody):
    name: Action


class FunnelBody(_ActivityBody):
    name: FunnelStep


class ActivityReply(Body):
    """The session to report further activity of."""

    session_id: UUID
    activity_id: UUID

    @classmethod
    def of(cls, fact: ClientActivity) -> Self:
        return cls(session_id=fact.session_id, activity_id=fact.activity_id)


class PerformanceReply(Body):
    """`uptime`: the share, 0 to 1, of the questions that found it up, null before the first; milliseconds."""

    uptime: float | None
    p50_ms: float
    p95_ms: float


class ServiceReply(PerformanceReply):
    """`up`, `down` or `unknown` since when, how long its last answers took, and the version it told, if it told one."""

    status: str
    since: datetime
    version: str | None

    @classmethod
    def of(cls, known: ServiceHealth) -> Self:
        return cls(
            status=known.health,
            since=known.since,
            version=known.version,
            uptime=known.uptime.share,
            p50_ms=known.p50,
            p95_ms=known.p95,
        )


class HealthReply(PerformanceReply):
    """`ok`, `degraded` when a service is down, `unknown` before all were asked; of the whole, watched since `since`."""

    status: str
    version: str
    since: datetime
    services: dict[str, ServiceReply]

    @classmethod
    def of(cls, watch: PlatformWatch, version: str) -> Self:
        services = watch.services
        answers = [one for known in services.values() for one in known.answers]
        return cls(
            status=status_of(services),
            version=version,
            since=watch.started_at,
            uptime=watch.uptime.share,
            p50_ms=percentile(answers, 50),
            p95_ms=percentile(answers, 95),
            services={name: ServiceReply.of(known) for name, known in services.items()},
        )


def figures_of(figures: Figures) -> dict[str, int | float]:
    return {
        "created": figures.bookings_created,
        "held": figures.bookings_held,
        "confirmed": figures.confirmed,
        "cancelled": figures.cancelled,
        "completed": figures.completed,
        "no_show": figures.no_show,
        "expired": figures.expired,
        "conversion": figures.conversion,
        "revenue_captured": figures.revenue_captured,
        "revenue_refunded": figures.revenue_refunded,
        "revenue_net": figures.revenue_net,
    }


def _span(dashboard: Dashboard) -> dict[str, object]:
    report = dashboard.report
    return {
        "first": dashboard.span.first,
        "last": dashboard.span.last,
        "totals": FiguresReply(**figures_of(dashboard.totals)),
        "by_day": [DayReply(date=one.day, **figures_of(one.figures)) for one in report.days],
        "by_city": [
            CityReply(city=one.city, province=one.province, **figures_of(one.figures)) for one in report.cities
        ],
    }
