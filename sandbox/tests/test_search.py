"""`/v1/payments/search`: filters, ranges and paging."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

Json = dict[str, Any]
Make = Callable[..., Awaitable[Json]]


async def search(client: httpx.AsyncClient, **query: str | int) -> Json:
    reply = await client.get("/v1/payments/search", params=query)
    assert reply.status_code == 200, reply.text
    found: Json = reply.json()
    return found


async def test_payments_are_found_by_reference_newest_first(client: httpx.AsyncClient, a_payment: Make) -> None:
    first = await a_payment("FUND", external_reference="pi-1")
    second = await a_payment("APRO", external_reference="pi-1")
    await a_payment(external_reference="pi-2")

    found = await search(client, external_reference="pi-1")

    assert [each["id"] for each in found["results"]] == [second["id"], first["id"]]
    assert found["paging"] == {"total": 2, "limit": 30, "offset": 0}
    assert (await search(client, external_reference="nobody"))["results"] == []


async def test_pages_cover_everything_without_overlap(client: httpx.AsyncClient, a_payment: Make) -> None:
    made = [(await a_payment())["id"] for _ in range(5)]

    pages = [await search(client, limit=2, offset=offset, sort="id", criteria="asc") for offset in (0, 2, 4)]

    assert [each["id"] for page in pages for each in page["results"]] == made
    assert {page["paging"]["total"] for page in pages} == {5}


async def test_a_range_of_last_updates_finds_what_changed(client: httpx.AsyncClient, a_payment: Make) -> None:
    await a_payment()
    pending = await a_payment("CONT")
    changed = (await client.put(f"/v1/payments/{pending['id']}", json={"status": "cancelled"})).json()

    found = await search(client, range="date_last_updated", begin_date=changed["date_last_updated"], end_date="NOW")

    assert [each["id"] for each in found["results"]] == [pending["id"]]


async def test_relative_dates_are_understood(client: httpx.AsyncClient, a_payment: Make) -> None:
    await a_payment()

    assert (await search(client, begin_date="NOW-1HOUR", end_date="NOW+1MINUTE"))["paging"]["total"] == 1
    assert (await search(client, begin_date="NOW-2DAYS", end_date="NOW-1DAY"))["paging"]["total"] == 0


async def test_a_status_narrows_the_search(client: httpx.AsyncClient, a_payment: Make) -> None:
    await a_payment("FUND")
    approved = await a_payment()

    found = await search(client, status="approved")

    assert [each["id"] for each in found["results"]] == [approved["id"]]


@pytest.mark.parametrize(
    "query",
    [
        {"begin_date": "ayer"},
        {"range": "amount"},
        {"sort": "amount; drop table payment"},
        {"status": "paid"},
        {"limit": "x"},
        {"offset": "10001"},
    ],
)
async def test_a_filter_that_makes_no_sense_is_refused(client: httpx.AsyncClient, query: dict[str, str]) -> None:
    reply = await client.get("/v1/payments/search", params=query)

    assert reply.status_code == 400
    assert reply.json()["error"] == "bad_request"
