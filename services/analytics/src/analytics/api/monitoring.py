"""How the platform is, for operators, and what other parts report of themselves."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from starlette.responses import Response

from analytics import usecases
from analytics.api.exposition import MEDIA_TYPE, exposition
from analytics.api.monitoring_bodies import (
    ConditionReply,
    ConnectionsBody,
    LaunchReply,
    MonitoringReply,
    TakenReply,
    WebhookBody,
)
from analytics.domain.reports import PartReport
from analytics.usecases import AnalyticsContext
from common.app import context_of
from common.http import Caller, InVertical, Key, once

router = APIRouter(prefix="/api/v1", tags=["monitoring"])
InContext = Annotated[AnalyticsContext, Depends(context_of)]
_TEXT: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}


@router.get("/monitoring/dashboard")
async def monitoring_dashboard(caller: Caller, vertical: InVertical, context: InContext) -> MonitoringReply:
    """Promises, traffic, services, today's figures and what was reported."""
    return MonitoringReply.of(await usecases.watch_all(context, vertical.id, caller))


@router.get("/monitoring/health")
async def monitoring_health(caller: Caller, vertical: InVertical, context: InContext) -> ConditionReply:
    """How the whole is, part by part and why; always 200."""
    return ConditionReply.of(await usecases.read_condition(context, vertical.id, caller))


@router.get("/monitoring/launch-report")
async def launch_report(caller: Caller, vertical: InVertical, context: InContext) -> LaunchReply:
    """Whether the platform may be launched, why, and what to scale."""
    return LaunchReply.of(await usecases.read_launch_report(context, vertical.id, caller))


@router.get("/metrics", response_class=Response, responses=_TEXT)
async def platform_metrics(caller: Caller, vertical: InVertical, context: InContext) -> Response:
    """The same figures in Prometheus' text format; each process' own are at its `/metrics`, inside."""
    seen = await usecases.watch_figures(context, vertical.id, caller)
    return Response(exposition(seen), media_type=MEDIA_TYPE)


@router.post("/monitoring/websocket/connections", status_code=202)
async def report_connections(
    body: ConnectionsBody, caller: Caller, vertical: InVertical, context: InContext, key: Key
) -> TakenReply:
    """A part says how many connections it holds; its last word counts."""
    return await _take(body, caller, vertical, context, key)


@router.post("/monitoring/webhook/payment", status_code=202)
async def report_webhooks(
    body: WebhookBody, caller: Caller, vertical: InVertical, context: InContext, key: Key
) -> TakenReply:
    """A part says how payment notifications ended; what is reported again without a key counts again."""
    return await _take(body, caller, vertical, context, key)


async def _take(
    body: ConnectionsBody | WebhookBody, caller: Caller, vertical: InVertical, context: AnalyticsContext, key: Key
) -> TakenReply:
    return _reply(await usecases.take_report(context, vertical.id, caller, body.report(), once(key, _reply, 202)))


def _reply(_kept: PartReport) -> TakenReply:
    return TakenReply()
