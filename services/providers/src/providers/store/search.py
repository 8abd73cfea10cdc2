"""The search near a point: places of active providers with a service that fits, a page at a time."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import text

from common.db import Session, statement
from common.money import Money
from contracts.ids import PlaceId, ProviderId, ServiceId
from providers.domain.parts import Place
from providers.domain.provinces import Province
from providers.domain.search import Found, Offer, Search, Sort

# How many places one page looks at, at most. By distance, that many without a match end the search; by price, it is the
# cheapest among the nearest that many.
_WALK: Final = 5000
_LOOK: Final = 2000
_HERE: Final = "CAST(ST_Point(:lon, :lat, 4326) AS geography)"
# What an appointment of today costs: the last of the later prices that holds, or the first. Most have none.
_TODAY: Final = "(SELECT CAST(app_now() AT TIME ZONE 'America/Argentina/Buenos_Aires' AS date))"
_PRICE: Final = f"""
    CASE WHEN s.prices = '[]' THEN s.price_minor ELSE coalesce(
        (SELECT CAST(later ->> 1 AS bigint) FROM jsonb_array_elements(s.prices) later
         WHERE CAST(later ->> 0 AS date) <= {_TODAY} ORDER BY later ->> 0 DESC LIMIT 1), s.price_minor) END
"""  # noqa: S608 - constants of this module
# A place's cheapest service that fits, given by somebody who attends there; none when the provider is not listed.
_OFFER: Final = f"""
    SELECT p.slug, p.display_name, s.id AS service_id, s.code, s.name AS service_name, s.duration_minutes,
           today.price_minor, s.currency, s.vat_bps
    FROM service s JOIN provider p ON p.id = s.provider_id AND p.status = 'active'
    CROSS JOIN LATERAL (SELECT {_PRICE} AS price_minor) today
    WHERE s.provider_id = a.provider_id AND s.active
      AND today.price_minor <= coalesce(CAST(:max_price AS bigint), today.price_minor)
      AND s.code = coalesce(CAST(:code AS text), s.code)
      AND NOT EXISTS (SELECT FROM unnest(CAST(:words AS text[])) word WHERE position(word IN s.search_text) = 0)
      AND EXISTS (SELECT FROM staff m
                  WHERE m.provider_id = a.provider_id AND m.active AND a.id = ANY (m.place_ids)
                    AND m.id = ANY (s.staff_ids))
    ORDER BY today.price_minor, s.id LIMIT 1
"""  # noqa: S608 - constants of this module
_FOUND: Final = """
    SELECT a.id AS place_id, a.provider_id, a.name AS place_name, a.address, a.city, a.province, a.zone, a.distance,
           ST_Y(CAST(a.point AS geometry)) AS lat, ST_X(CAST(a.point AS geometry)) AS lon, o.*
"""
# The point index is walked outwards (`<->` orders by metres over the sphere, the radius is compared with the same), and
# each place is looked into until the page is full. Places beyond the radius come out as rows too, without a service:
# they fill the page and so end the walk. With ST_DWithin instead, PostgreSQL expects next to nothing within any radius
# and sorts all there is: 65 ms or more where 50,000 places are, against 2 ms. The walk is ordered by distance alone,
# because PostgreSQL 15 walks for nothing else; the id is sorted in outside, a few rows at a time.
_FIND_NEAREST: Final = statement(
    text(
        """
        {found}
        FROM (SELECT n.*, n.point <-> {here} AS distance FROM place n
              WHERE n.active AND (n.point <-> {here}, n.id)
                    > (CAST(:after_distance AS double precision), CAST(:after_place AS uuid))
              ORDER BY n.point <-> {here} LIMIT {walk}) a
        LEFT JOIN LATERAL ({offer}) o ON a.distance <= :radius
        WHERE o.service_id IS NOT NULL OR a.distance > :radius
        ORDER BY a.distance, a.id LIMIT :most
        """.replace("{found}", _FOUND)
        .replace("{offer}", _OFFER)
        .replace("{here}", _HERE)
        .replace("{walk}", str(_WALK))
    )
)
_FIND_CHEAPEST: Final = statement(
    text(
        """
        {found}
        FROM (SELECT n.*, n.point <-> {here} AS distance FROM place n
              WHERE n.active AND ST_DWithin(n.point, {here}, :radius, false)
              ORDER BY n.point <-> {here} LIMIT {look}) a
        CROSS JOIN LATERAL ({offer}) o
        WHERE (o.price_minor, a.distance, a.id)
              > (CAST(:after_price AS bigint), CAST(:after_distance AS double precision), CAST(:after_place AS uuid))
        ORDER BY o.price_minor, a.distance, a.id LIMIT :most
        """.replace("{found}", _FOUND)
        .replace("{offer}", _OFFER)
        .replace("{here}", _HERE)
        .replace("{look}", str(_LOOK))
    )
)


async def page_nearby(session: Session, search: Search) -> list[Found]:
    """One page, in the order asked for."""
    asked = {
        "lat": search.lat,
        "lon": search.lon,
        "radius": search.radius,
        "max_price": search.max_price.minor if search.max_price is not None else None,
        "code": search.wanted.code,
        "words": search.wanted.words,
        "after_distance": search.after.distance,
        "after_place": search.after.place_id,
        "most": search.limit,
    }
    if search.sort is Sort.DISTANCE:
        rows = await session.all(_FIND_NEAREST, **asked)
    else:
        rows = await session.all(_FIND_CHEAPEST, after_price=search.after.price, **asked)
    return [_found(row) for row in rows if row["service_id"] is not None]


def _found(row: Mapping[str, Any]) -> Found:
    return Found(
        provider_id=ProviderId(row["provider_id"]),
        slug=row["slug"],
        display_name=row["display_name"],
        place=Place(
            id=PlaceId(row["place_id"]),
            name=row["place_name"],
            address=row["address"],
            city=row["city"],
            province=Province(row["province"]),
            zone=row["zone"],
            lat=row["lat"],
            lon=row["lon"],
        ),
        distance=row["distance"],
        offer=Offer(
            id=ServiceId(row["service_id"]),
            code=row["code"],
            name=row["service_name"],
            duration_minutes=row["duration_minutes"],
            price=Money(row["price_minor"], row["currency"]),
            vat_bps=row["vat_bps"],
        ),
    )
