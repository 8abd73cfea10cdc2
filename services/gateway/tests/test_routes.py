"""Which path reaches which service, and that nothing else reaches any."""

from collections.abc import Mapping

import httpx
import pytest
from services.gateway.tests.running import Gateway, Signer, bearer
from services.gateway.tests.stand_in import StandIn

ROUTES = {
    "identity": (
        "/api/v1/auth/login",
        "/api/v1/me",
        "/api/v1/me/export",
        "/api/v1/accounts/7/roles",
        "/.well-known/jwks.json",
        "/docs",
        "/docs/swagger-ui.css",
    ),
    "providers": (
        "/api/v1/providers",
        "/api/v1/providers/7/services/earnings",
        "/api/v1/verticals/barber",
        "/api/v1/promotions/happy-hour",
        "/api/v1/referrals/program",
    ),
    "booking": (
        "/api/v1/availability",
        "/api/v1/availability/explain",
        "/api/v1/bookings",
        "/api/v1/bookings/7/cancel",
        "/api/v1/sessions/7",
        "/api/v1/waitlist",
        "/api/v1/walk-ins",
        "/api/v1/promotions/evaluate",
        "/api/v1/calendar.ics",
    ),
    "payments": (
        "/api/v1/payments",
        "/api/v1/payments/methods",
        "/api/v1/webhooks/mercadopago",
        "/api/v1/payouts",
        "/api/v1/subscriptions/plans",
        "/api/v1/withdrawal",
        "/api/v1/withdrawal/7/confirm",
        "/api/v1/refunds/7/approve",
        "/api/v1/credits",
        "/api/v1/credits/7/approve",
        "/arrepentimiento",
        "/arrepentimiento/7",
        "/api/v1/providers/7/earnings",
        "/api/v1/providers/7/payouts",
        "/api/v1/providers/7/payout-account",
        "/api/v1/providers/7/disputes",
        "/api/v1/disputes/217/documents",
    ),
    "notifications": ("/api/v1/notifications", "/api/v1/notification-preferences", "/api/v1/webhooks/whatsapp"),
    "analytics": ("/api/v1/analytics/dashboard", "/api/v1/monitoring/health", "/api/v1/metrics", "/api/health"),
}
NOWHERE = (
    "/",
    "/metrics",
    "/health",
    "/health/ready",
    "/health/live",
    "/openapi.json",
    "/openapi/gateway.json",
    "/api/v1",
    "/api/v1/",
    "/api/v2/bookings",
    "/api/v1/booking",
    "/api/v1/bookingsx",
    "/api/v1//bookings",
    "/api/v1/Bookings",
    "/api/v1/webhooks",
    "/api/v1/webhooks/other",
    "/api/v1/webhooks/mercadopago/7",
    "/api/health/ready",
    "/API/V1/bookings",
    "/arrepentimientos",
    "/arrepentimiento/7/8",
)
AMBIGUOUS = (
    "/api/v1/bookings/../../../metrics",
    "/api/v1/bookings/%2e%2e/%2e%2e/metrics",
    "/api/v1/bookings/..%2fmetrics",
    "/api/v1/bookings/.%2e",
    "/api/v1/./bookings",
    "/api/v1/bookings/a%5cb",
    "/api/v1/bookings/a%00b",
    "/api/v1/bookings/a%0d%0ab",
    "/api/v1/bookings/%252e%252e",
    "/api/v1/bookings/%zz",
)


@pytest.mark.parametrize(("service", "path"), [(name, path) for name, paths in ROUTES.items() for path in paths])
async def test_a_path_reaches_its_service(client: httpx.AsyncClient, signer: Signer, service: str, path: str) -> None:
    answer = await client.get(path, params={"page": "2"}, headers=bearer(signer.token()))
    assert answer.status_code == 200, answer.text
    assert answer.json()["service"] == service
    assert answer.json()["target"] == f"{path}?page=2"


@pytest.mark.parametrize("service", list(ROUTES))
async def test_the_description_of_every_service_is_found(client: httpx.AsyncClient, service: str) -> None:
    told = (await client.get(f"/openapi/{service}.json")).json()
    assert (told["service"], told["target"]) == (service, "/openapi.json")


@pytest.mark.parametrize("path", NOWHERE)
async def test_any_other_path_is_found_nowhere(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "urn:barberpro:problem:not-found",
        "title": "There is no such thing.",
        "status": 404,
        "detail": "No encontramos lo que buscás.",
    }


@pytest.mark.parametrize("path", AMBIGUOUS)
async def test_a_path_that_could_be_read_in_two_ways_is_refused(
    gateway: Gateway, stand_ins: Mapping[str, StandIn], path: str
) -> None:
    before = sum(len(service.received) for service in stand_ins.values())
    # A client library would tidy the path up.
    answer = await gateway.exchange(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"urn:barberpro:problem:bad-request" in answer
    assert sum(len(service.received) for service in stand_ins.values()) == before


async def test_an_encoded_letter_changes_nothing(client: httpx.AsyncClient) -> None:
    url = httpx.URL(client.base_url).copy_with(raw_path=b"/api/v1/%62ookings")
    assert (await client.get(url)).json()["service"] == "booking"


@pytest.mark.parametrize("method", ["TRACE", "CONNECTED", "PROPFIND"])
async def test_a_method_that_no_resource_has_is_refused(client: httpx.AsyncClient, method: str) -> None:
    answer = await client.request(method, "/api/v1/bookings")
    assert answer.status_code == 405
    assert answer.json()["detail"] == "Esa operación no existe."


async def test_a_refusal_of_a_head_request_has_no_body(client: httpx.AsyncClient) -> None:
    answer = await client.head("/nowhere")
    assert (answer.status_code, answer.content) == (404, b"")
