"""How the platform is and what it needs, for operators: from Prometheus, from what is watched, projected and reported.

Health and the launch report ask no database; what the others ask of one that is away is left out.
"""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

from analytics import store
from analytics.domain import readiness, scaling, state
from analytics.domain.platform import ServiceHealth
from analytics.domain.readiness import Criterion
from analytics.domain.reports import PartReport, Reported
from analytics.domain.scaling import Recommendation
from analytics.domain.sight import Sight
from analytics.domain.state import Part, State
from analytics.domain.words import Reason
from analytics.store import Today
from analytics.usecases.context import AnalyticsContext
from common.auth import Principal
from common.errors import Busy, NotReady, TooSlow
from common.idempotency import Once
from contracts.ids import new_id

T = TypeVar("T")
_OPERATOR: Final = "operator"
_LATELY: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Watched:
    """What was seen at one moment; `today` and `reported` by vertical, None of one whose database is away."""

    at: datetime
    sight: Sight
    services: Mapping[str, ServiceHealth]
    today: Mapping[str, Today | None]
    reported: Mapping[str, Sequence[Reported] | None]


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
    seen = await watch_figures(context, vertical, principal)
    return replace(seen, today={scope: await _unless_away(_today(context, scope)) for scope in seen.reported})


async def watch_figures(context: AnalyticsContext, vertical: str, principal: Principal) -> Watched:
    """The same without today's projections; Forbidden for anybody but operators."""
    principal.must_be(vertical, _OPERATOR)
    operated = [scope for scope in context.uow.scopes if principal.has(_OPERATOR, scope)]
    reported = {scope: await _unless_away(_reported(context, scope)) for scope in operated}
    return Watched(datetime.now(UTC), await context.figures.look(), context.platform.services, {}, reported)


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
    context: AnalyticsContext, vertical: str, principal: Principal, report: PartReport, once: Once | None
) -> PartReport:
    """Keep what another part says of itself, apart from every counted figure; Forbidden but for operators. Busy."""
    principal.must_be(vertical, _OPERATOR)
    with context.activity_gate.passed():
        async with context.uow.begin(vertical, once) as work:
            await store.insert_report(work, new_id(), report)
            return await work.finish(report)


async def _today(context: AnalyticsContext, scope: str) -> Today:
    async with context.uow.read_lagging(scope) as session:
        return await store.find_today(session)


async def _reported(context: AnalyticsContext, scope: str) -> Sequence[Reported]:
    async with context.uow.read(scope) as session:
        return await store.find_reported(session, _LATELY)


async def _unless_away(read: Awaitable[T]) -> T | None:
    """None while that vertical's database gives no answer: the rest is wanted just then."""
    try:
        return await read
    except (NotReady, Busy, TooSlow):
        return None
