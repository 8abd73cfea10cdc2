"""Opening an account with a password, over HTTP on a real PostgreSQL."""

import asyncio
import json
from typing import Any

import httpx
import jwt
import pytest
from services.identity.tests.builders import Person, count_rows, last_contact, topics

from common.testing import AUDIENCE, ISSUER
from contracts.ids import new_id
from identity.usecases.context import IdentityContext


async def test_a_registered_person_gets_tokens_and_is_told_of(
    http: httpx.AsyncClient, context: IdentityContext
) -> None:
    ana = Person()
    reply = await http.post("/api/v1/auth/register", json=ana.form(email=ana.email.upper(), phone="0351 15 512-3456"))
    assert reply.status_code == 201
    assert reply.headers["cache-control"] == "no-store"
    ana.tokens = reply.json()
    assert ana.tokens.keys() == {"accountId", "accessToken", "refreshToken", "tokenType", "expiresIn"}
    assert (ana.tokens["tokenType"], ana.tokens["expiresIn"]) == ("Bearer", 900)
    assert await topics(context, ana.id) == [("account.registered", 1), ("account.contact", 2)]
    contact = await last_contact(context, ana.id)
    assert contact is not None
    assert (contact.name, contact.phone, contact.email) == (ana.name, "+5493515123456", ana.email)


async def test_an_access_token_says_what_every_service_asks_for(http: httpx.AsyncClient, ana: Person) -> None:
    token = ana.tokens["accessToken"]
    header, claims = jwt.get_unverified_header(token), jwt.decode(token, options={"verify_signature": False})
    assert (header["typ"], header["alg"], header["kid"]) == ("at+jwt", "RS256", "2026-11")
    assert claims.keys() == {"iss", "aud", "sub", "iat", "exp", "scope", "jti"}
    assert (claims["iss"], claims["aud"], claims["sub"]) == (ISSUER, AUDIENCE, str(ana.id))
    assert claims["scope"] == "client"
    assert claims["exp"] - claims["iat"] == 900


async def test_a_professional_gets_the_role_of_the_vertical_asked_in(http: httpx.AsyncClient) -> None:
    reply = await http.post(
        "/api/v1/auth/register", json=Person().form(role="provider"), headers={"X-Vertical": "psychology"}
    )
    claims = jwt.decode(reply.json()["accessToken"], options={"verify_signature": False})
    assert claims["scope"] == "client provider:psychology"


async def test_a_professional_needs_a_vertical_that_exists(http: httpx.AsyncClient) -> None:
    reply = await http.post(
        "/api/v1/auth/register", json=Person().form(role="provider"), headers={"X-Vertical": "tarot"}
    )
    assert (reply.status_code, reply.json()["type"]) == (404, "urn:barberpro:problem:unknown-vertical")


async def test_an_address_has_one_account_however_it_is_written(http: httpx.AsyncClient, ana: Person) -> None:
    reply = await http.post("/api/v1/auth/register", json=ana.form(email=f" {ana.email.title()} "))
    assert (reply.status_code, reply.json()["type"]) == (409, "urn:barberpro:problem:email-taken")


async def test_of_many_registrations_of_one_address_one_succeeds(http: httpx.AsyncClient) -> None:
    form = Person().form()
    replies = await asyncio.gather(*(http.post("/api/v1/auth/register", json=form) for _ in range(6)))
    assert sorted(reply.status_code for reply in replies) == [201, 409, 409, 409, 409, 409]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"email": "ana@example"}, "email"),
        ({"email": 3}, "email"),
        ({"password": "corta"}, "password"),
        ({"password": "x" * 129}, "password"),
        ({"name": "\x00\x01"}, "name"),
        ({"name": "https://evil.example"}, "name"),
        ({"phone": "12345678"}, "phone"),
        ({"role": "operator"}, "role"),
        ({"roles": ["operator:*"]}, "roles"),
        ({"scope": "operator:*"}, "scope"),
    ],
)
async def test_a_wrong_registration_names_the_field_and_never_quotes_it(
    http: httpx.AsyncClient, changed: dict[str, Any], field: str
) -> None:
    reply = await http.post("/api/v1/auth/register", json=Person().form(**changed))
    assert reply.status_code == 422
    assert reply.headers["content-type"] == "application/problem+json"
    assert [wrong["field"] for wrong in reply.json()["fields"]] == [field]
    assert "x" * 20 not in reply.text


@pytest.mark.parametrize("path", ["register", "login", "refresh", "logout", "guest", "guest/verify"])
@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"null", b'{"refreshToken": "\\ud800", "email": "a\\ud800@example.com"}']
)
async def test_what_is_no_body_is_refused(http: httpx.AsyncClient, path: str, body: bytes) -> None:
    reply = await http.post(f"/api/v1/auth/{path}", content=body, headers={"Content-Type": "application/json"})
    assert reply.status_code == 422
    assert reply.headers["content-type"] == "application/problem+json"


async def test_a_password_that_is_no_text_is_refused(http: httpx.AsyncClient) -> None:
    body = json.dumps(Person().form()).replace("navaja", "\\ud800")
    reply = await http.post("/api/v1/auth/register", content=body, headers={"Content-Type": "application/json"})
    assert reply.status_code == 422
    assert [wrong["field"] for wrong in reply.json()["fields"]] == ["password"]


async def test_a_repeated_registration_opens_one_account_and_keeps_no_token(
    http: httpx.AsyncClient, context: IdentityContext
) -> None:
    form, headers = Person().form(), {"Idempotency-Key": str(new_id())}
    first = await http.post("/api/v1/auth/register", json=form, headers=headers)
    again = await http.post("/api/v1/auth/register", json=form, headers=headers)
    other = await http.post("/api/v1/auth/register", json={**form, "name": "Otra"}, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json()["accountId"] == first.json()["accountId"]
    assert again.json()["refreshToken"] != first.json()["refreshToken"]
    assert (other.status_code, other.json()["type"]) == (422, "urn:barberpro:problem:key-reused")
    stored = "SELECT count(*) FROM idempotency WHERE key = $1 AND reply = $2"
    kept = f'{{"accountId":"{first.json()["accountId"]}"}}'
    assert await count_rows(context, stored, headers["Idempotency-Key"], kept) == 1
