"""The search near a point, on a real PostGIS. Each test searches around a spot of its own."""

from base64 import urlsafe_b64encode
from itertools import count
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from services.providers.tests.builders import Desk, SitDown, place_body, service_body

from common.testing import Databases
from contracts.ids import new_id
from providers.store import search

_SPOTS = count()


@pytest.fixture
def spot() -> tuple[float, float]:
    """A point far from every other test's."""
    number = next(_SPOTS)
    return -24.0 - 2 * (number % 14), -58.0 - 2 * (number // 14)


async def open_street(owner: Desk, spot: tuple[float, float], *metres: int, **service: Any) -> list[str]:
    """A shop at each distance north of the spot; their ids."""
    degrees = [one / 111_195 for one in metres]
    return [(await owner.open_shop(spot[0] + north, spot[1], service)).id for north in degrees]


async def found(desk: Desk, spot: tuple[float, float], **asked: Any) -> list[dict[str, Any]]:
    page = await desk.get("/providers", lat=spot[0], lon=spot[1], **asked)
    items: list[dict[str, Any]] = page["items"]
    return items


async def ids(desk: Desk, spot: tuple[float, float], **asked: Any) -> list[str]:
    return [one["providerId"] for one in await found(desk, spot, **asked)]


async def test_the_nearest_comes_first_and_the_radius_bounds(
    owner: Desk, visitor: Desk, spot: tuple[float, float]
) -> None:
    far, door, near, _beyond = await open_street(owner, spot, 3000, 100, 1000, 5100)
    assert await ids(visitor, spot) == [door, near, far]
    assert await ids(visitor, spot, radiusKm=2) == [door, near]
    assert len(await ids(visitor, spot, radiusKm=6)) == 4


async def test_what_holds_of_the_later_prices_today_is_found_sorted_and_shown(
    owner: Desk, visitor: Desk, spot: tuple[float, float]
) -> None:
    past = [{"validFrom": "2024-01-01", "price": 1}, {"validFrom": "2025-01-01", "price": 12_100}]
    to_come = [{"validFrom": "2099-01-01", "price": 1}]
    (risen,) = await open_street(owner, spot, 100, price=100, prices=past + to_come, vatBps=2100)
    (same,) = await open_street(owner, spot, 200, price=9000, prices=to_come)
    first, second = await found(visitor, spot, sort="price")
    assert [first["providerId"], second["providerId"]] == [same, risen]
    assert (second["service"]["price"], second["service"]["priceWithoutNationalTaxes"]) == (12_100, 10_000)
    assert await ids(visitor, spot, maxPrice=9000) == [same]


async def test_an_item_says_where_how_far_and_for_how_much(
    owner: Desk, visitor: Desk, spot: tuple[float, float]
) -> None:
    (shop,) = await open_street(owner, spot, 1000, price=7999.5)
    (item,) = await found(visitor, spot)
    assert item["providerId"] == shop
    assert item["slug"].startswith("barberia-")
    assert abs(item["distanceMetres"] - 1000) <= 2
    assert (item["place"]["city"], item["place"]["lon"]) == ("Córdoba", spot[1])
    assert {name: item["service"][name] for name in ("code", "price", "currency", "durationMinutes")} == {
        "code": "corte",
        "price": 7999.5,
        "currency": "ARS",
        "durationMinutes": 30,
    }


async def test_by_price_the_cheapest_comes_first_and_the_nearer_of_two_equal_ones(
    owner: Desk, visitor: Desk, spot: tuple[float, float]
) -> None:
    dear = await open_street(owner, spot, 100, price=9000)
    equal = await open_street(owner, spot, 2000, 1000, price=7000)
    assert await ids(visitor, spot, sort="price") == [equal[1], equal[0], *dear]
    assert await ids(visitor, spot, maxPrice=8000) == [equal[1], equal[0]]


@pytest.mark.parametrize("sort", ["distance", "price"])
async def test_pages_follow_each_other_without_gap_or_repeat(
    owner: Desk, visitor: Desk, spot: tuple[float, float], sort: str
) -> None:
    await open_street(owner, spot, 400, 200, 300, 200, 100)
    whole = await ids(visitor, spot, sort=sort)
    seen: list[str] = []
    cursor: dict[str, Any] = {}
    for _ in range(3):
        page = await visitor.get("/providers", lat=spot[0], lon=spot[1], sort=sort, limit=2, **cursor)
        seen += [one["providerId"] for one in page["items"]]
        cursor = {"cursor": page["nextCursor"]} if page["nextCursor"] else {}
    assert seen == whole
    assert len(set(seen)) == 5
    assert cursor == {}


async def test_a_cursor_of_another_order_is_refused(owner: Desk, visitor: Desk, spot: tuple[float, float]) -> None:
    await open_street(owner, spot, 100)
    page = await visitor.get("/providers", lat=spot[0], lon=spot[1], limit=1)
    asked = {"lat": spot[0], "lon": spot[1], "sort": "price", "cursor": page["nextCursor"]}
    assert (await visitor.get("/providers", 422, **asked))["type"] == "urn:barberpro:problem:invalid-cursor"


@pytest.mark.parametrize(("price", "distance"), [(2**64, "0.0"), (-1, "0.0"), (100, "-1.0"), (100, "1e400")])
async def test_a_cursor_that_was_made_up_is_refused(
    visitor: Desk, spot: tuple[float, float], price: int, distance: str
) -> None:
    forged = urlsafe_b64encode(f'["price",{price},{distance},"{new_id()}"]'.encode()).decode()
    asked = {"lat": spot[0], "lon": spot[1], "sort": "price", "cursor": forged}
    assert (await visitor.get("/providers", 422, **asked))["type"] == "urn:barberpro:problem:invalid-cursor"


async def test_a_code_means_that_service_and_words_are_looked_for_without_accents(
    owner: Desk, visitor: Desk, spot: tuple[float, float]
) -> None:
    (plain,) = await open_street(owner, spot, 100)
    (combo,) = await open_street(owner, spot, 200, code="combo", name="Corte y Afeitado clásico", price=15000)
    assert await ids(visitor, spot, service="corte") == [plain]
    assert await ids(visitor, spot, service="CLASICO corte") == [combo]
    assert await ids(visitor, spot, service="afeit") == [combo]
    assert await ids(visitor, spot, service="depilación") == []
    assert await ids(visitor, spot, service="100%_") == []


async def test_the_cheapest_service_that_fits_stands_for_its_place(
    owner: Desk, visitor: Desk, spot: tuple[float, float]
) -> None:
    shop = await owner.open_shop(*spot)
    await owner.post(f"/providers/{shop.id}/services", service_body(shop.staff, code="barba", name="Barba", price=4000))
    (cheapest,) = await found(visitor, spot)
    (cut,) = await found(visitor, spot, service="corte")
    assert (cheapest["service"]["code"], cut["service"]["price"]) == ("barba", 8500)


async def test_a_service_counts_only_where_somebody_who_gives_it_attends(
    owner: Desk, visitor: Desk, spot: tuple[float, float]
) -> None:
    shop = await owner.open_shop(*spot)
    branch = await owner.post(
        f"/providers/{shop.id}/places", place_body(name="Sucursal", lat=spot[0] + 0.001, lon=spot[1])
    )
    assert [one["place"]["id"] for one in await found(visitor, spot)] == [shop.place]
    await owner.patch(f"/providers/{shop.id}/staff/{shop.staff}", {"placeIds": [shop.place, branch["id"]]})
    assert [one["place"]["name"] for one in await found(visitor, spot)] == ["Centro", "Sucursal"]


async def test_what_was_withdrawn_closed_or_dismissed_is_not_found(
    owner: Desk, visitor: Desk, spot: tuple[float, float]
) -> None:
    withdrawn, closed, dismissed = [await owner.open_shop(*spot) for _ in range(3)]
    assert len(await ids(visitor, spot)) == 3
    await owner.patch(f"/providers/{withdrawn.id}/services/{withdrawn.service}", {"active": False})
    await owner.delete(f"/providers/{closed.id}/places/{closed.place}")
    await owner.delete(f"/providers/{dismissed.id}/staff/{dismissed.staff}")
    assert await ids(visitor, spot) == []


async def test_a_pending_provider_is_not_found(sit_down: SitDown, spot: tuple[float, float]) -> None:
    owner, visitor = sit_down("provider:psychology", "psychology"), sit_down("", "psychology")
    shop = await owner.open_shop(*spot)
    assert await ids(visitor, spot) == []
    licence = {"profession": "Psicología", "jurisdiction": "X", "number": "77"}
    await owner.post(f"/providers/{shop.id}/licences", licence)
    await sit_down("operator:psychology", "psychology").post(f"/providers/{shop.id}/verify", status=200)
    assert await ids(visitor, spot) == [shop.id]


async def test_one_vertical_does_not_find_another_s(owner: Desk, sit_down: SitDown, spot: tuple[float, float]) -> None:
    await open_street(owner, spot, 100)
    assert await ids(sit_down("", "psychology"), spot) == []


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"lat": ""}, "lat"),
        ({"lat": "nan"}, "lat"),
        ({"lon": 181}, "lon"),
        ({"radiusKm": 0}, "radiusKm"),
        ({"radiusKm": 51}, "radiusKm"),
        ({"sort": "rating"}, "sort"),
        ({"limit": 101}, "limit"),
        ({"maxPrice": -1}, "maxPrice"),
        ({"service": "\x00"}, "service"),
        ({"near": "obelisco"}, "near"),
    ],
)
async def test_a_wrong_question_is_named(visitor: Desk, more: dict[str, Any], field: str) -> None:
    refused = await visitor.get("/providers", 422, **({"lat": -31.4, "lon": -64.2} | more))
    assert [one["field"] for one in refused["fields"]] == [field]


async def test_the_radius_s_bound_is_the_vertical_s(visitor: Desk, sit_down: SitDown) -> None:
    refused = await visitor.get("/providers", 422, lat=-31.4, lon=-64.2, radiusKm=51)
    assert (refused["type"], refused["maximumKm"]) == ("urn:barberpro:problem:radius-too-large", 50)
    await sit_down("", "psychology").get("/providers", lat=-31.4, lon=-64.2, radiusKm=51)


async def test_the_nearest_are_read_from_the_point_index_in_order(databases: Databases) -> None:
    asked = {"lat": -31.4, "lon": -64.2, "radius": 5000.0, "max_price": None, "code": None, "words": ()}
    page = {"after_distance": -1.0, "after_place": UUID(int=0), "most": 20}
    query = search._FIND_NEAREST
    connection = await asyncpg.connect(databases.dsns["barber"])
    try:
        # A few shops are sorted faster than walked: take away what only small tables are read with.
        await connection.execute("SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off")
        rows = await connection.fetch(f"EXPLAIN {query.sql}", *query.arguments(asked | page))
    finally:
        await connection.close()
    plan = "\n".join(row[0] for row in rows)
    assert "Index Scan using ix_place_point" in plan
    assert "Order By: (point <->" in plan
