"""Figures that somebody is woken by: they are moved by what they count, and not shown where they are old."""

import asyncio

import pytest
from libs.common.tests.test_away import by_a_line
from prometheus_client import REGISTRY

from common import road
from common.auth import TokenVerifier
from common.db import Session, connect
from common.errors import NotReady
from common.metrics import OUTBOX_AGE
from common.outbox import Relay
from common.settings import ServiceSettings
from common.testing import AUDIENCE, ISSUER, Databases, Tokens, eventually, settings_for
from contracts.ids import AccountId, new_id


def figure(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def test_connections_are_counted_while_they_are_held_and_failures_when_there_is_none(
    toy_databases: Databases,
) -> None:
    before, failed = figure("db_pool_connections", way="direct"), figure("db_connection_failures_total")
    async with by_a_line(toy_databases) as (uow, line):
        assert figure("db_pool_connections", way="direct") > before
        assert figure("db_connection_failures_total") == failed
        await line.cut()
        with pytest.raises(NotReady):
            async with uow.begin("barber"):
                pass
        with pytest.raises(NotReady):
            async with uow.begin("barber"):
                pass
    assert figure("db_pool_connections", way="direct") == before
    assert figure("db_connection_failures_total") > failed


async def test_a_relay_that_stands_by_shows_no_age_of_an_outbox(toy_databases: Databases) -> None:
    dsn = toy_databases.dsns["barber"]
    relay = Relay("standby", "barber", dsn, settings_for(ServiceSettings, toy_databases))
    shown = OUTBOX_AGE.labels("standby", "barber")
    shown.set(99)
    another = await connect(dsn, "another-relay")
    assert await Session(another).value(road.LOCK_RELAY)
    running = asyncio.create_task(relay.run())
    await eventually(lambda: age_shown("standby") is None)
    relay.stop()
    await asyncio.wait_for(running, 10)
    another.terminate()


def age_shown(service: str) -> float | None:
    return REGISTRY.get_sample_value("outbox_oldest_seconds", {"service": service, "scope": "barber"})


def test_a_token_seen_before_is_a_hit(tokens: Tokens) -> None:
    verifier = TokenVerifier(ISSUER, AUDIENCE)
    verifier.learn(tokens.jwks())
    bearer = tokens.bearer(AccountId(new_id()))["Authorization"].removeprefix("Bearer ")
    before = {result: figure("cache_requests_total", cache="tokens", result=result) for result in ("hit", "miss")}
    for _ in range(3):
        verifier.verify(bearer)
    assert figure("cache_requests_total", cache="tokens", result="hit") == before["hit"] + 2
    assert figure("cache_requests_total", cache="tokens", result="miss") == before["miss"] + 1
