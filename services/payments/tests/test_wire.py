"""The whole wire: the API on a port, the SDK, the sandbox's signed webhooks, and what goes wrong between them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from pydantic import SecretStr
from services.payments.tests.builders import SCOPE, Booked, Road, drain
from services.payments.tests.conftest import PORTS, Sandbox, http_client
from services.payments.tests.fake import FakeMercadoPago

from common.app import create_app
from common.settings import SHARED
from common.testing import Tokens, eventually
from contracts.booking import BookingExpired, BookingStatus
from contracts.ids import PaymentId, RefundId, new_id
from payments import usecases
from payments.app import SERVICE
from payments.settings import WEBHOOK_PATH, Settings
from sandbox.testing import bind, serving


@dataclass
class Wire(Road):
    """As Road, with the sandbox at the other end."""

    sandbox: Sandbox

    async def pay_page(self, made: dict[str, Any], holder: str = "APRO") -> dict[str, Any]:
        """The payer follows the link."""
        page = httpx.URL(made["initPoint"]).params["pref_id"]
        reply = await self.sandbox.pay(page, holder)
        assert reply.status_code == 201, reply.text
        paid: dict[str, Any] = reply.json()
        return paid

    async def made(self, booked: Booked) -> tuple[dict[str, Any], PaymentId]:
        reply = await self.ask(booked)
        assert reply.status_code == 201, reply.text
        return reply.json(), PaymentId(UUID(reply.json()["id"]))

    async def work(self) -> None:
        """One round of every job."""
        await drain(usecases.look_into_webhooks, self.context, SHARED)
        await drain(usecases.make_due_refunds, self.context, SCOPE)
        await drain(usecases.close_due_payments, self.context, SCOPE)

    async def becomes(self, payment_id: PaymentId, status: str) -> None:
        """Work until the payment stands there."""

        async def there() -> bool:
            await self.work()
            return await self.status(payment_id) == status

        done: bool = await eventually(there)
        assert done

    async def all_delivered(self, charge_id: int) -> list[dict[str, Any]]:
        """Wait until no notification about the payment is on its way."""

        async def done() -> list[dict[str, Any]]:
            found = (await self.sandbox.http.get("/sandbox/webhooks", params={"payment_id": charge_id})).json()
            deliveries: list[dict[str, Any]] = found["deliveries"]
            return deliveries if all(each["state"] != "pending" for each in deliveries) else []

        return await eventually(done)

    async def at_mercadopago(self, payment_id: PaymentId) -> list[dict[str, Any]]:
        """The sandbox's own record of what was paid."""
        params = {"external_reference": f"{SCOPE}.{payment_id}"}
        found = await self.sandbox.http.get("/sandbox/payments", params=params)
        payments: list[dict[str, Any]] = found.json()["payments"]
        return payments


@asynccontextmanager
async def wired(settings: Settings, tokens: Tokens, sandbox: Sandbox, token: str) -> AsyncIterator[Wire]:
    listener = bind(PORTS)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    own = settings.model_copy(
        update={
            "mercadopago_url": sandbox.url,
            "mercadopago_token": SecretStr(token),
            "mercadopago_seconds": 0.5,
            "webhook_url": f"{url}{WEBHOOK_PATH}",
        }
    )
    app = create_app(replace(SERVICE), own)
    async with serving(app, listener) as address, http_client(address, **{"X-Vertical": SCOPE}) as http:
        app.state.verifier.learn(tokens.jwks())
        yield Wire(http, app.state.context, tokens, FakeMercadoPago(), sandbox)


@pytest.fixture(scope="module")
async def running_wire(
    settings: Settings, tokens: Tokens, running_sandbox: Sandbox, sandbox_token: str
) -> AsyncIterator[Wire]:
    async with wired(settings, tokens, running_sandbox, sandbox_token) as made:
        yield made


@pytest.fixture
def wire(running_wire: Wire, sandbox: Sandbox) -> Wire:
    assert sandbox is running_wire.sandbox
    return running_wire


async def test_a_payment_is_confirmed_by_the_sandbox_s_own_webhook(wire: Wire) -> None:
    made, payment_id = await wire.made(await wire.book(due=123_456))
    paid = await wire.pay_page(made)
    await wire.becomes(payment_id, "paid")
    deliveries = await wire.all_delivered(paid["id"])
    assert [each["attempts"][-1]["status"] for each in deliveries] == [200]
    (known,) = await wire.at_mercadopago(payment_id)
    assert known["sandbox"]["captured_minor"] == await wire.held(payment_id) == 123_456


async def test_a_card_whose_answer_never_comes_is_charged_once(wire: Wire) -> None:
    booked, token = await wire.book(), await wire.sandbox.card()
    await wire.sandbox.knobs(timeout_after_accept=1, max_faults=1, duplicate=3)
    assert (await wire.pay_by_card(booked, token=token, installments=6)).status_code == 503
    paid = await wire.pay_by_card(booked, token=token, installments=6)
    assert (paid.status_code, paid.json()["status"]) == (201, "paid")
    payment_id = PaymentId(UUID(paid.json()["id"]))
    (known,) = await wire.at_mercadopago(payment_id)
    await wire.all_delivered(known["id"])
    await wire.work()
    assert await wire.told(payment_id) == ["payment.pending", "payment.confirmed"]
    assert (known["installments"], known["sandbox"]["captured_minor"]) == (6, await wire.held(payment_id))


