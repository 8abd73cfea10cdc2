"""Other ways to the same database: what reads may lag, and settings that lead nowhere else."""

import re
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
from pydantic import ValidationError

from common.app import running
from common.errors import NotReady
from common.service import Context, Service
from common.settings import ServiceSettings
from common.testing import Databases, settings_for
from common.uow import UnitOfWork


@pytest.fixture
def replicas(toy_databases: Databases) -> Mapping[str, str]:
    """A role of its own tells this way from the other."""
    return {scope: f"{toy_databases.verifier_dsn}?search_path={scope},extensions" for scope in toy_databases.dsns}


@pytest.fixture
async def uow(
    toy: Service[ServiceSettings, Context], toy_databases: Databases, replicas: Mapping[str, str]
) -> AsyncIterator[UnitOfWork]:
    settings = settings_for(toy.settings, toy_databases, replica_databases=replicas)
    async with running(toy, settings, is_api=True) as context:
        yield context.uow


async def test_what_may_lag_is_read_from_the_replica_and_nothing_else_is(
    uow: UnitOfWork, toy_databases: Databases
) -> None:
    who = []
    for way in (uow.read_lagging, uow.read, uow.begin):
        async with way("barber") as session:
            who.append(await session.connection.fetchval("SELECT current_user::text"))
    own = urlsplit(toy_databases.dsns["barber"]).username
    assert who == ["verifier", own, own]


async def test_what_may_lag_writes_nothing_where_there_is_no_replica_either(
    toy: Service[ServiceSettings, Context], toy_databases: Databases
) -> None:
    settings = settings_for(toy.settings, toy_databases)
    async with running(toy, settings, is_api=True) as context, context.uow.read_lagging("barber") as session:
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await session.connection.execute("UPDATE thing SET seen = 1")


async def test_a_replica_that_is_away_takes_only_what_may_lag_with_it(
    toy: Service[ServiceSettings, Context], toy_databases: Databases
) -> None:
    nowhere = dict.fromkeys(toy_databases.dsns, "postgresql://verifier@127.0.0.1:1/toy")
    settings = settings_for(toy.settings, toy_databases, replica_databases=nowhere)
    async with running(toy, settings, is_api=True) as context:
        async with context.uow.read("barber") as session:
            assert await session.connection.fetchval("SELECT 1") == 1
        with pytest.raises(NotReady):
            async with context.uow.read_lagging("barber"):
                pass


async def test_a_worker_has_no_use_for_a_replica(
    toy: Service[ServiceSettings, Context], toy_databases: Databases, replicas: Mapping[str, str]
) -> None:
    settings = settings_for(toy.settings, toy_databases, replica_databases=replicas)
    async with running(toy, settings) as context, context.uow.read_lagging("barber") as session:
        own = urlsplit(toy_databases.dsns["barber"]).username
        assert await session.connection.fetchval("SELECT current_user::text") == own


@pytest.mark.parametrize("name", ["pooled_databases", "replica_databases"])
@pytest.mark.parametrize(
    ("dsns", "said"),
    [
        ({"barber": "postgresql://server/toy"}, "the DSN of ['barber'] is that in DATABASES"),
        ({"psychology": "postgresql://elsewhere/toy"}, "has not the scopes ['barber']"),
    ],
)
def test_a_way_that_is_the_direct_one_or_another_scope_s_is_refused(
    name: str, dsns: Mapping[str, str], said: str
) -> None:
    direct = Databases("toy", {"barber": "postgresql://server/toy"}, {}, "")
    more: dict[str, Any] = {name: dsns}
    with pytest.raises(ValidationError, match=re.escape(said)):
        settings_for(ServiceSettings, direct, **more)
