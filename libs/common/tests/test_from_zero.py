"""What has not happened yet is counted as none, so that the first time is an increase that an alert can see."""

import asyncio
from uuid import UUID

from prometheus_client import REGISTRY

from common.due import OneByOne, readable, settle_due
from common.inbox import Inbox
from common.outbox import Relay
from common.service import Context
from common.settings import ServiceSettings
from common.subscriptions import Subscriptions, react
from common.testing import Databases, settings_for
from common.uow import UnitOfWork, Work
from common.verticals import Verticals
from common.worker import _repeat
from contracts.analytics import ClientActivity
from contracts.envelope import Event


def shown(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


async def nothing(*_: object) -> int:
    return 0


def test_rounds_of_a_relay_that_were_repeated(toy_databases: Databases) -> None:
    Relay("untouched", "barber", toy_databases.dsns["barber"], settings_for(ServiceSettings, toy_databases))
    assert shown("outbox_relay_failures_total", service="untouched", scope="barber") == 0


def test_events_that_were_parked(uow: UnitOfWork) -> None:
    async def ignore(_context: Context, _work: Work, _event: Event[ClientActivity]) -> None:
        return

    Inbox("untouched", "barber", Context(uow, Verticals({})), uow, Subscriptions([react(ClientActivity, ignore)]))
    found = shown("events_parked_total", service="untouched", scope="barber", topic=ClientActivity.topic)
    assert found == 0


async def test_rounds_of_a_job_that_failed() -> None:
    stopped = asyncio.Event()

    async def once() -> int:
        stopped.set()
        return 0

    await _repeat("untouched", "upkeep", 3600.0, once, stopped)
    assert shown("job_runs_total", service="untouched", job="upkeep", outcome="failed") == 0


async def test_rows_that_were_put_off_when_settled() -> None:
    async def none_due() -> list[UUID]:
        return []

    await settle_due("untouched", nothing, OneByOne(none_due, nothing, _no_more))
    assert shown("job_rows_put_off_total", job="untouched") == 0


def test_rows_that_were_put_off_when_read() -> None:
    readable("unread", [], dict)
    assert shown("job_rows_put_off_total", job="unread") == 0


async def _no_more(_id: UUID) -> None:
    return
