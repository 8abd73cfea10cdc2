"""An empty sandbox for each test, and builders for what a client sends."""

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

# pytest names test modules after their folders and makes a package of each; this folder is called like the package
# under test, which gets its name back here.
if getattr(sys.modules.get("sandbox"), "__file__", None) is None:
    sys.modules.pop("sandbox", None)

from sandbox.testing import VISA, Receiver, a_card, bind, in_process, receiving, settings_for

PORTS = range(24000, 24100)

Json = dict[str, Any]
Make = Callable[..., Awaitable[Json]]


@pytest.fixture(scope="session")
async def one_sandbox(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx.AsyncClient]:
    """The sandbox that tests share: building one takes longer than most of them."""
    async with in_process(settings_for(tmp_path_factory.mktemp("sandbox") / "sandbox.db")) as made:
        yield made


@pytest.fixture
async def client(one_sandbox: httpx.AsyncClient) -> httpx.AsyncClient:
    """A client of a sandbox without records, every knob at rest."""
    await one_sandbox.delete("/sandbox/data")
    await one_sandbox.delete("/sandbox/knobs")
    return one_sandbox


@pytest.fixture(scope="session")
async def one_receiver() -> AsyncIterator[Receiver]:
    """The seller's endpoint that tests share, on a real port."""
    async with receiving(bind(PORTS)) as made:
        yield made


@pytest.fixture
def receiver(one_receiver: Receiver) -> Receiver:
    """A seller's endpoint that has heard nothing yet."""
    one_receiver.forget()
    return one_receiver


@pytest.fixture
def a_preference(client: httpx.AsyncClient) -> Make:
    """Builder: a preference of $ 1.234,56, with any field changed."""

    async def make(**changes: Any) -> Json:
        item = {"id": "corte", "title": "Corte", "quantity": 1, "unit_price": 1234.56, "currency_id": "ARS"}
        reply = await client.post("/checkout/preferences", json={"items": [item], **changes})
        assert reply.status_code == 201, reply.text
        made: Json = reply.json()
        return made

    return make


@pytest.fixture
def a_payment(client: httpx.AsyncClient, a_preference: Make) -> Make:
    """Builder: a payment of a new preference by this holder and method."""

    async def make(holder: str = "APRO", method: str = "visa", **changes: Any) -> Json:
        preference = await a_preference(**changes)
        wish = {"holder": holder, "method": method}
        reply = await client.post(f"/sandbox/checkout/{preference['id']}/pay", json=wish)
        assert reply.status_code == 201, reply.text
        made: Json = reply.json()
        return made

    return make


@pytest.fixture
def a_token(client: httpx.AsyncClient) -> Callable[..., Awaitable[str]]:
    """Builder: the id of a fresh card token of this holder and number."""

    async def make(holder: str = "APRO", number: str = VISA, **changes: Any) -> str:
        reply = await client.post("/v1/card_tokens", json={**a_card(holder, number), **changes})
        assert reply.status_code == 201, reply.text
        return str(reply.json()["id"])

    return make
