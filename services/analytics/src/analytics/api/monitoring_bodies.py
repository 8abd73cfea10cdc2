"""Bodies of the monitoring API: codes for programs, texts for operators; null is not known."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Self

from pydantic import Field

from analytics.api.bodies import FiguresReply, ServiceReply, figures_of
from analytics.domain.readiness import Criterion
from analytics.domain.reports import MOST, PartReport, Reported, Reporter, Subject, WebhookOutcome, WebhookProvider
from analytics.domain.scaling import Recommendation
from analytics.domain.sight import Kind, Must, Promise, Verdict
from analytics.domain.state import Part, State
from analytics.domain.words import Reason, of_blindness, of_promise
from analytics.store import Today
from analytics.usecases import Condition, LaunchReport, Watched
from common.http import Body, Whole

Count = Annotated[Whole, Field(ge=0, le=MOST)]


class ReasonReply(Body):
    code: str
    text: str

    @classmethod
    def of(cls, reason: Reason) -> Self:
        return cls(code=reason.code, text=reason.text)


class PromiseReply(Body):
    """A promise. A share is 0 to 1 and of the last day, a level in its unit and of now."""

    name: str
    title: str
    kind: Kind
    unit: str
    must: Must
    target: float
    value: float | None
    events: int | None
    verdict: Verdict
    reason: ReasonReply

    @classmethod
    def of(cls, one: Promise) -> Self:
        return cls(
            name=one.key,
            title=one.title,
            kind=one.kind,
            unit=one.unit,
            must=one.must,
            target=one.target,
            value=one.value,
            events=one.events,
            verdict=one.verdict,
            reason=ReasonReply.of(of_promise(one)),
        )


class TrafficReply(Body):
    """Of all services in the last five minutes; the error share is 0 to 1. `streamClients`: live feeds open now."""

    requests_per_second: float | None
    error_share: float | None
    p95_ms: float | None
    stream_clients: int | None


class TodayReply(FiguresReply):
    date: date

    @classmethod
    def of(cls, today: Today) -> Self:
        return cls(date=today.day, **figures_of(today.figures))


class ReportedReply(Body):
    """What other parts said: `connections` last, of notifications the sum of the last 24 hours. Never counted by us."""

    subject: Subject
    name: str
    outcome: str | None
    count: int
    at: datetime

    @classmethod
    def of(cls, one: Reported) -> Self:
        said = one.report
        return cls(subject=said.subject, name=said.name, outcome=said.outcome or None, count=said.count, at=one.at)


class VerticalReply(Body):
    """One vertical's projected figures of today, and what was reported in it; null while its database is away."""

    today: TodayReply | None
    reported: list[ReportedReply] | None

    @classmethod
    def of(cls, today: Today | None, reported: Sequence[Reported] | None) -> Self:
        return cls(
            today=None if today is None else TodayReply.of(today),
            reported=None if reported is None else [ReportedReply.of(one) for one in reported],
        )


class MonitoringReply(Body):
    """`blind` says why Prometheus' figures are not known, null where they are."""

    at: datetime
    blind: ReasonReply | None
    promises: list[PromiseReply]
    traffic: TrafficReply
    services: dict[str, ServiceReply]
    verticals: dict[str, VerticalReply]

    @classmethod
    def of(cls, seen: Watched) -> Self:
        sight = seen.sight
        return cls(
            at=seen.at,
            blind=ReasonReply.of(of_blindness(sight.blind)) if sight.blind else None,
            promises=[PromiseReply.of(one) for one in sight.promises],
            traffic=TrafficReply(
                requests_per_second=sight.requests,
                error_share=sight.errors,
                p95_ms=_ms(sight.p95),
                stream_clients=sight.stream_clients,
            ),
            services={name: ServiceReply.of(known) for name, known in seen.services.items()},
            verticals={name: VerticalReply.of(today, seen.reported[name]) for name, today in seen.today.items()},
        )


