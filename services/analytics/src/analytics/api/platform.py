"""How the platform is doing, for everybody."""

from importlib.metadata import version
from typing import Annotated, Final

from fastapi import APIRouter, Depends

from analytics.api.bodies import HealthReply
from analytics.usecases import AnalyticsContext
from common.app import context_of

router = APIRouter(prefix="/api", tags=["health"])
_VERSION: Final = version("barberpro-analytics")


@router.get("/health")
async def health(context: Annotated[AnalyticsContext, Depends(context_of)]) -> HealthReply:
    """Every service's state and answer times, from memory; always 200."""
    return HealthReply.of(context.platform, _VERSION)
