"""The monitoring API, before a source of figures that says what a test wants."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
from services.analytics.tests.builders import Shop, project
from services.analytics.tests.sights import Told, good, load

from analytics import usecases
from analytics.api.exposition import exposition
from analytics.app import SERVICE
from analytics.domain.sight import Blind, Sample, Sight
from analytics.settings import Settings
from analytics.usecases import AnalyticsContext
from common.auth import Principal
from common.db import Way
from common.testing import Databases, Tokens, api_client, settings_for
from common.uow import UnitOfWork, close_databases, open_databases
from common.verticals import Verticals
from contracts.ids import AccountId, new_id

MONITORING = "/api/v1/monitoring"
READ = (f"{MONITORING}/dashboard", f"{MONITORING}/health", f"{MONITORING}/launch-report", "/api/v1/metrics")
REPORTS = {
    f"{MONITORING}/websocket/connections": {"connections": 3},
    f"{MONITORING}/webhook/payment": {"outcome": "ok"},
}
Headers = dict[str, str]


@pytest.fixture(scope="session")
def told() -> Told:
    return Told()


@pytest.fixture(scope="session")
async def watched(databases: Databases, tokens: Tokens, told: Told) -> AsyncIterator[httpx.AsyncClient]:
    """The API before that source."""

    @asynccontextmanager
    async def build(settings: Settings, uow: UnitOfWork, verticals: Verticals) -> AsyncIterator[AnalyticsContext]:
        async with SERVICE.build(settings, uow, verticals) as context:
            yield replace(context, figures=told)

    async with api_client(replace(SERVICE, build=build), settings_for(Settings, databases), tokens) as (http, _):
        yield http


@pytest.fixture
def sees(told: Told) -> Told:
    """Good figures, and a service at work."""
    told.sight = Sight.of([*good(), *load("booking", 20, 40, pods=2), Sample("platform:stream_clients:sum", {}, 3)])
    return told


@pytest.mark.parametrize("path", READ)
async def test_only_operators_are_told(
    watched: httpx.AsyncClient, as_analyst: Headers, as_operator: Headers, path: str
) -> None:
    statuses = [(await watched.get(path, headers=who)).status_code for who in ({}, as_analyst, as_operator)]
    assert statuses == [401, 403, 200]


@pytest.mark.parametrize("path", REPORTS)
async def test_only_operators_report(
    watched: httpx.AsyncClient, as_analyst: Headers, as_operator: Headers, path: str
) -> None:
    statuses = [
        (await watched.post(path, json=REPORTS[path], headers=who)).status_code for who in ({}, as_analyst, as_operator)
    ]
    assert statuses == [401, 403, 202]


async def test_the_dashboard_has_promises_traffic_and_todays_figures(
    watched: httpx.AsyncClient, sees: Told, as_operator: Headers
) -> None:
    body = (await watched.get(READ[0], headers=as_operator)).json()
    promises = {one["name"]: one for one in body["promises"]}
    assert (promises["errors"]["value"], promises["errors"]["verdict"]) == (0.9995, "ok")
    assert (promises["errors"]["title"], promises["errors"]["kind"]) == ("Título de errors", "share")
    assert body["traffic"] == {"requestsPerSecond": 20, "errorShare": None, "p95Ms": None, "streamClients": 3}
    assert set(body["verticals"]) == {"barber"}, "operates no other"
    assert body["verticals"]["barber"]["today"]["created"] >= 0
    assert (body["blind"], body["services"]) == (None, {})


async def test_an_operator_of_everything_sees_every_vertical(
    watched: httpx.AsyncClient, sees: Told, tokens: Tokens
) -> None:
    headers = tokens.bearer(AccountId(new_id()), "operator:*")
    assert set((await watched.get(READ[0], headers=headers)).json()["verticals"]) == {"barber", "psychology"}


async def test_a_vertical_whose_database_is_away_takes_nothing_else_with_it(
    context: AnalyticsContext, databases: Databases
) -> None:
    here = await open_databases({"barber": databases.dsns["barber"]}, 1, "here")
    away = await open_databases({"psychology": "postgresql://analytics@127.0.0.1:1/away"}, 1, "away", Way.REPLICA)
    operator = Principal(AccountId(new_id()), frozenset({"operator:*"}), 0)
    try:
        partly = replace(context, uow=UnitOfWork("analytics", {**here, **away}, lambda _scope: None))
        seen = await usecases.watch_all(partly, "barber", operator)
    finally:
        await close_databases((*here.values(), *away.values()))
    assert {name: one is None for name, one in seen.today.items()} == {"barber": False, "psychology": True}
    assert {name: one is None for name, one in seen.reported.items()} == {"barber": False, "psychology": True}
    assert exposition(seen)


async def test_without_prometheus_everything_of_it_is_unknown_and_the_answer_is_200(
    watched: httpx.AsyncClient, told: Told, as_operator: Headers
) -> None:
    told.sight = Sight(blind=Blind.UNREACHABLE)
    dashboard, health, launch, metrics = [await watched.get(path, headers=as_operator) for path in READ]
    assert dashboard.json()["blind"]["code"] == "prometheus-unreachable"
    assert dashboard.json()["promises"] == []
    assert set(dashboard.json()["traffic"].values()) == {None}
    states = {name: part["state"] for name, part in health.json()["parts"].items()}
    assert (health.json()["status"], set(states.values())) == ("unknown", {"unknown"})
    assert (launch.json()["ready"], launch.json()["scaling"]) == (False, [])
    assert "barberpro_figures_known 0.0" in metrics.text
    assert "barberpro_objective_value{" not in metrics.text


async def test_the_launch_report_says_why_and_what_to_scale(
    watched: httpx.AsyncClient, sees: Told, as_operator: Headers
) -> None:
    body = (await watched.get(READ[2], headers=as_operator)).json()
    verdicts = {one["name"]: one["verdict"] for one in body["criteria"]}
    assert (verdicts.pop("services"), set(verdicts.values())) == ("unknown", {"ok"})
    assert not body["ready"], "nobody watches a service here"
    (booking,) = body["scaling"]
    assert (booking["podRequestsPerSecond"], booking["measured"], booking["podsNeeded"]) == (72.7, False, 2)
    assert (booking["predictedRequestsPerSecond"], booking["podsForBurstOf10"]) == (40, 6)


async def test_metrics_are_in_prometheus_text_format(
    watched: httpx.AsyncClient, sees: Told, as_operator: Headers
) -> None:
    reply = await watched.get(READ[3], headers=as_operator)
    assert reply.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    lines = reply.text.splitlines()
    assert 'barberpro_objective_value{objective="errors"} 0.9995' in lines
    assert 'barberpro_objective_kept{objective="errors"} 1.0' in lines
    assert 'barberpro_service_requests_per_second{service="booking"} 20.0' in lines
    assert "barberpro_figures_known 1.0" in lines


async def test_what_is_reported_is_shown_as_reported_and_moves_no_figure(
    watched: httpx.AsyncClient, context: AnalyticsContext, sees: Told, shop: Shop, tokens: Tokens
) -> None:
    headers = tokens.bearer(AccountId(new_id()), "operator:psychology") | {"X-Vertical": "psychology"}
    await project(context, [shop.booking()], "psychology")
    before = (await watched.get(READ[0], headers=headers)).json()["verticals"]["psychology"]["today"]
    for count in (9, 4):
        body = {"connections": count, "reporter": "app"}
        await watched.post(f"{MONITORING}/websocket/connections", json=body, headers=headers)
    for count in (2, 5):
        body = {"outcome": "orphan", "count": count}
        await watched.post(f"{MONITORING}/webhook/payment", json=body, headers=headers)
    after = (await watched.get(READ[0], headers=headers)).json()["verticals"]["psychology"]
    said = [(one["subject"], one["name"], one["outcome"], one["count"]) for one in after["reported"]]
    assert said == [("connections", "app", None, 4), ("webhooks", "mercadopago", "orphan", 7)]
    assert after["today"] == before
    text = (await watched.get(READ[3], headers=headers)).text
    assert 'barberpro_reported_connections{reporter="app",vertical="psychology"} 4.0' in text


async def test_the_same_report_under_one_key_counts_once(
    watched: httpx.AsyncClient, context: AnalyticsContext, as_operator: Headers
) -> None:
    headers = as_operator | {"Idempotency-Key": str(new_id())}
    body = {"outcome": "dead", "count": 977}
    replies = [await watched.post(f"{MONITORING}/webhook/payment", json=body, headers=headers) for _ in range(2)]
    assert [(one.status_code, one.json()) for one in replies] == [(202, {"status": "accepted"})] * 2
    async with context.uow.read("barber") as session:
        assert await session.connection.fetchval("SELECT count(*) FROM report WHERE count = 977") == 1


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("websocket/connections", {}),
        ("websocket/connections", {"connections": -1}),
        ("websocket/connections", {"connections": 1_000_001}),
        ("websocket/connections", {"connections": "3"}),
        ("websocket/connections", {"connections": True}),
        ("websocket/connections", {"connections": 3, "reporter": "Ana Canario"}),
        ("websocket/connections", {"connections": 3, "host": "a"}),
        ("webhook/payment", {}),
        ("webhook/payment", {"outcome": "fine"}),
        ("webhook/payment", {"outcome": "ok", "count": 0}),
        ("webhook/payment", {"outcome": "ok", "count": 2.0}),
        ("webhook/payment", {"outcome": "ok", "provider": "another"}),
        ("webhook/payment", {"outcome": "ok", "paymentId": "1"}),
    ],
)
async def test_what_is_not_on_the_closed_lists_or_out_of_bounds_is_refused(
    watched: httpx.AsyncClient, as_operator: Headers, path: str, body: dict[str, Any]
) -> None:
    assert (await watched.post(f"{MONITORING}/{path}", json=body, headers=as_operator)).status_code == 422
