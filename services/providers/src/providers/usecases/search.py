"""Who is near: places of listed providers that offer what is wanted."""

from dataclasses import dataclass

from common.money import Money
from common.service import Context
from common.verticals import Vertical
from providers import store
from providers.domain.search import Found, Position, Search, Sort, Wanted, radius_in_metres


@dataclass(frozen=True, slots=True)
class Asked:
    """A search as it comes in; the vertical fills in what is missing and bounds it."""

    lat: float
    lon: float
    radius_km: float | None
    service: str | None
    max_price: Money | None
    sort: Sort
    limit: int
    after: Position


async def search_nearby(context: Context, vertical: Vertical, asked: Asked) -> list[Found]:
    """One page, at most `limit`. RadiusTooLarge beyond the vertical's bound."""
    search = Search(
        lat=asked.lat,
        lon=asked.lon,
        radius=radius_in_metres(asked.radius_km, vertical.search.default_radius_km, vertical.search.max_radius_km),
        wanted=Wanted.asked(asked.service, frozenset(one.code for one in vertical.services)),
        max_price=asked.max_price,
        sort=asked.sort,
        limit=asked.limit,
        after=asked.after,
    )
    async with context.uow.read(vertical.id) as session:
        return await store.page_nearby(session, search)
