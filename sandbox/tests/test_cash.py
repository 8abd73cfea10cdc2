"""Cash and transfers through `POST /v1/payments`: paid elsewhere, in time or not at all."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

Json = dict[str, Any]
Make = Callable[..., Awaitable[Json]]


def in_days(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat(timespec="milliseconds")


async def wait_for_money(client: httpx.AsyncClient, method: str, **changes: Any) -> httpx.Response:
    payer = {"email": "quien@paga.example"}
    body = {"transaction_amount": 1000, "payment_method_id": method, "payer": payer, **changes}
    return await client.post("/v1/payments", json=body, headers={"x-idempotency-key": "k"})


@pytest.mark.parametrize(
    ("method", "kind", "detail"),
    [
        ("rapipago", "ticket", "pending_waiting_payment"),
        ("pagofacil", "ticket", "pending_waiting_payment"),
        ("cvu", "bank_transfer", "pending_waiting_transfer"),
    ],
)
async def test_a_coupon_waits_for_its_payer_and_is_paid_once(
    client: httpx.AsyncClient, method: str, kind: str, detail: str
) -> None:
    payment = (await wait_for_money(client, method, date_of_expiration=in_days(2))).json()

    assert (payment["status"], payment["status_detail"], payment["payment_type_id"]) == ("pending", detail, kind)
    assert datetime.fromisoformat(payment["date_of_expiration"]) > datetime.now(UTC) + timedelta(days=1)
    details = payment["transaction_details"]
    assert details["payment_method_reference_id"]
    page = await client.get(httpx.URL(details["external_resource_url"]).raw_path.decode())
    assert details["payment_method_reference_id"] in page.text
    await client.post(httpx.URL(details["external_resource_url"]).raw_path.decode())
    paid = (await client.get(f"/v1/payments/{payment['id']}")).json()
    assert (paid["status"], paid["status_detail"]) == ("approved", "accredited")


@pytest.mark.parametrize(("days", "code"), [(0.5, 1), (31, 1), (-1, 1)])
async def test_a_coupon_lives_from_one_to_thirty_days(client: httpx.AsyncClient, days: float, code: int) -> None:
    reply = await wait_for_money(client, "rapipago", date_of_expiration=in_days(days))

    assert (reply.status_code, reply.json()["cause"][0]["code"]) == (400, code)


@pytest.mark.parametrize("days", [1, 30])
async def test_the_limits_themselves_are_accepted(client: httpx.AsyncClient, days: int) -> None:
    assert (await wait_for_money(client, "pagofacil", date_of_expiration=in_days(days))).status_code == 201


async def test_an_expiry_that_is_no_instant_is_23(client: httpx.AsyncClient) -> None:
    reply = await wait_for_money(client, "rapipago", date_of_expiration="mañana")

    assert reply.json()["cause"][0]["code"] == 23


async def test_what_is_paid_after_its_time_stays_cancelled(client: httpx.AsyncClient, a_payment: Make) -> None:
    # Checkout Pro takes a date in the past; whoever comes first, the sweep or the cashier, the money is not ours.
    payment = await a_payment("APRO", "rapipago", date_of_expiration="2020-01-01T00:00:00-03:00")

    page = await client.post("/checkout/v1/ticket", params={"payment_id": payment["id"]})

    assert "cancelled / expired" in page.text
    after = (await client.get(f"/v1/payments/{payment['id']}")).json()
    assert (after["status"], after["status_detail"], after["date_approved"]) == ("cancelled", "expired", None)
    assert after["transaction_details"]["net_received_amount"] == 0
