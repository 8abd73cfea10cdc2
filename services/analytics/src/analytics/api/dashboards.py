"""Dashboards and the export."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path
from starlette.responses import StreamingResponse

from analytics import usecases
from analytics.api.bodies import DashboardReply, ProviderDashboardReply
from analytics.usecases import AnalyticsContext
from common.app import context_of
from common.http import Caller, FirstDay, InVertical, LastDay

router = APIRouter(prefix="/api/v1/analytics", tags=["analytics"])
InContext = Annotated[AnalyticsContext, Depends(context_of)]
OfProvider = Annotated[UUID, Path(alias="providerId")]


@router.get("/dashboard")
async def dashboard(
    caller: Caller, vertical: InVertical, context: InContext, first: FirstDay = None, last: LastDay = None
) -> DashboardReply:
    """The vertical's figures, for its analysts and operators."""
    return DashboardReply.of(await usecases.read_dashboard(context, vertical.id, caller, first, last))


@router.get("/dashboard/{providerId}")
async def provider_dashboard(
    provider_id: OfProvider,
    caller: Caller,
    vertical: InVertical,
    context: InContext,
    first: FirstDay = None,
    last: LastDay = None,
) -> ProviderDashboardReply:
    """A provider's figures, for its owner, analysts and operators."""
    found = await usecases.read_provider_dashboard(context, vertical.id, caller, provider_id, first, last)
    return ProviderDashboardReply.of(found)


@router.get(
    "/export/{providerId}/csv", response_class=StreamingResponse, responses={200: {"content": {"text/csv": {}}}}
)
async def export(
    provider_id: OfProvider,
    caller: Caller,
    vertical: InVertical,
    context: InContext,
    first: FirstDay = None,
    last: LastDay = None,
) -> StreamingResponse:
    """A provider's days as comma-separated values, for whom its dashboard is."""
    sheet = await usecases.open_sheet(context, vertical.id, caller, provider_id, first, last)
    name = f"turnos-{provider_id}-{sheet.span.first}-{sheet.span.last}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return StreamingResponse(sheet.lines(), headers=headers, media_type="text/csv; charset=utf-8")
