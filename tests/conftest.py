"""One whole stack for the run: real PostgreSQL, Kafka and HAProxy, every service and the sandbox as processes.

TEST_STACK=keep leaves it running, for a second run or a look into it; otherwise nothing of it stays.
TEST_STACK=containers takes docker-compose.yml's containers, as `make compose-test` does.
"""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

import pytest
from tests.town.client import Gateway
from tests.town.contained import contained
from tests.town.outside import Outside
from tests.town.people import People
from tests.town.records import Records
from tests.town.shops import Shop, open_shop
from tests.town.town import Town

from localstack.ports import find_ports
from localstack.stack import Stack

ROOT: Final = Path(__file__).parents[1]
HOME: Final = ROOT / ".local" / "test-stack"
CONTAINERS_HOME: Final = ROOT / ".local" / "test-containers"
_FIRST_OFFSET: Final = 6500
_START_SECONDS: Final = 280
_START_CONTAINERS_SECONDS: Final = 600


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whichever test comes first waits for the stack: on a busy machine that takes longer than nearly any test."""
    seconds = _START_CONTAINERS_SECONDS if os.environ.get("TEST_STACK") == "containers" else _START_SECONDS
    for item in items:
        if "stack" in getattr(item, "fixturenames", ()) and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(seconds))


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """Ready; its data is this run's alone."""
    kind = os.environ.get("TEST_STACK", "")
    if kind == "containers":
        with contained(CONTAINERS_HOME, find_ports(_FIRST_OFFSET)) as running:
            yield running
        return
    keep = kind == "keep"
    if keep and (HOME / "secrets.json").exists():
        stack = Stack(HOME)
    else:
        Stack(HOME).reset()
        stack = Stack(HOME, find_ports(_FIRST_OFFSET).offset)
    try:
        stack.up()
        yield stack
    finally:
        if not keep:
            stack.reset()


@pytest.fixture(scope="session")
async def town(stack: Stack) -> AsyncIterator[Town]:
    """Everything a story needs: the gateway, people, the world outside, and what is on record."""
    context = stack.context
    async with Gateway.at(context.public_url) as gateway, Outside.at(context.sandbox_url) as outside:
        await outside.behave()
        records = Records(context)
        try:
            yield Town(stack, gateway, outside, People(gateway, outside, context.secrets.operator_password), records)
        finally:
            await records.close()


@pytest.fixture(scope="session")
async def shop(town: Town) -> Shop:
    """A barber's that never closes, with two barbers and two chairs; half the price is paid in advance."""
    return await open_shop(town, staff=2)
