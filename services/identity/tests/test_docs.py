"""The documentation page needs nothing from elsewhere, and no inline script."""

import re

import httpx
import pytest

SERVICES = ("identity", "providers", "booking", "payments", "notifications", "analytics")


async def test_the_page_is_whole_and_names_only_files_of_its_own(http: httpx.AsyncClient) -> None:
    page = await http.get("/docs")
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert '<html lang="es-AR">' in page.text
    assert "<title>BarberPro: documentación de la API</title>" in page.text
    assert not re.search(r"<script(?![^>]*\bsrc=)", page.text)
    assert not re.search(r"\bon\w+=|style=|https?://", page.text)
    for path in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert (await http.get(path)).status_code == 200


async def test_its_script_lists_every_service(http: httpx.AsyncClient) -> None:
    script = (await http.get("/docs/docs.js")).text
    assert all(f'"{service}"' in script for service in SERVICES)
    assert "/openapi/${name}.json" in script
    assert "validatorUrl: null" in script


@pytest.mark.parametrize("path", ["/docs", "/docs/docs.js", "/docs/swagger-ui.css"])
async def test_its_policy_allows_nothing_inline_and_nothing_foreign(http: httpx.AsyncClient, path: str) -> None:
    policy = (await http.get(path)).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


@pytest.mark.parametrize("name", ["settings.py", "..%2fsettings.py", "%2e%2e/docs.html", "swagger-ui.js.map"])
async def test_no_other_file_is_served(http: httpx.AsyncClient, name: str) -> None:
    assert (await http.get(f"/docs/{name}")).status_code == 404


async def test_the_openapi_document_shows_the_calls_that_ask_for_a_token(http: httpx.AsyncClient) -> None:
    paths = (await http.get("/openapi.json")).json()["paths"]
    asking = {
        f"{method} {path}" for path, calls in paths.items() for method, call in calls.items() if "security" in call
    }
    assert asking == {
        "get /api/v1/me",
        "patch /api/v1/me",
        "delete /api/v1/me",
        "get /api/v1/me/export",
        "post /api/v1/accounts/{account_id}/roles",
        "delete /api/v1/accounts/{account_id}/roles",
    }