class PartReply(Body):
    state: State
    reason: ReasonReply

    @classmethod
    def of(cls, part: Part) -> Self:
        return cls(state=part.state, reason=ReasonReply.of(part.reason))


class ConditionReply(Body):
    """`down` when most services do not answer, `degraded` when a part is bad, `unknown` when one is not known."""

    status: State
    at: datetime
    parts: dict[str, PartReply]

    @classmethod
    def of(cls, found: Condition) -> Self:
        return cls(status=found.state, at=found.at, parts={part.name: PartReply.of(part) for part in found.parts})


class CriterionReply(Body):
    """One condition of a launch; `promise` has the figures where it is a promise."""

    name: str
    title: str
    verdict: Verdict
    reason: ReasonReply
    promise: PromiseReply | None

    @classmethod
    def of(cls, one: Criterion) -> Self:
        return cls(
            name=one.key,
            title=one.title,
            verdict=one.verdict,
            reason=ReasonReply.of(one.reason),
            promise=PromiseReply.of(one.promise) if one.promise else None,
        )


class ScalingReply(Body):
    """A service's pods: those it has, those its present or predicted load asks for, those of a burst of 5 or 10 times.

    `podRequestsPerSecond`: what one bears, `measured` or guessed; `headroom`: how many times the load its pods bear.
    """

    service: str
    requests_per_second: float | None
    predicted_requests_per_second: float | None
    p95_ms: float | None
    event_lag_seconds: float | None
    pod_requests_per_second: float
    measured: bool
    pods: int | None
    pods_needed: int | None
    pods_for_burst_of5: int | None = Field(alias="podsForBurstOf5")
    pods_for_burst_of10: int | None = Field(alias="podsForBurstOf10")
    headroom: float | None
    reasons: list[ReasonReply]

    @classmethod
    def of(cls, one: Recommendation) -> Self:
        return cls(
            service=one.service,
            requests_per_second=one.load.requests,
            predicted_requests_per_second=one.load.predicted,
            p95_ms=_ms(one.load.p95),
            event_lag_seconds=one.load.lag,
            pod_requests_per_second=round(one.pod_requests, 1),
            measured=one.measured,
            pods=one.load.pods,
            pods_needed=one.pods,
            pods_for_burst_of5=one.pods_for_burst,
            pods_for_burst_of10=one.pods_for_large_burst,
            headroom=one.headroom,
            reasons=[ReasonReply.of(reason) for reason in one.reasons],
        )


class LaunchReply(Body):
    """`ready` only when every criterion is `ok`: what is not known is not ready."""

    at: datetime
    ready: bool
    criteria: list[CriterionReply]
    scaling: list[ScalingReply]
    warnings: list[ReasonReply]

    @classmethod
    def of(cls, report: LaunchReport) -> Self:
        return cls(
            at=report.at,
            ready=report.ready,
            criteria=[CriterionReply.of(one) for one in report.criteria],
            scaling=[ScalingReply.of(one) for one in report.recommendations],
            warnings=[ReasonReply.of(one) for one in report.warnings],
        )


class ConnectionsBody(Body):
    """How many WebSocket or live connections a part holds now."""

    connections: Count
    reporter: Reporter = Reporter.GATEWAY

    def report(self) -> PartReport:
        return PartReport(Subject.CONNECTIONS, self.reporter, "", self.connections)


class WebhookBody(Body):
    """How many payment notifications ended so since the last report."""

    outcome: WebhookOutcome
    count: Annotated[Whole, Field(ge=1, le=MOST)] = 1
    provider: WebhookProvider = WebhookProvider.MERCADOPAGO

    def report(self) -> PartReport:
        return PartReport(Subject.WEBHOOKS, self.provider, self.outcome, self.count)


class TakenReply(Body):
    """The report was kept, apart from what is counted."""

    status: str = "accepted"


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(1000 * seconds, 1)
