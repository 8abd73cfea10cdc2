"""Dashboards and the export are read where reads may lag."""

import httpx
import pytest
from services.analytics.tests.builders import Shop, project
from services.analytics.tests.test_dashboards import DASHBOARD, DAYS, Headers, of_shop

from analytics.app import SERVICE
from analytics.settings import Settings
from analytics.usecases import AnalyticsContext
from common.testing import Databases, Tokens, api_client, settings_for


@pytest.fixture
async def known_shop(context: AnalyticsContext, shop: Shop) -> Shop:
    await project(context, [shop.registered()])
    return shop


async def statuses(http: httpx.AsyncClient, shop: Shop, headers: Headers) -> list[int]:
    paths = DASHBOARD, of_shop(shop), f"/api/v1/analytics/export/{shop.provider_id}/csv"
    return [(await http.get(path, headers=headers, params=DAYS)).status_code for path in paths]


async def test_figures_are_read_from_the_replica(
    databases: Databases, known_shop: Shop, as_analyst: Headers, tokens: Tokens
) -> None:
    """The verifier reads alone: what it is let do writes nothing."""
    replica = {scope: f"{databases.verifier_dsn}?search_path={scope},extensions" for scope in databases.dsns}
    settings = settings_for(Settings, databases, replica_databases=replica)
    async with api_client(SERVICE, settings, tokens) as (http, _context):
        assert await statuses(http, known_shop, as_analyst) == [200, 200, 200]


async def test_figures_are_not_ready_while_the_replica_is_away_and_all_else_is(
    databases: Databases, known_shop: Shop, as_analyst: Headers, tokens: Tokens
) -> None:
    nowhere = dict.fromkeys(databases.dsns, "postgresql://verifier@127.0.0.1:1/analytics")
    settings = settings_for(Settings, databases, replica_databases=nowhere)
    async with api_client(SERVICE, settings, tokens) as (http, _context):
        assert await statuses(http, known_shop, as_analyst) == [503, 503, 503]
        assert (await http.get("/health/ready")).status_code == 200
