"""Dashboards and the export, through the API."""

import csv
from datetime import date, timedelta
from io import StringIO
from random import randrange
from typing import Any
from uuid import UUID

import httpx
import pytest
from services.analytics.tests.builders import DEPOSIT, NOON, Shop, project

from analytics.usecases import AnalyticsContext
from common.testing import Tokens
from contracts.booking import BookingStatus
from contracts.ids import AccountId, new_id

DASHBOARD = "/api/v1/analytics/dashboard"
DAYS = {"from": "2026-11-19", "to": "2026-11-21"}
ZEROS = {
    "created": 0,
    "held": 0,
    "confirmed": 0,
    "cancelled": 0,
    "completed": 0,
    "noShow": 0,
    "expired": 0,
    "conversion": 0.0,
    "revenueCaptured": 0,
    "revenueRefunded": 0,
    "revenueNet": 0,
}
Headers = dict[str, str]


@pytest.fixture
async def busy_shop(context: AnalyticsContext, shop: Shop) -> Shop:
    """Four bookings on one day, two of them confirmed; one deposit captured and partly refunded."""
    statuses = [BookingStatus.HELD, BookingStatus.CONFIRMED, BookingStatus.COMPLETED, BookingStatus.EXPIRED]
    await project(context, [shop.registered(), *(shop.booking(status) for status in statuses)])
    await project(context, [shop.payment(DEPOSIT, 50, version=3)])
    return shop


@pytest.fixture
def as_owner(tokens: Tokens, shop: Shop) -> Headers:
    return tokens.bearer(shop.owner, "client provider:barber")


async def get(http: httpx.AsyncClient, path: str, headers: Headers, **params: Any) -> httpx.Response:
    return await http.get(path, headers=headers, params=params or DAYS)


def of_shop(shop: Shop, end: str = "") -> str:
    return f"{DASHBOARD}/{shop.provider_id}{end}"


async def test_a_providers_dashboard_has_totals_days_and_cities(
    http: httpx.AsyncClient, busy_shop: Shop, as_owner: Headers
) -> None:
    reply = await get(http, of_shop(busy_shop), as_owner)
    figures = ZEROS | {
        "created": 4,
        "held": 1,
        "confirmed": 2,
        "completed": 1,
        "expired": 1,
        "conversion": 0.5,
        "revenueCaptured": 900.5,
        "revenueRefunded": 0.5,
        "revenueNet": 900,
    }
    assert reply.status_code == 200
    assert reply.json() == {
        "from": "2026-11-19",
        "to": "2026-11-21",
        "currency": "ARS",
        "providerId": str(busy_shop.provider_id),
        "name": "Barbería Güemes",
        "totals": figures,
        "byDay": [
            {"date": "2026-11-19"} | ZEROS,
            {"date": "2026-11-20"} | figures,
            {"date": "2026-11-21"} | ZEROS,
        ],
        "byCity": [{"city": "Córdoba", "province": "X"} | figures],
    }


async def test_days_without_anything_are_zeros(
    context: AnalyticsContext, http: httpx.AsyncClient, shop: Shop, as_owner: Headers
) -> None:
    await project(context, [shop.registered()])
    body = (await get(http, of_shop(shop), as_owner, **{"from": "2025-08-01", "to": "2025-09-11"})).json()
    assert body["totals"] == ZEROS
    assert (len(body["byDay"]), body["byCity"]) == (42, [])
    assert all(day == {"date": day["date"]} | ZEROS for day in body["byDay"])


async def test_a_verticals_dashboard_ranks_its_providers(
    http: httpx.AsyncClient, context: AnalyticsContext, tokens: Tokens
) -> None:
    day = date(2030, 1, 1) + timedelta(randrange(25_000))  # nobody else's, in this run or another
    first, second = Shop(name="Primera"), Shop(name="Segunda", city="Rosario", province="S")
    noon = NOON + (day - NOON.date())
    await project(context, [first.registered(), second.registered()], "psychology")
    await project(context, [first.booking(created_at=noon), second.booking(created_at=noon)], "psychology")
    await project(context, [second.payment(DEPOSIT, version=2, paid_at=noon)], "psychology")
    headers = tokens.bearer(AccountId(new_id()), "operator:*") | {"X-Vertical": "psychology"}
    body = (await get(http, DASHBOARD, headers, **{"from": str(day), "to": str(day)})).json()
    assert [one["name"] for one in body["byProvider"]] == ["Segunda", "Primera"]
    assert [UUID(one["providerId"]) for one in body["byProvider"]] == [second.provider_id, first.provider_id]
    assert [one["city"] for one in body["byCity"]] == ["Rosario", "Córdoba"]
    assert (body["totals"]["created"], body["totals"]["revenueNet"]) == (2, 900.5)


async def test_without_days_the_dashboard_shows_the_last_thirty(http: httpx.AsyncClient, as_analyst: Headers) -> None:
    for params in ({}, {"from": "", "to": ""}):
        reply = await http.get(DASHBOARD, headers=as_analyst, params=params)
        assert (reply.status_code, len(reply.json()["byDay"])) == (200, 30)


