"""Activity that client apps report, with or without an account. A repeated report is one more report."""

from typing import Annotated

from fastapi import APIRouter, Depends

from analytics import usecases
from analytics.api.bodies import ActionBody, ActivityReply, FunnelBody, SessionBody
from analytics.domain.activity import ActivityKind
from analytics.usecases import Activity, AnalyticsContext
from common.app import context_of
from common.http import InVertical, MaybeCaller

router = APIRouter(prefix="/api/v1/analytics", tags=["analytics"])
InContext = Annotated[AnalyticsContext, Depends(context_of)]


@router.post("/session/start", status_code=202)
async def start_session(
    body: SessionBody, caller: MaybeCaller, vertical: InVertical, context: InContext
) -> ActivityReply:
    """A session began."""
    return await _report(ActivityKind.SESSION, body, caller, vertical, context)


@router.post("/action", status_code=202)
async def report_action(
    body: ActionBody, caller: MaybeCaller, vertical: InVertical, context: InContext
) -> ActivityReply:
    """Somebody did something in the app."""
    return await _report(ActivityKind.ACTION, body, caller, vertical, context)


@router.post("/funnel", status_code=202)
async def report_funnel_step(
    body: FunnelBody, caller: MaybeCaller, vertical: InVertical, context: InContext
) -> ActivityReply:
    """Somebody got one step further on the way to a booking."""
    return await _report(ActivityKind.FUNNEL, body, caller, vertical, context)


async def _report(
    kind: ActivityKind,
    body: SessionBody | ActionBody | FunnelBody,
    caller: MaybeCaller,
    vertical: InVertical,
    context: AnalyticsContext,
) -> ActivityReply:
    account = caller.account_id if caller is not None else None
    activity = Activity(kind, body.name, body.session_id, body.provider_id, account)
    return ActivityReply.of(await usecases.report_activity(context, vertical.id, activity))