async def test_cash_paid_at_the_counter_is_confirmed_by_the_sandbox_s_own_webhook(wire: Wire) -> None:
    reply = await wire.pay_with(await wire.book(ahead=timedelta(days=20)), "pagofacil")
    assert (reply.status_code, reply.json()["status"]) == (201, "processing")
    payment_id = PaymentId(UUID(reply.json()["id"]))
    (known,) = await wire.at_mercadopago(payment_id)
    assert str(known["id"]) in reply.json()["ticket"]["url"]
    settled = await wire.sandbox.http.post(f"/sandbox/payments/{known['id']}/settle", json={"status": "approved"})
    assert settled.status_code == 200, settled.text
    await wire.becomes(payment_id, "paid")
    assert await wire.held(payment_id) == 150_000


async def test_many_shuffled_forged_and_unsigned_webhooks_are_one_confirmation(wire: Wire) -> None:
    await wire.sandbox.knobs(duplicate=10, reorder=True, reorder_window_ms=100, forged="both", ipn=True, ts_unit="ms")
    made, payment_id = await wire.made(await wire.book())
    paid = await wire.pay_page(made)
    deliveries = await wire.all_delivered(paid["id"])
    by_kind = {each["kind"]: each["state"] for each in deliveries}
    assert by_kind == {
        "signed": "delivered",
        "duplicate": "delivered",
        "ipn": "delivered",
        "unsigned": "refused",
        "bad_signature": "refused",
    }
    await wire.becomes(payment_id, "paid")
    await wire.work()
    assert await wire.told(payment_id) == ["payment.pending", "payment.confirmed"]


async def test_a_page_whose_answer_never_came_is_the_page_the_client_gets(wire: Wire) -> None:
    booked = await wire.book()
    await wire.sandbox.knobs(timeout_after_accept=1, max_faults=1)
    assert (await wire.ask(booked)).status_code == 503
    made, payment_id = await wire.made(booked)
    pages = (await wire.sandbox.http.get("/sandbox/preferences", params={"limit": 1000})).json()["preferences"]
    assert len([page for page in pages if page["external_reference"] == f"{SCOPE}.{payment_id}"]) == 1
    await wire.pay_page(made)
    await wire.becomes(payment_id, "paid")


@pytest.mark.parametrize("kind", ["html", "429"])
async def test_what_mercadopago_breaks_is_gone_on_with(wire: Wire, kind: str) -> None:
    booked = await wire.book()
    await wire.sandbox.knobs(error_rate=1, error_kind=kind, retry_after_seconds=3)
    refused = await wire.ask(booked)
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "3" if kind == "429" else "5")
    await wire.sandbox.knobs()
    made, payment_id = await wire.made(booked)
    await wire.pay_page(made)
    await wire.becomes(payment_id, "paid")


@pytest.mark.parametrize("dialect", ["documented", "measured"])
async def test_a_refund_whose_answer_never_came_is_made_once(wire: Wire, dialect: str) -> None:
    booked = await wire.book()
    made, payment_id = await wire.made(booked)
    await wire.pay_page(made)
    await wire.becomes(payment_id, "paid")
    wanted = RefundId(new_id())
    await wire.sandbox.knobs(timeout_after_accept=1, fault_path="refunds", max_faults=1, refund_dialect=dialect)
    await wire.hear_refund_due(booked, payment_id, 150_000, wanted)
    await wire.becomes(payment_id, "refunded")
    (known,) = await wire.at_mercadopago(payment_id)
    assert (known["sandbox"]["refunded_minor"], len(known["refunds"])) == (150_000, 1)
    assert [fact.refund_id for fact in await wire.facts(payment_id) if hasattr(fact, "refund_id")] == [wanted]
    assert await wire.held(payment_id) == 0


async def test_a_payment_whose_webhooks_are_all_lost_is_found_when_its_booking_expires(wire: Wire) -> None:
    await wire.sandbox.knobs(drop=1)
    booked = await wire.book()
    made, payment_id = await wire.made(booked)
    await wire.pay_page(made)
    await wire.hear(booked.tell(BookingExpired, BookingStatus.EXPIRED))
    await wire.becomes(payment_id, "paid")


async def test_an_order_that_the_sandbox_tells_of_is_looked_into(wire: Wire, sandbox_token: str) -> None:
    await wire.sandbox.knobs(merchant_order_webhooks=True)
    made, payment_id = await wire.made(await wire.book())
    await wire.pay_page(made)
    await wire.becomes(payment_id, "paid")
    own = {"Authorization": f"Bearer {sandbox_token}"}
    page = {"preference_id": httpx.URL(made["initPoint"]).params["pref_id"]}
    found = (await wire.sandbox.http.get("/merchant_orders/search", params=page, headers=own)).json()
    order_id = str(found["elements"][0]["id"])
    query = "SELECT status FROM webhook WHERE topic = 'topic_merchant_order_wh' AND resource_id = $1"

    async def looked_into() -> bool:
        await wire.work()
        return {row["status"] for row in await wire.rows(query, order_id, scope=SHARED)} == {"done"}

    done: bool = await eventually(looked_into)
    assert done
