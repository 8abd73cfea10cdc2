"""How the platform is and what it needs, for operators: from Prometheus, from what is watched, projected and reported.

Only the dashboard asks a database, so that health and the launch report are told although one is down.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from analytics import store
from analytics.domain import readiness, scaling, state
from analytics.domain.platform import ServiceHealth
from analytics.domain.readiness import Criterion
from analytics.domain.reports import Report, Reported
from analytics.domain.scaling import Recommendation
from analytics.domain.sight import Sight
from analytics.domain.state import Part, State
from analytics.domain.words import Reason
from analytics.store import Today
from analytics.usecases.context import AnalyticsContext
from common.auth import Principal
from common.idempotency import Once
from contracts.ids import new_id

_OPERATOR: Final = "operator"
_LATELY: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Watched:
    """What was seen at one moment; `reported` and `today` by vertical, where they were asked for."""

    at: datetime
    sight: Sight
    services: Mapping[str, ServiceHealth]
    today: Mapping[str, Today]
    reported: Mapping[str, Sequence[Reported]]


@dataclass(frozen=True, slots=True)
class Condition:
    """How the whole is, and its parts."""

    at: datetime
    state: State
    parts: Sequence[Part]


@dataclass(frozen=True, slots=True)
class LaunchReport:
    """Whether the platform may be launched, why, and what to scale."""

    at: datetime
    ready: bool
    criteria: Sequence[Criterion]
    recommendations: Sequence[Recommendation]
    warnings: Sequence[Reason]


async def watch_all(context: AnalyticsContext, vertical: str, principal: Principal) -> Watched:
    """Everything there is to see, of the verticals whose operator the caller is; Forbidden for anybody else."""
    principal.must_be(vertical, _OPERATOR)
    today: dict[str, Today] = {}
    reported: dict[str, Sequence[Reported]] = {}
    for scope in context.uow.scopes:
        if principal.has(_OPERATOR, scope):
            async with context.uow.read(scope) as session:
                today[scope] = await store.find_today(session)
                reported[scope] = await store.find_reported(session, _LATELY)
    return Watched(datetime.now(UTC), await context.figures.look(), context.platform.services, today, reported)


async def read_condition(context: AnalyticsContext, vertical: str, principal: Principal) -> Condition:
    """How the whole is, part by part; Forbidden for anybody but operators."""
    principal.must_be(vertical, _OPERATOR)
    found = state.parts(context.platform.services, await context.figures.look())
    return Condition(datetime.now(UTC), state.overall(found), found)


async def read_launch_report(context: AnalyticsContext, vertical: str, principal: Principal) -> LaunchReport:
    """Whether it may be launched; Forbidden for anybody but operators."""
    principal.must_be(vertical, _OPERATOR)
    services, sight = context.platform.services, await context.figures.look()
    criteria = readiness.criteria(services, sight)
    return LaunchReport(
        at=datetime.now(UTC),
        ready=readiness.ready(criteria),
        criteria=criteria,
        recommendations=scaling.recommend([*services], sight, context.pod_requests),
        warnings=scaling.warnings(sight),
    )


async def take_report(
    context: AnalyticsContext, vertical: str, principal: Principal, report: Report, once: Once | None
) -> Report:
    """Keep what another part says of itself, apart from every counted figure; Forbidden but for operators. Busy."""
    principal.must_be(vertical, _OPERATOR)
    with context.activity_gate.passed():
        async with context.uow.begin(vertical, once) as work:
            await store.insert_report(work, new_id(), report)
            return await work.finish(report)