@pytest.mark.parametrize(
    "days",
    [
        {"from": "2026-11-21", "to": "2026-11-20"},
        {"from": "2025-01-01", "to": "2026-02-05"},
        {"from": "ayer", "to": "2026-02-05"},
        {"from": "2026-02-30", "to": "2026-03-05"},
        {"from": "0001-01-01", "to": "0001-01-05"},
        {"from": "9999-12-30", "to": "9999-12-31"},
        {"from": "2099-12-31", "to": "2100-01-01"},
    ],
)
@pytest.mark.parametrize("path", [DASHBOARD, f"{DASHBOARD}/{{}}", "/api/v1/analytics/export/{}/csv"])
async def test_days_that_make_no_span_are_refused(
    http: httpx.AsyncClient, busy_shop: Shop, as_analyst: Headers, days: dict[str, str], path: str
) -> None:
    reply = await get(http, path.format(busy_shop.provider_id), as_analyst, **days)
    assert reply.status_code == 422
    assert reply.headers["content-type"] == "application/problem+json"


async def test_a_verticals_dashboard_is_for_its_analysts_and_operators(
    http: httpx.AsyncClient, tokens: Tokens, as_owner: Headers
) -> None:
    someone = AccountId(new_id())
    assert (await get(http, DASHBOARD, {})).status_code == 401
    assert (await get(http, DASHBOARD, as_owner)).status_code == 403
    assert (await get(http, DASHBOARD, tokens.bearer(someone, "analyst:psychology"))).status_code == 403
    assert (await get(http, DASHBOARD, tokens.bearer(someone, "analyst:*"))).status_code == 200


@pytest.mark.parametrize("path", [f"{DASHBOARD}/{{}}", "/api/v1/analytics/export/{}/csv"])
async def test_a_providers_figures_do_not_exist_for_anybody_else(
    http: httpx.AsyncClient, tokens: Tokens, busy_shop: Shop, as_analyst: Headers, as_owner: Headers, path: str
) -> None:
    mine = path.format(busy_shop.provider_id)
    stranger = tokens.bearer(AccountId(new_id()), "client provider:barber staff:barber")
    assert (await get(http, mine, {})).status_code == 401
    assert (await get(http, mine, stranger)).status_code == 404
    assert (await get(http, mine, as_owner | {"X-Vertical": "psychology"})).status_code == 404
    assert (await get(http, path.format(new_id()), as_analyst)).status_code == 404
    assert {(await get(http, mine, headers)).status_code for headers in (as_owner, as_analyst)} == {200}


async def test_the_export_is_a_sheet_of_days_with_formulas_made_harmless(
    context: AnalyticsContext, http: httpx.AsyncClient, as_owner: Headers, shop: Shop
) -> None:
    shop.city = '=HYPERLINK("http://x","Ver")'
    await project(context, [shop.registered(), shop.booking(BookingStatus.CONFIRMED), shop.payment(DEPOSIT, version=2)])
    reply = await get(http, f"/api/v1/analytics/export/{shop.provider_id}/csv", as_owner)
    assert reply.headers["content-type"] == "text/csv; charset=utf-8"
    assert f'filename="turnos-{shop.provider_id}-2026-11-19-2026-11-21.csv"' in reply.headers["content-disposition"]
    (row,) = csv.DictReader(StringIO(reply.text, newline=""))
    assert row == {
        "date": "2026-11-20",
        "city": f"'{shop.city}",
        "province": "X",
        "bookings_created": "1",
        "bookings_held": "0",
        "confirmed": "1",
        "cancelled": "0",
        "completed": "0",
        "no_show": "0",
        "expired": "0",
        "conversion": "1.0",
        "revenue_captured": "900.5",
        "revenue_refunded": "0",
        "revenue_net": "900.5",
    }


async def test_a_long_export_comes_whole_page_by_page(
    context: AnalyticsContext, http: httpx.AsyncClient, as_analyst: Headers, shop: Shop
) -> None:
    bookings = [
        shop.booking(created_at=NOON + timedelta(days=day), city=city)
        for day in range(400)
        for city in ("Córdoba", "Rosario")
    ]
    await project(context, [shop.registered(), *bookings])
    days = {"from": "2026-11-20", "to": str(date(2026, 11, 20) + timedelta(399))}
    reply = await get(http, f"/api/v1/analytics/export/{shop.provider_id}/csv", as_analyst, **days)
    rows = list(csv.DictReader(StringIO(reply.text, newline="")))
    assert len({(row["date"], row["city"]) for row in rows}) == len(rows) == 800


async def test_an_export_of_empty_days_is_a_header_row(
    context: AnalyticsContext, http: httpx.AsyncClient, as_owner: Headers, shop: Shop
) -> None:
    await project(context, [shop.registered()])
    reply = await get(http, f"/api/v1/analytics/export/{shop.provider_id}/csv", as_owner)
    assert reply.text.startswith("date,city,province,")
    assert reply.text.count("\r\n") == 1
