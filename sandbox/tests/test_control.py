"""The sandbox's own API and front page."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

Json = dict[str, Any]
Make = Callable[..., Awaitable[Json]]


async def test_putting_knobs_resets_those_not_named_and_patching_keeps_them(client: httpx.AsyncClient) -> None:
    await client.put("/sandbox/knobs", json={"duplicate": 3, "drop": 0.5})
    patched = (await client.patch("/sandbox/knobs", json={"delay_ms": 10})).json()
    put = (await client.put("/sandbox/knobs", json={"delay_ms": 20})).json()
    reset = (await client.delete("/sandbox/knobs")).json()

    assert (patched["duplicate"], patched["drop"], patched["delay_ms"]) == (3, 0.5, 10)
    assert (put["duplicate"], put["delay_ms"]) == (1, 20)
    assert reset == (await client.get("/sandbox/knobs")).json()
    assert reset["delay_ms"] == 0


@pytest.mark.parametrize("knobs", [{"drop": 2}, {"duplicate": 0}, {"ts_unit": "h"}, {"nonsense": 1}])
async def test_a_knob_that_does_not_exist_or_turn_so_far_is_422(client: httpx.AsyncClient, knobs: Json) -> None:
    assert (await client.put("/sandbox/knobs", json=knobs)).status_code == 422


async def test_the_ledger_lists_every_payment_once_with_exact_centavos(
    client: httpx.AsyncClient, a_payment: Make
) -> None:
    approved, rejected, returned = await a_payment(), await a_payment("FUND"), await a_payment()
    path = f"/v1/payments/{returned['id']}/refunds"
    await client.post(path, json={"amount": 0.56}, headers={"x-idempotency-key": "rf:1"})

    first = (await client.get("/sandbox/payments", params={"limit": 2})).json()
    second = (await client.get("/sandbox/payments", params={"limit": 2, "after": first["next"]})).json()

    listed = first["payments"] + second["payments"]
    assert [each["id"] for each in listed] == [approved["id"], rejected["id"], returned["id"]]
    assert second["next"] is None
    assert [each["sandbox"]["captured_minor"] for each in listed] == [123456, 0, 123400]
    assert listed[2]["sandbox"]["refunded_minor"] == 56
    assert listed[2]["refunds"][0]["amount"] == 0.56


async def test_the_ledger_narrows_to_a_reference(client: httpx.AsyncClient, a_payment: Make) -> None:
    await a_payment(external_reference="pi-1")
    await a_payment(external_reference="pi-2")

    found = (await client.get("/sandbox/payments", params={"external_reference": "pi-2"})).json()

    assert [each["external_reference"] for each in found["payments"]] == ["pi-2"]
    assert found["total"] == 1


async def test_stats_add_everything_up(client: httpx.AsyncClient, a_payment: Make) -> None:
    await a_payment()
    await a_payment("FUND")

    stats = (await client.get("/sandbox/stats")).json()

    assert stats["preferences"] == 2
    assert stats["payments"] == {"approved": 1, "rejected": 1}
    assert (stats["approved_minor"], stats["refunded_minor"]) == (123456, 0)


async def test_preferences_are_listed_in_order(client: httpx.AsyncClient, a_preference: Make) -> None:
    made = [(await a_preference())["id"] for _ in range(3)]

    page = (await client.get("/sandbox/preferences", params={"limit": 2})).json()
    rest = (await client.get("/sandbox/preferences", params={"after": page["next"]})).json()

    assert [each["id"] for each in page["preferences"] + rest["preferences"]] == made


async def test_messages_since_an_instant(client: httpx.AsyncClient) -> None:
    message = {"messaging_product": "whatsapp", "to": "5491112345678", "text": {"body": "Hola"}}
    headers = {"authorization": "Bearer TEST-whatsapp"}
    await client.post("/v22.0/1/messages", json=message, headers=headers)
    (first,) = (await client.get("/sandbox/messages")).json()["messages"]

    same = await client.get("/sandbox/messages", params={"since": first["created_at"]})
    later = await client.get("/sandbox/messages", params={"since": "2099-01-01T00:00:00Z"})
    bad = await client.get("/sandbox/messages", params={"since": "ayer"})

    assert len(same.json()["messages"]) == 1
    assert later.json()["messages"] == []
    assert bad.status_code == 422


async def test_forgetting_empties_the_records_and_ids_keep_growing(client: httpx.AsyncClient, a_payment: Make) -> None:
    before = await a_payment()
    await client.put("/sandbox/knobs", json={"duplicate": 2})

    assert (await client.delete("/sandbox/data")).status_code == 204

    assert (await client.get("/sandbox/payments")).json()["payments"] == []
    assert (await client.get("/sandbox/knobs")).json()["duplicate"] == 2
    assert (await a_payment())["id"] > before["id"]


async def test_the_front_page_shows_what_arrived_and_escapes_it(client: httpx.AsyncClient, a_payment: Make) -> None:
    await a_payment(external_reference="<script>alert(1)</script>")
    await client.put("/sandbox/knobs", json={"duplicate": 2})

    page = await client.get("/")

    assert page.status_code == 200
    assert 'lang="es-AR"' in page.text
    assert "$ 1.234,56" in page.text
    assert "duplicate = 2" in page.text
    assert "<script>" not in page.text


async def test_health_answers(client: httpx.AsyncClient) -> None:
    assert (await client.get("/health/live")).json() == {"status": "ok"}
    assert (await client.get("/health/ready")).status_code == 200
