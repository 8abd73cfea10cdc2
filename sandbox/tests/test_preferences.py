"""Preferences: what is taken, what is refused, and until when they can be paid."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

Json = dict[str, Any]
Make = Callable[..., Awaitable[Json]]
PAST, FUTURE = "2020-01-01T00:00:00.000-03:00", "2099-01-01T00:00:00.000-03:00"


async def test_a_preference_comes_back_as_it_was_made(client: httpx.AsyncClient, a_preference: Make) -> None:
    made = await a_preference(external_reference="pi-1", back_urls={"success": "http://localhost/ok"})

    reply = await client.get(f"/checkout/preferences/{made['id']}")

    assert reply.status_code == 200
    assert reply.json() == made
    assert made["external_reference"] == "pi-1"
    assert made["collector_id"] == 724484980
    assert made["items"][0]["unit_price"] == 1234.56
    assert made["init_point"].endswith(f"/checkout/v1/redirect?pref_id={made['id']}")
    assert made["date_created"].endswith("-04:00")


async def test_an_update_replaces_only_the_fields_it_names(client: httpx.AsyncClient, a_preference: Make) -> None:
    made = await a_preference(external_reference="pi-1")

    reply = await client.put(
        f"/checkout/preferences/{made['id']}", json={"expires": True, "expiration_date_to": FUTURE}
    )

    assert reply.status_code == 200
    assert reply.json()["expires"] is True
    assert reply.json()["external_reference"] == "pi-1"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"items": []}, "invalid_items"),
        ({"items": [{"quantity": 0, "unit_price": 10}]}, "invalid_items"),
        ({"items": [{"quantity": 1, "unit_price": -1}]}, "invalid_items"),
        ({"items": [{"quantity": 1, "unit_price": 1.001}]}, "invalid_items"),
        ({"items": [{"quantity": 1, "unit_price": "10"}]}, "invalid_items"),
        ({"items": [{"quantity": 1, "unit_price": 10, "currency_id": "USD"}]}, "invalid_items"),
        ({"expiration_date_to": "mañana"}, "invalid_expiration_date_to"),
        ({"expiration_date_to": "2099-01-01T00:00:00"}, "invalid_expiration_date_to"),
        ({"back_urls": {"success": "ftp://x"}}, "invalid_back_urls"),
        ({"auto_return": "approved"}, "invalid_auto_return"),
        ({"notification_url": "localhost/hook"}, "invalid_notification_url"),
        ({"payment_methods": {"excluded_payment_types": "ticket"}}, "invalid_payment_methods"),
        ({"expires": "yes"}, "invalid_expires"),
        ({"external_reference": 7}, "invalid_external_reference"),
    ],
)
async def test_a_bad_preference_is_refused_by_the_name_of_its_field(
    client: httpx.AsyncClient, changes: Json, error: str
) -> None:
    body = {"items": [{"title": "Corte", "quantity": 1, "unit_price": 100}], **changes}

    reply = await client.post("/checkout/preferences", json=body)

    assert reply.status_code == 400
    assert reply.json()["error"] == error
    assert reply.json()["status"] == 400


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"items": NaN}', b'{"items": "\\ud800"}'])
async def test_a_body_that_is_no_object_is_refused(client: httpx.AsyncClient, body: bytes) -> None:
    reply = await client.post("/checkout/preferences", content=body)

    assert reply.status_code == 400


async def test_a_body_over_the_limit_is_refused_with_413(client: httpx.AsyncClient) -> None:
    reply = await client.post("/checkout/preferences", content=b" " * (256 * 1024 + 1))

    assert reply.status_code == 413


@pytest.mark.parametrize("token", ["", "Bearer other", "TEST-mercadopago"])
async def test_without_the_collectors_token_nothing_is_answered(client: httpx.AsyncClient, token: str) -> None:
    reply = await client.post("/checkout/preferences", json={}, headers={"authorization": token})

    assert reply.status_code == 401
    assert set(reply.json()) == {"message", "error", "status", "cause"}


async def test_an_unknown_preference_and_an_unknown_address_are_404_in_the_same_shape(
    client: httpx.AsyncClient,
) -> None:
    for path in ("/checkout/preferences/nobody", "/v1/nothing"):
        reply = await client.get(path)
        assert reply.status_code == 404
        assert reply.json()["error"] == "not_found"


async def test_preferences_are_found_by_reference_newest_first(client: httpx.AsyncClient, a_preference: Make) -> None:
    first = await a_preference(external_reference="pi-1")
    second = await a_preference(external_reference="pi-1")
    await a_preference(external_reference="pi-2")

    reply = await client.get("/checkout/preferences/search", params={"external_reference": "pi-1"})

    assert [each["id"] for each in reply.json()["elements"]] == [second["id"], first["id"]]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"expires": True, "expiration_date_to": PAST}, 410),
        ({"expires": True, "expiration_date_from": FUTURE}, 410),
        ({"expires": True, "expiration_date_to": FUTURE}, 201),
        ({"expires": False, "expiration_date_to": PAST}, 201),
    ],
)
async def test_a_preference_is_payable_only_in_its_time(
    client: httpx.AsyncClient, a_preference: Make, changes: Json, status: int
) -> None:
    made = await a_preference(**changes)

    reply = await client.post(f"/sandbox/checkout/{made['id']}/pay", json={"holder": "APRO"})

    assert reply.status_code == status
    page = await client.get("/checkout/v1/redirect", params={"pref_id": made["id"]})
    assert page.status_code == (200 if status == 201 else 410)
