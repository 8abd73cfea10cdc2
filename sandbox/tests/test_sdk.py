"""The official `mercadopago` SDK, unchanged but for the address, against a real listener."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from mercadopago import SDK
from mercadopago.config import RequestOptions
from mercadopago.http import HttpClient

from sandbox.app import create_app
from sandbox.testing import (
    MASTERCARD,
    MERCADOPAGO_TOKEN,
    Disputes,
    a_card,
    bind,
    client_of,
    serving,
    settings_for,
)

API = "https://api.mercadopago.com"


def sdk_at(address: str) -> Any:
    """The SDK with its hard-coded host replaced."""

    def request(self: Any, method: str, url: str, **kwargs: Any) -> Any:
        return HttpClient.request(self, method, url.replace(API, address), **kwargs)

    return SDK(MERCADOPAGO_TOKEN, http_client=type("Local", (HttpClient,), {"request": request})())


@pytest.fixture
async def address(tmp_path: Path) -> AsyncIterator[str]:
    """Where an empty sandbox listens."""
    app = create_app(settings_for(tmp_path / "sandbox.db"))
    async with serving(app, bind(range(24000, 24100))) as made:
        yield made


@pytest.fixture
def sdk(address: str) -> Any:
    """An SDK of that sandbox."""
    return sdk_at(address)


async def test_the_sdk_creates_a_preference_pays_searches_and_refunds(sdk: Any) -> None:
    def session() -> None:
        items = [{"title": "Corte", "quantity": 1, "unit_price": 3000.5}]
        preference = sdk.preference().create({"items": items, "external_reference": "pi-1"})
        assert preference["status"] == 201
        assert preference["response"]["init_point"]

        token = sdk.card_token().create(a_card("APRO", MASTERCARD))["response"]["id"]
        body = {
            "transaction_amount": 3000.5,
            "token": token,
            "installments": 1,
            "payment_method_id": "master",
            "payer": {"email": "quien@paga.example"},
            "external_reference": "pi-1",
        }
        options = RequestOptions(MERCADOPAGO_TOKEN, custom_headers={"x-idempotency-key": "pi:1:a1"})
        paid = sdk.payment().create(body, options)
        assert paid["response"]["status"] == "approved"
        assert sdk.payment().create(body, options)["response"]["id"] == paid["response"]["id"]

        found = list(sdk.payment().search_auto_paging_iter({"external_reference": "pi-1"}))
        assert [each["id"] for each in found] == [paid["response"]["id"]]

        refund = sdk.refund().create(paid["response"]["id"])
        assert refund["status"] == 201
        assert sdk.payment().get(paid["response"]["id"])["response"]["status"] == "refunded"

    await asyncio.to_thread(session)


async def test_the_sdk_reads_a_chargeback_by_its_id_and_by_its_payment(sdk: Any, address: str) -> None:
    body = {"transaction_amount": 10, "payment_method_id": "account_money", "payer": {"email": "quien@paga.example"}}
    paid = (await asyncio.to_thread(sdk.payment().create, body))["response"]
    async with client_of(None, address) as client:
        opened = await Disputes(client).charge_back(paid["id"])

    got = await asyncio.to_thread(sdk.chargeback().get, opened["id"])
    found = await asyncio.to_thread(sdk.chargeback().search, {"payment_id": paid["id"]})

    assert got["response"] == opened
    assert found["response"]["results"] == [opened]


async def test_the_sdk_sees_errors_in_the_shape_it_knows(sdk: Any) -> None:
    def session() -> tuple[int, Any]:
        reply = sdk.payment().get(1)
        return reply["status"], reply["response"]

    status, body = await asyncio.to_thread(session)

    assert status == 404
    assert body["cause"][0]["code"] == 2000
