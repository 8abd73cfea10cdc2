"""The hosted checkout: outcomes by holder, the page, and the cash ticket."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from sandbox.testing import eventually

Json = dict[str, Any]
Make = Callable[..., Awaitable[Json]]


@pytest.mark.parametrize(
    ("holder", "status", "detail"),
    [
        ("APRO", "approved", "accredited"),
        ("CONT", "in_process", "pending_contingency"),
        ("OTHE", "rejected", "cc_rejected_other_reason"),
        ("CALL", "rejected", "cc_rejected_call_for_authorize"),
        ("FUND", "rejected", "cc_rejected_insufficient_amount"),
        ("SECU", "rejected", "cc_rejected_bad_filled_security_code"),
        ("EXPI", "rejected", "cc_rejected_bad_filled_date"),
        ("FORM", "rejected", "cc_rejected_bad_filled_other"),
    ],
)
async def test_the_holders_name_decides_the_outcome(a_payment: Make, holder: str, status: str, detail: str) -> None:
    payment = await a_payment(holder)

    assert (payment["status"], payment["status_detail"]) == (status, detail)


async def test_an_approved_payment_tells_its_money(a_payment: Make) -> None:
    payment = await a_payment("APRO", external_reference="pi-1")

    assert payment["external_reference"] == "pi-1"
    assert payment["transaction_amount"] == 1234.56
    assert payment["transaction_amount_refunded"] == 0
    assert payment["currency_id"] == "ARS"
    assert payment["collector_id"] == 724484980
    assert payment["live_mode"] is False
    assert isinstance(payment["id"], int)
    assert payment["fee_details"] == [{"type": "mercadopago_fee", "amount": 77.65, "fee_payer": "collector"}]
    assert payment["transaction_details"]["net_received_amount"] == 1156.91
    assert payment["money_release_status"] == "pending"
    assert payment["date_approved"] == payment["date_created"]


async def test_the_payer_on_a_payment_is_invented(client: httpx.AsyncClient, a_preference: Make) -> None:
    made = await a_preference(payer={"name": "Canario", "email": "canario@example.com"})

    reply = await client.post(f"/sandbox/checkout/{made['id']}/pay", json={"holder": "APRO"})

    assert "anario" not in reply.text


@pytest.mark.parametrize(
    ("wish", "changes"),
    [
        ({"holder": "NADIE"}, {}),
        ({"method": "bitcoin"}, {}),
        ({"installments": 99}, {}),
        ({"method": "rapipago"}, {"payment_methods": {"excluded_payment_types": [{"id": "ticket"}]}}),
        ({"method": "visa"}, {"payment_methods": {"excluded_payment_methods": [{"id": "visa"}]}}),
        ({"method": "rapipago"}, {"binary_mode": True}),
    ],
)
async def test_what_the_preference_does_not_offer_is_refused(
    client: httpx.AsyncClient, a_preference: Make, wish: Json, changes: Json
) -> None:
    made = await a_preference(**changes)

    reply = await client.post(f"/sandbox/checkout/{made['id']}/pay", json=wish)

    assert reply.status_code == 400


async def test_in_binary_mode_a_payment_never_waits(a_payment: Make) -> None:
    payment = await a_payment("CONT", binary_mode=True)

    assert payment["status"] == "rejected"


async def test_one_preference_can_be_paid_twice(client: httpx.AsyncClient, a_preference: Make) -> None:
    made = await a_preference()
    path = f"/sandbox/checkout/{made['id']}/pay"

    first, second = await client.post(path, json={}), await client.post(path, json={})

    assert first.json()["id"] < second.json()["id"]
    assert second.json()["status"] == "approved"


async def test_the_page_offers_methods_and_outcomes_in_argentine_spanish(
    client: httpx.AsyncClient, a_preference: Make
) -> None:
    rules = {"excluded_payment_types": [{"id": "ticket"}]}
    made = await a_preference(payment_methods=rules)

    page = await client.get("/checkout/v1/redirect", params={"pref_id": made["id"]})

    assert page.status_code == 200
    assert "¿Cómo querés pagar?" in page.text
    assert "$ 1.234,56" in page.text
    assert "FUND" in page.text
    assert "Rapipago" not in page.text


async def test_an_unknown_link_is_a_page_with_404(client: httpx.AsyncClient) -> None:
    page = await client.get("/checkout/v1/redirect", params={"pref_id": "nobody"})

    assert page.status_code == 404
    assert "No encontramos este link de pago" in page.text


async def test_paying_on_the_page_goes_back_to_the_seller_by_itself(
    client: httpx.AsyncClient, a_preference: Make
) -> None:
    urls = {"success": "http://localhost/ok?turno=1"}
    made = await a_preference(back_urls=urls, auto_return="approved", external_reference="pi-1")

    reply = await client.post(
        "/checkout/v1/redirect", params={"pref_id": made["id"]}, data={"method": "visa", "holder": "APRO"}
    )

    assert reply.status_code == 303
    query = httpx.URL(reply.headers["location"]).params
    assert query["turno"] == "1"
    assert (query["status"], query["external_reference"]) == ("approved", "pi-1")


async def test_a_rejection_on_the_page_says_why_and_offers_another_try(
    client: httpx.AsyncClient, a_preference: Make
) -> None:
    made = await a_preference(back_urls={"failure": "http://localhost/mal"})

    page = await client.post(
        "/checkout/v1/redirect", params={"pref_id": made["id"]}, data={"method": "visa", "holder": "FUND"}
    )

    assert page.status_code == 200
    assert "fondos insuficientes" in page.text
    assert "Probá con otro medio" in page.text
    assert "http://localhost/mal?" in page.text


async def test_a_form_with_another_holder_shows_the_page_again(client: httpx.AsyncClient, a_preference: Make) -> None:
    made = await a_preference()

    page = await client.post("/checkout/v1/redirect", params={"pref_id": made["id"]}, data={"holder": "X"})

    assert page.status_code == 400
    assert "Elegí un medio de pago" in page.text


async def test_a_cash_payment_waits_until_the_cashier_takes_the_money(
    client: httpx.AsyncClient, a_payment: Make
) -> None:
    payment = await a_payment("APRO", "rapipago")
    assert (payment["status"], payment["status_detail"]) == ("pending", "pending_waiting_payment")
    assert payment["transaction_details"]["net_received_amount"] == 0
    coupon = payment["transaction_details"]["external_resource_url"]
    assert payment["date_of_expiration"] is not None

    page = await client.post(httpx.URL(coupon).raw_path.decode())

    assert "approved / accredited" in page.text
    paid = (await client.get(f"/v1/payments/{payment['id']}")).json()
    assert paid["status"] == "approved"
    assert paid["date_approved"] > paid["date_created"]


async def test_a_ticket_nobody_pays_is_cancelled_when_it_expires(client: httpx.AsyncClient, a_payment: Make) -> None:
    payment = await a_payment("APRO", "pagofacil", date_of_expiration="2020-01-01T00:00:00-03:00")

    async def expired() -> bool:
        found = (await client.get(f"/v1/payments/{payment['id']}")).json()
        return (found["status"], found["status_detail"]) == ("cancelled", "expired")

    await eventually(expired)
