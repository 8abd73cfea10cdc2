"""Finding a provider near a point, and what client apps are told of the vertical."""

from typing import Annotated, Final

from fastapi import APIRouter, Query

from common.http import InVertical
from providers import usecases
from providers.api.asked import SearchQuery
from providers.api.fields import InContext
from providers.api.found import FoundPage, VerticalShown

router: Final = APIRouter(prefix="/api/v1", tags=["search"])


@router.get("/providers")
async def search(query: Annotated[SearchQuery, Query()], vertical: InVertical, context: InContext) -> FoundPage:
    """Places of listed providers around a point, each with its cheapest service that fits."""
    found = await usecases.search_nearby(context, vertical, query.asked())
    return FoundPage.of(found, query.sort, query.limit)


@router.get("/verticals/current")
async def current_vertical(vertical: InVertical) -> VerticalShown:
    """The niche behind this host: its words, its service templates and its texts."""
    return VerticalShown.of(vertical)
