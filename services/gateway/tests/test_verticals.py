"""The host names the vertical; locally a header may, and elsewhere it may not."""

from typing import Any

import httpx
import pytest
from services.gateway.tests.running import Gateway


async def told_of(
    gateway: Gateway, host: str, tls: bool = True, headers: dict[str, str] | None = None
) -> httpx.Response:
    async with gateway.client(host=host, tls=tls) as client:
        answer: httpx.Response = await client.get("/api/v1/bookings", headers=headers)
        return answer


def vertical(answer: httpx.Response) -> Any:
    return answer.json()["headers"].get("x-vertical")


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("barber.example", "barber"),
        ("psychology.example", "psychology"),
        ("psicologia.example", "psychology"),
        ("PSYCHOLOGY.example", "psychology"),
        ("psychology.example:8443", "psychology"),
        ("psychology.example.", "psychology"),
    ],
)
async def test_a_host_names_its_vertical(production: Gateway, gateway: Gateway, host: str, expected: str) -> None:
    assert vertical(await told_of(production, host)) == expected
    assert vertical(await told_of(gateway, host, tls=False)) == expected


async def test_an_unknown_host_is_no_site_of_ours(production: Gateway) -> None:
    for host in ("evil.example", "127.0.0.1", "barber.example.evil.example", ""):
        answer = await told_of(production, host)
        assert answer.status_code == 421
        assert answer.json()["type"] == "urn:barberpro:problem:unknown-vertical"
        assert answer.json()["detail"] == "No conocemos ese sitio."


async def test_in_production_the_header_counts_for_nothing(production: Gateway) -> None:
    assert vertical(await told_of(production, "barber.example", headers={"X-Vertical": "psychology"})) == "barber"
    assert (await told_of(production, "evil.example", headers={"X-Vertical": "barber"})).status_code == 421


@pytest.mark.parametrize(
    ("host", "header", "expected"),
    [
        ("localhost", {}, "barber"),
        ("localhost", {"X-Vertical": "psychology"}, "psychology"),
        ("psychology.example", {"X-Vertical": "barber"}, "barber"),
        ("psychology.example", {"X-Vertical": "nonsense"}, "psychology"),
        ("localhost", {"X-Vertical": "nonsense"}, "barber"),
    ],
)
async def test_locally_the_header_counts_when_it_names_a_vertical(
    gateway: Gateway, host: str, header: dict[str, str], expected: str
) -> None:
    assert vertical(await told_of(gateway, host, tls=False, headers=header)) == expected


async def test_in_production_plain_http_leads_to_tls(production: Gateway) -> None:
    answer = await told_of(production, "barber.example", tls=False)
    assert (answer.status_code, answer.headers["location"]) == (308, "https://barber.example/api/v1/bookings")


async def test_plain_http_does_not_lead_to_a_site_that_is_not_ours(production: Gateway) -> None:
    assert (await told_of(production, "evil.example", tls=False)).status_code == 421
