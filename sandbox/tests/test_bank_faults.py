"""Errors, silence and slowness of the bank."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from sandbox.app import create_app
from sandbox.testing import Bank, a_batch, bind, client_of, serving, settings_for


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A sandbox behind a real listener: hanging up is a real disconnection."""
    app = create_app(settings_for(tmp_path / "sandbox.db"))
    async with serving(app, bind(range(24000, 24100))) as address, client_of(None, address) as client:
        yield client


@pytest.mark.parametrize(
    ("kind", "status", "content"), [("429", 429, "json"), ("500", 500, "json"), ("html", 502, "html")]
)
async def test_the_bank_refuses_before_it_does_anything(
    client: httpx.AsyncClient, kind: str, status: int, content: str
) -> None:
    bank = Bank(client)
    await client.put(
        "/sandbox/knobs",
        json={"bank_error_rate": 1, "bank_error_kind": kind, "retry_after_seconds": 7, "max_faults": 1},
    )

    reply = await bank.send(a_batch())

    assert reply.status_code == status
    assert content in reply.headers["content-type"]
    assert reply.headers.get("retry-after") == ("7" if kind == "429" else None)
    assert (await bank.look("payment-batches/b-1")).status_code == 404


async def test_the_bank_s_errors_are_not_mercadopago_s(client: httpx.AsyncClient) -> None:
    await client.put("/sandbox/knobs", json={"bank_error_rate": 1})
    mercadopago = await client.get("/v1/payments/search")
    await client.put("/sandbox/knobs", json={"error_rate": 1})
    bank = await Bank(client).look("movements")

    assert (mercadopago.status_code, bank.status_code) == (200, 200)


async def test_a_batch_is_accepted_though_its_caller_gives_up_waiting(served: httpx.AsyncClient) -> None:
    bank = Bank(served)
    await served.put("/sandbox/knobs", json={"bank_timeout_after_accept": 1, "fault_path": "payment-batches"})
    served.timeout = httpx.Timeout(0.3)

    with pytest.raises(httpx.ReadTimeout):
        await bank.send(a_batch())

    served.timeout = httpx.Timeout(5)
    await served.delete("/sandbox/knobs")
    assert (await bank.send(a_batch())).status_code == 200
    assert len((await bank.look("movements")).json()["items"]) == 1


async def test_a_slow_bank_answers_all_the_same(client: httpx.AsyncClient) -> None:
    await client.put("/sandbox/knobs", json={"bank_slow_ms": 60})
    began = time.monotonic()

    reply = await Bank(client).look("movements")

    assert reply.status_code == 200
    assert time.monotonic() - began >= 0.06
